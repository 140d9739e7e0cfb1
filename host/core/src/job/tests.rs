//! What a record may not say.

use serde_json::{Value as Json, json};

use super::*;

/// A record somebody has tampered with at this place.
fn forged(place: &str, value: Json) -> Result<Job, SpecError> {
    let job = crate::search::tests::job(1);
    let mut record: Json = serde_json::from_slice(&job.encode()).unwrap();
    *record.pointer_mut(place).unwrap() = value;
    Job::decode(record.to_string().as_bytes())
}

#[test]
fn a_job_survives_its_record() {
    let job = crate::search::tests::job(1);
    assert_eq!(Job::decode(&job.encode()).unwrap(), *job);
    assert!(forged("/name", json!("another")).is_ok());
}

#[test]
fn a_name_does_not_decide_a_result() {
    let job = forged("/name", json!("one")).unwrap();
    let renamed = forged("/name", json!("another")).unwrap();
    assert_ne!(job.digest(), renamed.digest());
    assert_eq!(job.essence(), renamed.essence());
    let other = forged("/train_scores", json!(true)).unwrap();
    assert_ne!(job.essence(), other.essence());
}

#[test]
fn a_forged_record_is_refused() {
    for (place, value) in [
        ("/version", json!(2)),
        ("/version", json!(4)),
        ("/name", json!("x".repeat(2000))),
        ("/memory", json!(1)),
        ("/memory", json!(u64::MAX)),
        ("/time_ms", json!(0)),
        ("/time_ms", json!(u64::MAX)),
        ("/parallel", json!(0)),
        ("/max_attempts", json!(0)),
        ("/n_splits", json!(0)),
        ("/n_splits", json!(200_000)),
        ("/scorers", json!([])),
        ("/scorers", json!(["accuracy"])),
        ("/scorers", json!(["r2", "r2"])),
        ("/scorers", json!(["r2", "neg_mean_squared_error"])),
        ("/target", json!(null)),
        ("/decides", json!(1)),
        ("/error_score", json!("perhaps")),
        ("/estimators", json!([])),
        ("/estimators/0/params", json!({ "m": "word" })),
        ("/estimators/0/params", json!({ "unheard_of": 1 })),
        ("/estimators/0/spaces/0/n", json!([])),
        ("/estimators/0/spaces/0/n", json!([-1])),
        ("/estimators/0/spaces/0/n", json!(vec![1; 2_000_000])),
        ("/estimators/0/spaces/0/n", json!({ "randint": [1, 9] })),
        ("/estimators/0/estimator/shares", json!(["unheard_of"])),
        ("/splitter/n_splits", json!(1)),
    ] {
        assert!(forged(place, value).is_err(), "{place}");
    }
}
