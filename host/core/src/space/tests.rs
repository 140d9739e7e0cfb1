//! Spaces as a whole: scikit-learn's candidates, the form in a document, what
//! always holds.

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::*;
use crate::params::Value;
use crate::reference;
use crate::task::Params;

fn space(json: Json) -> Space {
    serde_json::from_value(json).unwrap()
}

/// How many floats apart two numbers are.
fn ulps(a: f64, b: f64) -> u64 {
    a.to_bits().abs_diff(b.to_bits())
}

/// Equal, but that `exp` may be off by the last bit in what it was used for.
fn assert_same(ours: &Params, theirs: &Params, spaces: &[Space]) {
    assert!(ours.keys().eq(theirs.keys()), "{ours:?} {theirs:?}");
    for (name, value) in ours {
        let logarithmic = spaces.iter().any(|space| {
            let dimension = space.dimensions().get(name);
            matches!(dimension, Some(Dimension::LogUniform { .. }))
        });
        match (value, &theirs[name]) {
            (Value::Float(a), Value::Float(b)) if logarithmic => {
                assert!(ulps(*a, *b) <= 1, "{name}: {a} {b}");
            }
            (a, b) => assert_eq!(a, b, "{name}"),
        }
    }
}

#[test]
fn candidates_are_scikit_learns() {
    let cases: Vec<Json> = reference::SPACES.read();
    for case in &cases {
        let spaces: Vec<Space> = serde_json::from_value(case["spaces"].clone()).unwrap();
        let number = |name: &str| case[name].as_u64().map(|n| n as u32);
        let (candidates, warning) = match (number("n_iter"), number("seed")) {
            (Some(n_iter), Some(seed)) => {
                let sample = sample(&spaces, n_iter, seed);
                (sample.candidates, sample.warning)
            }
            _ => (grid(&spaces).unwrap(), None),
        };
        assert_eq!(warning.is_some(), case["warns"] == true, "{case}");
        if let Some(expected) = case["candidates"].as_array() {
            assert_eq!(candidates.len(), expected.len(), "{case}");
            for (ours, theirs) in candidates.iter().zip(expected) {
                let theirs: Params = serde_json::from_value(theirs.clone()).unwrap();
                assert_same(ours, &theirs, &spaces);
            }
        } else {
            assert_eq!(json!(candidates.len()), case["n_candidates"]);
            let text = serde_json::to_string(&candidates).unwrap();
            let hash = Sha256::digest(text.as_bytes());
            let hash: String = hash.iter().map(|b| format!("{b:02x}")).collect();
            assert_eq!(
                json!(hash[..24]),
                case["sha256"],
                "{} candidates",
                case["n_candidates"]
            );
        }
    }
    assert_eq!(cases.len(), 142);
}

#[test]
fn a_grid_is_counted_without_being_made() {
    let thousand: Vec<u32> = (0..1000).collect();
    let large = space(json!({"a": thousand, "b": thousand, "c": thousand, "d": thousand}));
    assert_eq!(
        count(&[large.clone(), large.clone()]),
        Ok(2_000_000_000_000)
    );
    let names = "abcdefgh"
        .chars()
        .map(|name| (name.to_string(), json!(thousand)));
    let too_large = space(Json::Object(names.collect()));
    assert_eq!(count(&[too_large, large]), Ok(u64::MAX));
    assert_eq!(count(&[]), Ok(0));
    assert_eq!(count(&[Space::default(), Space::default()]), Ok(2));
    assert_eq!(grid(&[Space::default()]), Ok(vec![Params::new()]));
}

#[test]
fn few_of_very_many_are_drawn_at_once() {
    let thousand: Vec<u32> = (0..1000).collect();
    let names = "abcdefghij"
        .chars()
        .map(|name| (name.to_string(), json!(thousand)));
    let drawn = sample(&[space(Json::Object(names.collect()))], 5, 0);
    assert_eq!((drawn.candidates.len(), drawn.warning), (5, None));
    assert!(drawn.candidates.iter().all(|c| c.len() == 10));
}

