//! The splitters together: scikit-learn's splits, the form in a job, what is
//! refused and what always holds.

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::*;
use crate::reference;
use crate::settings::Fault;

fn splitter(form: Json) -> Result<Splitter, Fault> {
    Splitter::parse(form.as_object().unwrap())
}

fn plan(form: Json, rows: &SplitRows<'_>) -> Result<Splits, CvError> {
    splitter(form).unwrap().plan(rows)
}

fn hex(hasher: Sha256) -> String {
    hasher
        .finalize()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// `StratifiedKFold(5,shuffle,0)` as a job says it.
fn form(key: &str) -> Json {
    let (name, arguments) = key.strip_suffix(')').unwrap().split_once('(').unwrap();
    let arguments: Vec<&str> = arguments.split(',').collect();
    let number = |i: usize| arguments[i].parse::<u32>().unwrap();
    let share = || format!("0{}", arguments[1]).parse::<f64>().unwrap();
    match arguments[..] {
        [_] => json!({ "splitter": name, "n_splits": number(0) }),
        [_, "shuffle", _] => json!({
            "splitter": name, "n_splits": number(0), "shuffle": true, "random_state": number(2),
        }),
        _ if name.starts_with("Repeated") => json!({
            "splitter": name, "n_splits": number(0), "n_repeats": number(1),
            "random_state": number(2),
        }),
        _ => json!({
            "splitter": name, "n_splits": number(0), "test_size": share(),
            "random_state": number(2),
        }),
    }
}

#[test]
fn data_sets_are_split_as_by_scikit_learn() {
    let reference: Json = serde_json::from_str(reference::SPLITS).unwrap();
    let mut compared = 0;
    for (dataset, splitters) in reference["splits"].as_object().unwrap() {
        let data = reference::dataset(dataset);
        let rows = SplitRows {
            rows: data.target.rows(),
            classes: data.target.codes(),
            ..SplitRows::default()
        };
        for (key, expected) in splitters.as_object().unwrap() {
            let splits = plan(form(key), &rows).unwrap();
            let sizes: Vec<_> = splits.iter().map(|s| s.test.len()).collect();
            assert_eq!(json!(sizes), expected["sizes"], "{dataset} {key}");
            let mut hasher = Sha256::new();
            for row in splits.iter().flat_map(|s| s.test) {
                hasher.update(i64::from(row).to_le_bytes());
            }
            assert_eq!(json!(hex(hasher)), expected["sha256"], "{dataset} {key}");
            compared += 1;
        }
    }
    assert_eq!(compared, 37);
}

/// The codes that stand in for labels, as in `splitters.py`.
fn codes(seed: u64, rows: usize, n: u64, skew: bool) -> Vec<u32> {
    let mut state = seed;
    let mut draw = || {
        state = (state * 1_103_515_245 + 12345) % (1 << 31);
        ((state >> 12) % n) as u32
    };
    let one = |_| {
        let code = draw();
        if skew { code.min(draw()) } else { code }
    };
    (0..rows).map(one).collect()
}

#[test]
fn all_rows_of_all_splits_are_scikit_learns() {
    let cases: Vec<Json> = reference::SPLITTERS.read();
    let mut seen = std::collections::BTreeSet::new();
    for case in &cases {
        let rows = case["rows"].as_u64().unwrap() as usize;
        let seed = case["seed"].as_u64().unwrap();
        let of = |name: &str, more: u64| {
            let n = case[name].as_u64()?;
            Some(codes(seed + more, rows, n, case["skew"] == true))
        };
        let (classes, groups) = (of("classes", 0), of("groups", 1));
        let folds = of("folds", 2);
        let folds: Option<Vec<_>> = folds.map(|f| f.iter().map(|f| i64::from(*f) - 1).collect());
        let planned = plan(
            case["cv"].clone(),
            &SplitRows {
                rows,
                classes: classes.as_deref(),
                groups: groups.as_deref(),
                test_fold: folds.as_deref(),
            },
        );
        seen.insert(case["cv"]["splitter"].as_str().unwrap());
        if case["error"] == true {
            assert!(planned.is_err(), "{case}");
            continue;
        }
        // What scikit-learn splits into nothing to learn or to test is a
        // mistake here.
        let splits = match planned {
            Err(CvError::NothingTested | CvError::OneFold { .. }) => {
                assert!(case["n_splits"] == 0 || case["tested"] == rows, "{case}");
                continue;
            }
            Err(CvError::TooManySplits { splits }) => {
                assert_eq!(json!(splits), case["n_splits"], "{case}");
                continue;
            }
            planned => planned.unwrap(),
        };
        let mut hasher = Sha256::new();
        for split in splits.iter() {
            for side in [&split.train, &split.test] {
                hasher.update((side.len() as u64).to_le_bytes());
                side.iter()
                    .for_each(|row| hasher.update(u64::from(*row).to_le_bytes()));
            }
        }
        assert_eq!(json!(splits.len()), case["n_splits"], "{case}");
        assert_eq!(json!(hex(hasher)[..24]), case["sha256"], "{case}");
        let warns = !splits.warnings().is_empty();
        assert_eq!(warns, case["warns"] == true, "{case}");
    }
    assert_eq!(seen.len(), Splitter::NAMES.len());
}

#[test]
fn mistakes_are_told_with_their_field() {
    let all = Splitter::NAMES.join(", ");
    let cases = [
        (
            json!({}),
            "splitter",
            format!("the splitter is not named; allowed: {all}"),
        ),
        (
            json!({"splitter": 5}),
            "splitter",
            format!("5 is not a splitter; allowed: {all}"),
        ),
        (
            json!({"splitter": "StratifiedKfold"}),
            "splitter",
            format!(
                "unknown splitter \"StratifiedKfold\" (did you mean \"StratifiedKFold\"?); allowed: {all}"
            ),
        ),
        (
            json!({"splitter": "KFold", "n_split": 3}),
            "n_split",
            "unknown parameter of KFold \"n_split\" (did you mean \"n_splits\"?); allowed: n_splits, shuffle, random_state".into(),
        ),
        (
            json!({"splitter": "KFold", "n_splits": 1}),
            "n_splits",
            "1 is not allowed: allowed is an integer from 2 to 100000".into(),
        ),
        (
            json!({"splitter": "KFold", "n_splits": 5.0}),
            "n_splits",
            "5.0 is not allowed: allowed is an integer from 2 to 100000".into(),
        ),
        (
            json!({"splitter": "KFold", "shuffle": 1}),
            "shuffle",
            "1 is not allowed: allowed is true or false".into(),
        ),
        (
            json!({"splitter": "KFold", "shuffle": true, "random_state": -1}),
            "random_state",
            "-1 is not allowed: allowed is an integer from 0 to 4294967295, or None".into(),
        ),
        (
            json!({"splitter": "GroupKFold", "random_state": 0}),
            "random_state",
            "0 has no effect, since shuffle is false: allowed is to set shuffle = true, or to leave random_state out".into(),
        ),
        (
            json!({"splitter": "RepeatedKFold", "n_repeats": 0}),
            "n_repeats",
            "0 is not allowed: allowed is an integer from 1 to 4294967295".into(),
        ),
        (
            json!({"splitter": "RepeatedKFold", "shuffle": true}),
            "shuffle",
            "unknown parameter of RepeatedKFold \"shuffle\"; allowed: n_splits, n_repeats, random_state".into(),
        ),
        (
            json!({"splitter": "KFold", "n_splits": 18_446_744_073_709_551_615_u64}),
            "n_splits",
            "18446744073709551615 does not fit into 64 bits".into(),
        ),
        (
            json!({"splitter": "ShuffleSplit", "test_size": 1.0}),
            "test_size",
            "1.0 is not allowed: allowed is an integer from 1 to 4294967295, or a number > 0 and < 1, or None".into(),
        ),
        (
            json!({"splitter": "ShuffleSplit", "train_size": 0}),
            "train_size",
            "0 is not allowed: allowed is an integer from 1 to 4294967295, or a number > 0 and < 1, or None".into(),
        ),
        (
            json!({"splitter": "GroupShuffleSplit", "train_size": 0.75, "test_size": 0.5}),
            "train_size",
            "0.75 with test_size=0.5 is not allowed: together they are 1.25, and allowed is at most 1".into(),
        ),
        (
            json!({"splitter": "LeavePOut"}),
            "p",
            "LeavePOut needs it: allowed is an integer from 1 to 4294967295".into(),
        ),
        (
            json!({"splitter": "LeavePGroupsOut", "n_groups": 0}),
            "n_groups",
            "0 is not allowed: allowed is an integer from 1 to 4294967295".into(),
        ),
        (
            json!({"splitter": "PredefinedSplit"}),
            "test_fold",
            "PredefinedSplit needs it: allowed is the name of a column of integers".into(),
        ),
        (
            json!({"splitter": "PredefinedSplit", "test_fold": [0, 1]}),
            "test_fold",
            "[0,1] is not allowed: allowed is a text".into(),
        ),
        (
            json!({"splitter": "TimeSeriesSplit", "gap": -1}),
            "gap",
            "-1 is not allowed: allowed is an integer from 0 to 4294967295".into(),
        ),
    ];
    for (form, field, sentence) in cases {
        let fault = splitter(form.clone()).unwrap_err();
        assert_eq!(fault, (field.to_owned(), sentence), "{form}");
    }
}

#[test]
fn an_unset_seed_is_zero_and_equal_splitters_read_equal() {
    let set = splitter(json!({"splitter": "KFold", "shuffle": true, "random_state": 0}));
    let unset = splitter(
        json!({"shuffle": true, "splitter": "KFold", "n_splits": 5, "random_state": null}),
    );
    assert_eq!(set, unset);
    let unset = splitter(json!({"splitter": "GroupShuffleSplit"})).unwrap();
    assert_eq!(
        serde_json::to_value(unset).unwrap(),
        json!({"splitter": "GroupShuffleSplit", "n_splits": 5, "test_size": 0.2, "random_state": 0})
    );
    for form in [
        json!({"splitter": "KFold", "n_splits": 5, "shuffle": true, "random_state": 0}),
        json!({"splitter": "KFold", "n_splits": 5, "shuffle": false}),
        json!({"splitter": "StratifiedKFold", "n_splits": 3, "shuffle": true, "random_state": 7}),
        json!({"splitter": "GroupKFold", "n_splits": 3, "shuffle": true, "random_state": 7}),
        json!({"splitter": "StratifiedGroupKFold", "n_splits": 5, "shuffle": false}),
        json!({"splitter": "RepeatedKFold", "n_splits": 5, "n_repeats": 10, "random_state": 0}),
        json!({"splitter": "RepeatedStratifiedKFold", "n_splits": 2, "n_repeats": 1, "random_state": 4294967295_u32}),
        json!({"splitter": "ShuffleSplit", "n_splits": 1, "train_size": 0.25, "random_state": 1}),
        json!({"splitter": "StratifiedShuffleSplit", "n_splits": 10, "test_size": 3, "train_size": 1, "random_state": 0}),
        json!({"splitter": "GroupShuffleSplit", "n_splits": 5, "test_size": 0.2, "random_state": 0}),
        json!({"splitter": "TimeSeriesSplit", "n_splits": 5, "gap": 0}),
        json!({"splitter": "TimeSeriesSplit", "n_splits": 2, "max_train_size": 9, "test_size": 3, "gap": 1}),
        json!({"splitter": "LeaveOneOut"}),
        json!({"splitter": "LeavePOut", "p": 2}),
        json!({"splitter": "LeaveOneGroupOut"}),
        json!({"splitter": "LeavePGroupsOut", "n_groups": 2}),
        json!({"splitter": "PredefinedSplit", "test_fold": "fold"}),
    ] {
        let text = form.to_string();
        let read: Splitter = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }
}

#[test]
fn every_parameter_and_need_is_told() {
    for name in Splitter::NAMES {
        let required = json!({"splitter": name, "p": 1, "n_groups": 1, "test_fold": "fold"});
        let mut form = required.as_object().unwrap().clone();
        let known = Splitter::params(name).unwrap();
        form.retain(|field, _| field == "splitter" || known.iter().any(|p| p.name == *field));
        let read = Splitter::parse(&form).unwrap();
        assert_eq!(read.name(), name);
        assert_eq!(read.needs_groups(), name.contains("Group"), "{name}");
        assert_eq!(read.needs_classes(), name.contains("Stratified"), "{name}");
        assert_eq!(read.test_fold().is_some(), name == "PredefinedSplit");
    }
    assert!(Splitter::params("NoSplit").is_none());
}

#[test]
fn a_number_of_folds_stratifies_for_classifiers() {
    assert_eq!(Splitter::folds(3, true).unwrap().name(), "StratifiedKFold");
    assert_eq!(Splitter::folds(3, false).unwrap().name(), "KFold");
    assert_eq!(Splitter::folds(1, false).unwrap_err().0, "n_splits");
}

/// Rows of which nothing is known.
fn bare(rows: usize) -> SplitRows<'static> {
    SplitRows {
        rows,
        ..SplitRows::default()
    }
}

