//! Numbers that a fitted step remembers: equal by their bits, every NaN the
//! same, and written so that JSON, which has no NaN and no infinity, gives back
//! the same ones.

use std::fmt;
use std::ops::Deref;

use pleat_num::math;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A list of numbers, read as a slice.
#[derive(Debug, Clone, Default)]
pub(in crate::pipeline) struct Numbers(Vec<f64>);

impl From<Vec<f64>> for Numbers {
    fn from(numbers: Vec<f64>) -> Self {
        Self(numbers)
    }
}

impl FromIterator<f64> for Numbers {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Self {
        Self(numbers.into_iter().collect())
    }
}

impl Deref for Numbers {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.0
    }
}

impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        let equal = |(a, b): (&f64, &f64)| Number(*a) == Number(*b);
        self.len() == other.len() && self.iter().zip(other.iter()).all(equal)
    }
}

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.0.iter().map(|x| Number(*x)))
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let numbers = Vec::<Number>::deserialize(d)?;
        Ok(numbers.into_iter().map(|x| x.0).collect())
    }
}

/// A single one.
#[derive(Debug, Clone, Copy)]
pub(in crate::pipeline) struct Number(pub(in crate::pipeline) f64);

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        math::canonical(self.0).to_bits() == math::canonical(other.0).to_bits()
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            x if x.is_finite() || !s.is_human_readable() => s.serialize_f64(x),
            x if x.is_nan() => s.serialize_str("nan"),
            x => s.serialize_str(if x > 0.0 { "inf" } else { "-inf" }),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if d.is_human_readable() {
            d.deserialize_any(NumberVisitor)
        } else {
            f64::deserialize(d).map(Self)
        }
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, \"nan\", \"inf\" or \"-inf\"")
    }

    fn visit_f64<E: Error>(self, x: f64) -> Result<Number, E> {
        Ok(Number(x))
    }

    fn visit_i64<E: Error>(self, x: i64) -> Result<Number, E> {
        Ok(Number(x as f64))
    }

    fn visit_u64<E: Error>(self, x: u64) -> Result<Number, E> {
        Ok(Number(x as f64))
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Number, E> {
        match word {
            "nan" => Ok(Number(math::CANONICAL_NAN)),
            "inf" => Ok(Number(f64::INFINITY)),
            "-inf" => Ok(Number(f64::NEG_INFINITY)),
            other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_numbers_survive_json() {
        let numbers: Numbers = [
            0.1,
            -0.0,
            3.0,
            f64::MIN_POSITIVE / 8.0,
            1e300,
            math::CANONICAL_NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ]
        .into_iter()
        .collect();
        let text = serde_json::to_string(&numbers).unwrap();
        assert!(text.ends_with(r#""nan","inf","-inf"]"#), "{text}");
        assert_eq!(serde_json::from_str::<Numbers>(&text).unwrap(), numbers);
        assert!(serde_json::from_str::<Numbers>("[\"x\"]").is_err());
        assert_eq!(
            Numbers::from(vec![-f64::NAN]),
            Numbers::from(vec![f64::NAN])
        );
        assert_ne!(Numbers::from(vec![0.0]), Numbers::from(vec![-0.0]));
    }
}