#[test]
fn a_distribution_has_no_grid() {
    let spaces = [
        Space::default(),
        space(json!({"a": [1], "b": {"randint": [1, 9]}, "c": {"uniform": [0, 1]}})),
    ];
    let refused = grid(&spaces).unwrap_err();
    assert_eq!(refused.name, "b");
    assert_eq!(
        refused.to_string(),
        "{\"randint\":[1,9]} is a distribution, which has no grid: allowed is a list of values, or a random search"
    );
}

#[test]
fn more_than_there_are_is_all_there_are() {
    let spaces = [space(json!({"a": [3, 2, 1]}))];
    let drawn = sample(&spaces, 10, 5);
    assert_eq!(drawn.candidates, grid(&spaces).unwrap());
    assert_eq!(
        drawn.warning.unwrap(),
        "the space has only 3 candidates, which is less than n_iter=10: all of them are tried"
    );
    assert_eq!(sample(&spaces, 3, 5).warning, None);
}

#[test]
fn a_document_has_one_space_or_several() {
    let one: Spaces = serde_json::from_value(json!({"a": [1, {"float": 1}]})).unwrap();
    let values = vec![Value::Int(1), Value::Float(1.0)];
    let expected = Space::from(BTreeMap::from([("a".to_owned(), Dimension::List(values))]));
    assert_eq!(one, Spaces(vec![expected.clone()]));
    let several: Spaces = serde_json::from_value(json!([{"a": [1, 1.0]}, {}])).unwrap();
    assert_eq!(several, Spaces(vec![expected, Space::default()]));
    assert!(serde_json::from_value::<Spaces>(json!("a")).is_err());
    let json = json!([{"a": [1]}, {"b": {"uniform": [1, 0]}}]);
    let error = serde_path_to_error::deserialize::<_, Spaces>(json).unwrap_err();
    assert_eq!(error.path().to_string(), "[1].b");
}

#[test]
fn a_dimension_has_one_form() {
    for (passed, kept) in [
        (json!([1, 1.0, "None", "inf"]), json!([1, 1.0, null, "inf"])),
        (
            json!({"loguniform": [{"float": 1}, 10]}),
            json!({"loguniform": [1.0, 10.0]}),
        ),
        (json!({"uniform": [-1, 0]}), json!({"uniform": [-1.0, 0.0]})),
        (json!({"randint": [-1, 1]}), json!({"randint": [-1, 1]})),
    ] {
        let read = Dimension::from_json(passed).unwrap();
        assert_eq!(read.to_json().to_string(), kept.to_string());
        assert_eq!(Dimension::from_json(kept), Ok(read));
    }
    let ends = |json| Dimension::from_json(json).unwrap().values();
    assert_eq!(
        ends(json!({"randint": [1, 9]})),
        [Value::Int(1), Value::Int(8)]
    );
    assert_eq!(
        ends(json!({"uniform": [1, 9]})),
        [Value::Float(1.0), Value::Float(9.0)]
    );
    assert_eq!(ends(json!([4])), [Value::Int(4)]);
}

#[test]
fn what_is_no_dimension_is_refused_with_a_sentence() {
    let forms = "allowed is a list of values, { loguniform = [low, high] }, { uniform = [low, high] } or { randint = [low, high] }";
    let log = "allowed are two numbers, 0 < low < high, as in { loguniform = [0.001, 100.0] }";
    let even = "allowed are two numbers, low < high, as in { uniform = [0.0, 1.0] }";
    let whole =
        "allowed are two integers, low < high, as in { randint = [1, 10] }, which is 1 to 9";
    for (passed, allowed) in [
        (json!(5), forms),
        (json!("rbf"), forms),
        (json!({}), forms),
        (json!({"normal": [0, 1]}), forms),
        (json!({"uniform": [0, 1], "randint": [0, 1]}), forms),
        (json!({"loguniform": [0, 1]}), log),
        (json!({"loguniform": [-1, 1]}), log),
        (json!({"loguniform": [1, 1]}), log),
        (json!({"loguniform": [1, "inf"]}), log),
        (json!({"uniform": [1, 1]}), even),
        (json!({"uniform": [2, 1]}), even),
        (json!({"uniform": [-1e308, 1e308]}), even),
        (json!({"uniform": [1]}), even),
        (json!({"uniform": [1, 2, 3]}), even),
        (json!({"uniform": 1}), even),
        (json!({"uniform": ["a", "b"]}), even),
        (json!({"randint": [1, 1]}), whole),
        (json!({"randint": [1.0, 2]}), whole),
        (
            json!({"randint": [0, 9_223_372_036_854_775_808_u64]}),
            whole,
        ),
    ] {
        let sentence = format!("{passed} is not allowed: {allowed}");
        assert_eq!(Dimension::from_json(passed), Err(sentence));
    }
    assert_eq!(
        Dimension::from_json(json!([])),
        Err("an empty list is not allowed: give at least one value to try".to_owned())
    );
}