#[test]
fn what_cannot_be_split_is_refused_with_a_sentence() {
    let classes = |codes: &'static [u32]| SplitRows {
        classes: Some(codes),
        ..bare(codes.len())
    };
    let groups = |codes: &'static [u32]| SplitRows {
        groups: Some(codes),
        classes: Some(codes),
        ..bare(codes.len())
    };
    let folds = |folds: &'static [i64]| SplitRows {
        test_fold: Some(folds),
        ..bare(folds.len())
    };
    let cases = [
        (
            json!({"splitter": "StratifiedKFold"}),
            classes(&[0, 1, 0]),
            "n_splits=5 is not allowed: the data has 3 rows, and every split needs at least one of its own",
        ),
        (
            json!({"splitter": "KFold"}),
            bare(0),
            "n_splits=5 is not allowed: the data has 0 rows, and every split needs at least one of its own",
        ),
        (
            json!({"splitter": "StratifiedKFold"}),
            bare(6),
            "StratifiedKFold needs classes, and the target is numeric: allowed are KFold, RepeatedKFold and the others that do not stratify",
        ),
        (
            json!({"splitter": "StratifiedKFold"}),
            SplitRows {
                classes: Some(&[0]),
                ..bare(6)
            },
            "1 classes were passed for 6 rows: allowed is one a row",
        ),
        (
            json!({"splitter": "StratifiedKFold"}),
            classes(&[0, 0, 0, 0, 1, 1]),
            "n_splits=5 is not allowed: the largest class has only 4 members",
        ),
        (
            json!({"splitter": "GroupKFold"}),
            classes(&[0, 0, 0, 0, 1, 1]),
            "GroupKFold needs groups: set groups in [data] to the column that says which group a row is in",
        ),
        (
            json!({"splitter": "StratifiedGroupKFold", "n_splits": 3}),
            groups(&[0, 0, 0, 0, 1, 1]),
            "n_splits=3 is not allowed: there are 2 groups, and every split needs at least one of its own",
        ),
        (
            json!({"splitter": "LeaveOneGroupOut"}),
            groups(&[4, 4, 4]),
            "LeaveOneGroupOut needs at least 2 groups, and the data has 1",
        ),
        (
            json!({"splitter": "LeavePGroupsOut", "n_groups": 3}),
            groups(&[1, 2, 4]),
            "n_groups=3 is not allowed: allowed is less than the 3 groups there are",
        ),
        (
            json!({"splitter": "LeaveOneOut"}),
            bare(1),
            "LeaveOneOut needs at least 2 rows, and the data has 1",
        ),
        (
            json!({"splitter": "ShuffleSplit", "test_size": 4}),
            bare(4),
            "test_size=4 is not allowed: allowed is an integer from 1 to one less than the 4 rows there are, or a number between 0 and 1",
        ),
        (
            json!({"splitter": "GroupShuffleSplit", "test_size": 2, "train_size": 2}),
            groups(&[0, 1, 2, 2]),
            "train_size and test_size come to 2 and 2 groups, and there are only 3: reduce one of them",
        ),
        (
            json!({"splitter": "ShuffleSplit", "test_size": 0.9}),
            bare(4),
            "with 4 rows, test_size and train_size leave none to train on: reduce test_size or raise train_size",
        ),
        (
            json!({"splitter": "StratifiedShuffleSplit"}),
            classes(&[0, 0, 0, 1, 2, 2, 3]),
            "2 of the classes have only 1 member: StratifiedShuffleSplit needs 2 of each",
        ),
        (
            json!({"splitter": "StratifiedShuffleSplit"}),
            classes(&[0, 0, 0, 2, 2]),
            "test_size comes to 1 rows, which is less than the 2 classes: every class needs one",
        ),
        (
            json!({"splitter": "TimeSeriesSplit", "gap": 2}),
            bare(7),
            "n_splits=5 with test_size=1 and gap=2 is not allowed: they need more than 7 rows, and the data has 7",
        ),
        (
            json!({"splitter": "PredefinedSplit", "test_fold": "fold"}),
            bare(7),
            "PredefinedSplit needs the folds of the rows: set test_fold to a column of integers",
        ),
        (
            json!({"splitter": "PredefinedSplit", "test_fold": "fold"}),
            folds(&[-1, -1]),
            "test_fold is -1 in every row, which leaves none to test: give some rows a fold",
        ),
        (
            json!({"splitter": "PredefinedSplit", "test_fold": "fold"}),
            folds(&[-2, -2]),
            "test_fold is -2 in every row, which leaves none to train on: give two folds or more, or -1 to rows that are only trained on",
        ),
    ];
    for (form, rows, sentence) in cases {
        let refused = plan(form.clone(), &rows).unwrap_err();
        assert_eq!(refused.to_string(), sentence, "{form}");
    }
}

