//! What a cell of text is: missing, a truth value, a number, or just text.
//!
//! pandas' conventions, but for two: numbers are read to the nearest float
//! (pandas' default may be off by one in the last bit), and whole numbers no
//! float can hold are noticed.

use pleat_core::data::NaValue;

/// What kind of thing a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Nothing.
    Missing,
    /// true or false.
    Bool,
    /// A whole number.
    Int,
    /// A whole number beyond 2^53 that lies between two floats.
    Inexact,
    /// Another number.
    Float,
    /// Anything else.
    Text,
}

/// The cells `pandas.read_csv` takes for missing by default.
pub(super) fn is_missing(cell: &[u8]) -> bool {
    matches!(
        cell,
        b"" | b"NA"
            | b"N/A"
            | b"n/a"
            | b"#NA"
            | b"#N/A"
            | b"#N/A N/A"
            | b"<NA>"
            | b"NaN"
            | b"nan"
            | b"-NaN"
            | b"-nan"
            | b"null"
            | b"NULL"
            | b"None"
            | b"1.#IND"
            | b"1.#QNAN"
            | b"-1.#IND"
            | b"-1.#QNAN"
    )
}

/// Whether one of these is what the cell holds.
pub(super) fn is_one_of(cell: &[u8], na_values: &[NaValue]) -> bool {
    na_values.iter().any(|na| match na {
        NaValue::Text(text) if text.as_bytes() == cell => true,
        NaValue::Text(text) => {
            let meant = number(text.as_bytes());
            meant.is_some() && meant == number(cell)
        }
        NaValue::Number(meant) => number(cell) == Some(*meant),
    })
}

/// What a cell holds that is not missing by another's account.
pub(super) fn classify(cell: &[u8]) -> Class {
    if is_missing(cell) {
        return Class::Missing;
    }
    if truth(cell).is_some() {
        return Class::Bool;
    }
    let bytes = cell.trim_ascii();
    match shape(bytes) {
        None => Class::Text,
        Some(Shape::Float) => Class::Float,
        // Fewer digits than 2^53 has.
        Some(Shape::Int) if bytes.len() <= 15 => Class::Int,
        Some(Shape::Int) => {
            let whole: Option<i128> = std::str::from_utf8(bytes).ok().and_then(|s| s.parse().ok());
            match whole {
                Some(whole) if exact(whole) => Class::Int,
                _ => Class::Inexact,
            }
        }
    }
}

/// Whether a float can hold this whole number.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
pub(super) fn exact(whole: i128) -> bool {
    (whole as f64) as i128 == whole && whole != i128::MAX
}

/// true or false, in any case, as pandas takes them.
pub(super) fn truth(cell: &[u8]) -> Option<bool> {
    match cell.len() {
        4 if cell.eq_ignore_ascii_case(b"true") => Some(true),
        5 if cell.eq_ignore_ascii_case(b"false") => Some(false),
        _ => None,
    }
}

/// The number a cell holds, rounded to the nearest float. Spaces around it
/// and a sign in front are allowed; thousands separators are not.
pub(super) fn number(cell: &[u8]) -> Option<f64> {
    let bytes = cell.trim_ascii();
    shape(bytes)?;
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// The number in a cell that is known to hold one, and so need not be looked
/// at as closely.
pub(super) fn known_number(cell: &[u8]) -> Option<f64> {
    std::str::from_utf8(cell.trim_ascii()).ok()?.parse().ok()
}

#[derive(PartialEq)]
enum Shape {
    Int,
    Float,
}

/// The form of a number, if it is one. The standard library's parser would
/// also take every spelling of nan.
fn shape(bytes: &[u8]) -> Option<Shape> {
    let digits = |from: &[u8]| from.iter().take_while(|b| b.is_ascii_digit()).count();
    let unsigned = match bytes {
        [b'+' | b'-', rest @ ..] => rest,
        all => all,
    };
    let whole = digits(unsigned);
    let mut rest = &unsigned[whole..];
    if whole > 0 && rest.is_empty() {
        return Some(Shape::Int);
    }
    let mut fraction = 0;
    if let [b'.', after @ ..] = rest {
        fraction = digits(after);
        rest = &after[fraction..];
    }
    if whole + fraction == 0 {
        let infinite =
            unsigned.eq_ignore_ascii_case(b"inf") || unsigned.eq_ignore_ascii_case(b"infinity");
        return infinite.then_some(Shape::Float);
    }
    if let [b'e' | b'E', after @ ..] = rest {
        let exponent = match after {
            [b'+' | b'-', digits @ ..] => digits,
            all => all,
        };
        let length = digits(exponent);
        if length == 0 {
            return None;
        }
        rest = &exponent[length..];
    }
    rest.is_empty().then_some(Shape::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `pandas.read_csv` makes of a column of this one cell, as dtype;
    /// 2^53 + 1 apart, which it holds as int64.
    #[test]
    fn cells_are_what_pandas_takes_them_for() {
        for (cell, class) in [
            ("", Class::Missing),
            ("NA", Class::Missing),
            ("-1.#IND", Class::Missing),
            ("NAN", Class::Text),
            ("None", Class::Missing),
            ("none", Class::Text),
            (" ", Class::Text),
            ("True", Class::Bool),
            ("tRUE", Class::Bool),
            ("1", Class::Int),
            ("+1", Class::Int),
            (" 1 ", Class::Int),
            ("-0", Class::Int),
            ("007", Class::Int),
            ("1.", Class::Float),
            (".5", Class::Float),
            ("1e5", Class::Float),
            ("1E-5", Class::Float),
            ("1e", Class::Text),
            (".", Class::Text),
            ("-", Class::Text),
            ("+-1", Class::Text),
            ("1 2", Class::Text),
            ("1,000", Class::Text),
            ("1_000", Class::Text),
            ("0x10", Class::Text),
            ("inf", Class::Float),
            ("-Infinity", Class::Float),
            ("+inf", Class::Float),
            ("infinit", Class::Text),
            ("9007199254740992", Class::Int),
            ("9007199254740993", Class::Inexact),
            ("-9007199254740993", Class::Inexact),
            (
                "99999999999999999999999999999999999999999999",
                Class::Inexact,
            ),
        ] {
            assert_eq!(classify(cell.as_bytes()), class, "{cell:?}");
        }
    }

    #[test]
    fn numbers_are_rounded_to_the_nearest() {
        // pandas' default parser gives 0.19999999999999998 and the like for some.
        assert_eq!(number(b" +1.0066e-2 "), Some(0.010_066));
        assert_eq!(number(b"9007199254740993"), Some(9_007_199_254_740_992.0));
        assert_eq!(number(b"-inf"), Some(f64::NEG_INFINITY));
        assert_eq!(number(b"nan"), None);
    }

    #[test]
    fn missing_numbers_count_however_they_are_written() {
        let na = [
            NaValue::Number(-999.0),
            NaValue::Text("?".into()),
            NaValue::Text("0".into()),
        ];
        for cell in ["-999", "-999.0", " -9.99e2", "?", "0.0"] {
            assert!(is_one_of(cell.as_bytes(), &na), "{cell}");
        }
        for cell in ["999", "??", "", "x"] {
            assert!(!is_one_of(cell.as_bytes(), &na), "{cell}");
        }
    }
}