fn any_dimension() -> impl Strategy<Value = Dimension> {
    let ends = (-1e6..1e6, 1e-3..1e6).prop_map(|(low, more)| (low, low + more));
    prop_oneof![
        prop::collection::vec((0_i64..9).prop_map(Value::Int), 1..5).prop_map(Dimension::List),
        ends.clone()
            .prop_map(|(low, high)| Dimension::Uniform { low, high }),
        (1e-9..1.0, 1.1..1e9).prop_map(|(low, high)| Dimension::LogUniform { low, high }),
        (any::<i32>(), 1_u32..).prop_map(|(low, more)| Dimension::RandInt {
            low: low.into(),
            high: i64::from(low) + i64::from(more),
        }),
    ]
}

fn any_spaces(dimension: BoxedStrategy<Dimension>) -> impl Strategy<Value = Vec<Space>> {
    let space = prop::collection::btree_map("[a-c]", dimension, 0..4).prop_map(Space::from);
    prop::collection::vec(space, 1..4)
}

/// Whether a candidate is one of this space.
fn is_of(space: &Space, candidate: &Params) -> bool {
    let within = |(name, dimension): (&String, &Dimension)| match (dimension, &candidate[name]) {
        (Dimension::List(values), value) => values.contains(value),
        (Dimension::RandInt { low, high }, Value::Int(i)) => low <= i && i < high,
        (
            Dimension::Uniform { low, high } | Dimension::LogUniform { low, high },
            Value::Float(x),
        ) => low * (1.0 - 1e-15 * low.signum()) <= *x && *x <= high * (1.0 + 1e-15 * high.signum()),
        _ => false,
    };
    space.dimensions().keys().eq(candidate.keys()) && space.dimensions().iter().all(within)
}

proptest! {
    #[test]
    fn what_is_drawn_is_in_a_space(
        spaces in any_spaces(any_dimension().boxed()), n_iter in 1_u32..40, seed in any::<u32>(),
    ) {
        let drawn = sample(&spaces, n_iter, seed);
        for candidate in &drawn.candidates {
            prop_assert!(spaces.iter().any(|space| is_of(space, candidate)), "{:?}", candidate);
        }
        prop_assert_eq!(&drawn, &sample(&spaces, n_iter, seed));
        match count(&spaces) {
            Ok(all) => {
                prop_assert_eq!(drawn.candidates.len() as u64, all.min(n_iter.into()));
                prop_assert_eq!(drawn.warning.is_some(), all < u64::from(n_iter));
                prop_assert_eq!(grid(&spaces).unwrap().len() as u64, all);
            }
            Err(_) => prop_assert_eq!(drawn.candidates.len(), n_iter as usize),
        }
    }

    #[test]
    fn a_space_survives_its_form(spaces in any_spaces(any_dimension().boxed())) {
        let text = serde_json::to_string(&spaces).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Space>>(&text).unwrap(), spaces);
    }

    #[test]
    fn no_combination_is_drawn_twice(
        sizes in prop::collection::vec(1_i64..12, 1..4), n_iter in 1_u32..200, seed in any::<u32>(),
    ) {
        let list = |n: i64| Dimension::List((0..n).map(Value::Int).collect());
        let dimensions = (0..).zip(&sizes).map(|(i, n)| (format!("p{i}"), list(*n)));
        let drawn = sample(&[Space::from(dimensions.collect::<BTreeMap<_, _>>())], n_iter, seed);
        let mut keys: Vec<_> = drawn.candidates.iter().map(|c| format!("{c:?}")).collect();
        keys.sort_unstable();
        keys.dedup();
        prop_assert_eq!(keys.len(), drawn.candidates.len());
    }
}