#[test]
fn too_many_splits_are_refused_before_any_is_made() {
    let distinct: Vec<u32> = (0..100_001).collect();
    let few: Vec<u32> = (0..100_001).map(|i| i % 40).collect();
    let folds: Vec<i64> = (0..100_001).collect();
    let rows = SplitRows {
        rows: 100_001,
        classes: Some(&few),
        groups: Some(&distinct),
        test_fold: Some(&folds),
    };
    let cases = [
        (json!({"splitter": "LeaveOneOut"}), "100001 splits"),
        (
            json!({"splitter": "LeavePOut", "p": 2}),
            "5000050000 splits",
        ),
        (
            json!({"splitter": "LeavePOut", "p": 50_000}),
            "18446744073709551615 or more splits",
        ),
        (json!({"splitter": "LeaveOneGroupOut"}), "100001 splits"),
        (
            json!({"splitter": "LeavePGroupsOut", "n_groups": 2}),
            "5000050000 splits",
        ),
        (
            json!({"splitter": "PredefinedSplit", "test_fold": "fold"}),
            "100001 splits",
        ),
        (
            json!({"splitter": "RepeatedKFold", "n_splits": 2, "n_repeats": 100_000_000}),
            "200000000 splits",
        ),
    ];
    for (form, count) in cases {
        let sentence = format!("{count} are too many: allowed are at most 100000");
        let refused = plan(form.clone(), &rows).unwrap_err();
        assert_eq!(refused.to_string(), sentence, "{form}");
    }
    let sentence = "3000 passes over 100001 rows are too many: allowed are 268435456 rows in all passes together";
    for form in [
        json!({"splitter": "RepeatedStratifiedKFold", "n_repeats": 3000}),
        json!({"splitter": "ShuffleSplit", "n_splits": 3000}),
        json!({"splitter": "StratifiedShuffleSplit", "n_splits": 3000}),
    ] {
        let refused = plan(form.clone(), &rows).unwrap_err();
        assert_eq!(refused.to_string(), sentence, "{form}");
    }
    assert!(matches!(
        plan(
            json!({"splitter": "GroupShuffleSplit", "n_splits": 3000}),
            &rows
        ),
        Err(CvError::TooLarge { what: "groups", .. })
    ));
    assert!(matches!(
        plan(
            json!({"splitter": "StratifiedGroupKFold", "n_splits": 2000}),
            &rows
        ),
        Err(CvError::TooMuchToWeigh { .. })
    ));
    assert!(matches!(
        plan(json!({"splitter": "LeaveOneOut"}), &bare(1 << 40)),
        Err(CvError::TooLarge { .. })
    ));
}

#[test]
fn a_row_left_out_of_very_many_costs_nothing_until_it_is_asked_for() {
    let splits = plan(json!({"splitter": "LeaveOneOut"}), &bare(100_000)).unwrap();
    assert_eq!(splits.len(), 100_000);
    let last = splits.get(99_999).unwrap();
    assert_eq!((last.train.len(), last.test), (99_999, vec![99_999]));
    assert_eq!(splits.get(100_000), None);
    let pairs = plan(json!({"splitter": "LeavePOut", "p": 2}), &bare(447)).unwrap();
    assert_eq!(pairs.len(), 99_681);
    assert_eq!(pairs.get(99_680).unwrap().test, [445, 446]);
}

#[test]
fn what_scikit_learn_warns_of_is_a_warning() {
    let classes = [0, 0, 0, 1, 1, 0];
    let groups = [0, 1, 2, 3, 4, 5];
    let rows = SplitRows {
        classes: Some(&classes),
        ..bare(6)
    };
    let warned = |name: &str, rows: &SplitRows<'_>| {
        let splits = plan(json!({"splitter": name, "n_splits": 3}), rows).unwrap();
        splits.warnings().to_vec()
    };
    let small = "the least populated class has only 2 members, which is less than n_splits=3: some splits test none of them";
    assert_eq!(warned("StratifiedKFold", &rows), [small]);
    assert_eq!(warned("RepeatedStratifiedKFold", &rows), [small]);
    assert!(warned("KFold", &rows).is_empty());
    let rows = SplitRows {
        groups: Some(&groups),
        ..rows
    };
    assert_eq!(warned("StratifiedGroupKFold", &rows), [small]);
    assert_eq!(warned("KFold", &rows), ["the groups are ignored by KFold"]);
    assert!(warned("GroupKFold", &rows).is_empty());
}

prop_compose! {
    fn any_splitter()(
        name in prop::sample::select(&Splitter::NAMES[..]),
        n_splits in 2_u32..12,
        n_repeats in 1_u32..4,
        shuffle in any::<bool>(),
        random_state in any::<u32>(),
        test_size in prop_oneof![
            Just(Json::Null), (1_u32..20).prop_map(Json::from), (0.01..0.99).prop_map(Json::from)
        ],
        p in 1_u32..4,
    ) -> Splitter {
        let mut map = Map::new();
        let fields = [
            ("n_splits", json!(n_splits)), ("n_repeats", json!(n_repeats)),
            ("shuffle", json!(shuffle)), ("random_state", json!(random_state)),
            ("test_size", test_size), ("p", json!(p)), ("n_groups", json!(p)),
            ("gap", json!(p)), ("test_fold", json!("fold")),
        ];
        let known = Splitter::params(name).unwrap();
        map.insert("splitter".into(), name.into());
        for (field, value) in fields {
            // A time series has whole test sizes only; no shuffling, no seed.
            let fits = known.iter().any(|info| info.name == field
                && info.check(&crate::params::Value::from_json(value.clone()).unwrap()).is_ok());
            let idle = field == "random_state" && !shuffle && map.contains_key("shuffle");
            if fits && !idle {
                map.insert(field.into(), value);
            }
        }
        Splitter::parse(&map).unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn splits_are_disjoint_and_complete(
        splitter in any_splitter(),
        labels in prop::collection::vec((0_u32..4, 0_u32..9, -1_i64..5), 0..60),
    ) {
        let classes: Vec<_> = labels.iter().map(|l| l.0).collect();
        let groups: Vec<_> = labels.iter().map(|l| l.1 * 7).collect();
        let folds: Vec<_> = labels.iter().map(|l| l.2).collect();
        let rows = SplitRows {
            rows: labels.len(),
            classes: Some(&classes),
            groups: Some(&groups),
            test_fold: Some(&folds),
        };
        let Ok(splits) = splitter.plan(&rows) else {
            return Ok(());
        };
        prop_assert_eq!(&splits, &splitter.plan(&rows).unwrap());
        prop_assert_eq!(splits.iter().count(), splits.len() as usize);
        let name = splitter.name();
        let drawn = name.ends_with("ShuffleSplit");
        let mut tested = vec![0_usize; labels.len()];
        for split in splits.iter() {
            prop_assert!(!split.train.is_empty());
            let mut all = [&split.train[..], &split.test[..]].concat();
            all.sort_unstable();
            prop_assert!(all.is_sorted_by(|a, b| a < b), "a row is on both sides");
            prop_assert!(all.last().is_none_or(|row| (*row as usize) < labels.len()));
            prop_assert!(drawn || name == "TimeSeriesSplit" || all.len() == labels.len());
            prop_assert!(drawn || split.train.is_sorted() && split.test.is_sorted());
            if splitter.needs_groups() {
                let of = |side: &[u32]| -> std::collections::BTreeSet<u32> {
                    side.iter().map(|row| groups[*row as usize]).collect()
                };
                prop_assert!(of(&split.train).is_disjoint(&of(&split.test)));
            }
            split.test.iter().for_each(|row| tested[*row as usize] += 1);
        }
        if name.ends_with("KFold") || name.starts_with("Leave") {
            prop_assert!(tested.iter().all(|n| *n == tested[0] && *n > 0));
        }
    }

    #[test]
    fn codes_may_be_any_numbers(codes in prop::collection::vec(any::<u32>(), 4..20)) {
        for name in ["StratifiedKFold", "StratifiedGroupKFold", "LeavePGroupsOut"] {
            let rows = SplitRows {
                rows: codes.len(),
                classes: Some(&codes),
                groups: Some(&codes),
                test_fold: None,
            };
            let mut form = json!({"splitter": name});
            let set = if name == "LeavePGroupsOut" { "n_groups" } else { "n_splits" };
            form[set] = 2.into();
            let _ = plan(form, &rows);
        }
    }
}
