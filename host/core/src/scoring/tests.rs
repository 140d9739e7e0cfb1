//! Scorers by hand-sized cases, sentences and laws; recorded cases have files of
//! their own.

use proptest::prelude::*;

use super::*;

mod groups;
mod neighbours;
mod recorded;

fn classes(scorer: Scorer, truth: &[u32], answered: &[u32]) -> f64 {
    let prediction = Prediction {
        classes: Some(answered),
        ..Prediction::default()
    };
    scorer
        .score(Truth::Classes(truth), &prediction, &Context::default())
        .unwrap()
}

fn numbers(scorer: Scorer, truth: &[f64], answered: &[f64]) -> f64 {
    let prediction = Prediction {
        numbers: Some(answered),
        ..Prediction::default()
    };
    scorer
        .score(Truth::Numbers(truth), &prediction, &Context::default())
        .unwrap()
}

fn log_loss(truth: &[u32], known: &[u32], probabilities: &[f64]) -> Result<f64, ScoreError> {
    let prediction = Prediction {
        model_classes: known,
        probabilities: Some(probabilities),
        ..Prediction::default()
    };
    Scorer::NegLogLoss.score(Truth::Classes(truth), &prediction, &Context::default())
}

/// Truth, answers, then accuracy, balanced_accuracy and f1_macro by
/// scikit-learn 1.9.1.
type ClassCase = (&'static [u32], &'static [u32], f64, f64, f64);

#[test]
fn answers_are_scored_as_scikit_learn_does() {
    let cases: &[ClassCase] = &[
        (&[0, 1, 2], &[0, 1, 2], 1.0, 1.0, 1.0),
        (&[0, 0, 1], &[1, 1, 0], 0.0, 0.0, 0.0),
        (&[0, 0, 0], &[0, 0, 0], 1.0, 1.0, 1.0),
        (&[0, 0, 0, 0], &[0, 1, 2, 0], 0.5, 0.5, 0.2222222222222222),
        (
            &[0, 1, 2, 2],
            &[0, 0, 0, 0],
            0.25,
            0.3333333333333333,
            0.13333333333333333,
        ),
        (
            &[1, 1, 2, 7],
            &[7, 1, 2, 7],
            0.75,
            0.8333333333333334,
            0.7777777777777777,
        ),
        (
            &[
                3, 6, 6, 0, 9, 8, 4, 7, 0, 0, 7, 1, 5, 7, 0, 1, 4, 6, 2, 9, 9, 10, 9, 9, 1, 2, 7,
                0, 5, 10, 0, 0, 4, 4, 9, 3, 2, 4, 6, 9,
            ],
            &[
                3, 3, 2, 1, 5, 7, 4, 3, 1, 7, 3, 1, 9, 5, 7, 0, 10, 9, 6, 0, 5, 2, 8, 6, 8, 0, 5,
                2, 0, 7, 7, 6, 0, 0, 8, 10, 5, 5, 9, 6,
            ],
            0.075,
            0.09393939393939393,
            0.09090909090909091,
        ),
        (
            &[
                5, 18, 1, 15, 6, 3, 15, 17, 8, 0, 18, 13, 15, 18, 17, 19, 11, 19, 17, 4, 18, 19, 4,
                9, 0, 10, 15, 6, 9, 14, 2, 19, 0, 8, 8, 7, 12, 8, 10, 8, 0, 15, 14, 5, 3, 11, 11,
                4, 0, 2, 2, 17, 1, 13, 1, 18, 19, 0, 13, 9,
            ],
            &[
                1, 1, 0, 0, 1, 0, 1, 0, 2, 1, 1, 0, 0, 2, 2, 2, 1, 1, 2, 1, 1, 2, 0, 1, 0, 1, 2, 2,
                2, 0, 2, 1, 2, 1, 0, 2, 2, 1, 1, 1, 2, 1, 1, 1, 2, 1, 0, 0, 0, 1, 2, 0, 1, 1, 2, 1,
                0, 0, 2, 2,
            ],
            0.1,
            0.07894736842105263,
            0.027682843472317156,
        ),
    ];
    for (truth, answered, accuracy, balanced, f1) in cases {
        let score = |scorer| classes(scorer, truth, answered);
        assert_eq!(score(Scorer::Accuracy), *accuracy, "{truth:?} {answered:?}");
        assert_eq!(
            score(Scorer::BalancedAccuracy),
            *balanced,
            "{truth:?} {answered:?}"
        );
        assert_eq!(score(Scorer::F1Macro), *f1, "{truth:?} {answered:?}");
    }
}

/// Truth, answers, then r2 and neg_mean_squared_error by scikit-learn 1.9.1.
type NumberCase = (&'static [f64], &'static [f64], f64, f64);

#[test]
fn numbers_are_scored_as_scikit_learn_does() {
    let cases: &[NumberCase] = &[
        (
            &[3.0, -0.5, 2.0, 7.0],
            &[2.5, 0.0, 2.0, 8.0],
            0.9486081370449679,
            -0.375,
        ),
        (&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0], 1.0, -0.0),
        (&[1.0, 2.0, 3.0], &[2.0, 2.0, 2.0], 0.0, -0.6666666666666666),
        (&[-2.0, -2.0, -2.0], &[-2.0, -2.0, -2.0], 1.0, -0.0),
        (
            &[-2.0, -2.0, -2.0],
            &[-2.0, -2.0, -1.0],
            0.0,
            -0.3333333333333333,
        ),
        (
            &[0.1, 0.1, 0.1],
            &[0.1, 0.1, 0.2],
            -1.7307656195116095e+31,
            -0.003333333333333334,
        ),
        (
            &[0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
            &[0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2],
            0.0,
            -0.010000000000000004,
        ),
        (&[1.5, 2.5], &[2.5, 1.5], -3.0, -1.0),
    ];
    for (truth, answered, r2, mse) in cases {
        assert_eq!(
            numbers(Scorer::R2, truth, answered),
            *r2,
            "{truth:?} {answered:?}"
        );
        let scored = numbers(Scorer::NegMeanSquaredError, truth, answered);
        assert_eq!(scored, *mse, "{truth:?} {answered:?}");
    }
    assert!(numbers(Scorer::R2, &[1.0], &[1.0]).is_nan());
    assert_eq!(numbers(Scorer::NegMeanSquaredError, &[1.0], &[3.0]), -4.0);
}

/// 300 draws `a`, then 300 draws `b`, of `RandomState(1)`: numpy's bits for
/// sums long enough to be halved.
#[test]
fn long_sums_have_numpys_bits() {
    let mut rng = pleat_num::rng::RandomState::new(1);
    let mut draw = || (0..300).map(|_| rng.double() * 1000.0).collect::<Vec<_>>();
    let (a, b) = (draw(), draw());
    assert_eq!(numbers(Scorer::R2, &a, &b).to_bits(), 0xbfed_d866_6636_95b6);
    assert_eq!(
        numbers(Scorer::NegMeanSquaredError, &a, &b).to_bits(),
        0xc104_f586_adf1_e140
    );
}

/// By scikit-learn 1.9.1, through the scorer and not the bare metric.
#[test]
fn probabilities_are_scored_as_scikit_learn_does() {
    let close = |scored: Result<f64, ScoreError>, expected: f64| {
        let scored = scored.unwrap();
        assert!(
            (scored - expected).abs() <= 1e-14 * expected.abs(),
            "{scored} {expected}"
        );
    };
    close(
        log_loss(&[0, 1, 1], &[0, 1], &[0.9, 0.1, 0.2, 0.8, 0.4, 0.6]),
        -0.2797765635793423,
    );
    // A certain mistake and a certain hit are each an epsilon away.
    close(
        log_loss(&[0, 1], &[0, 1], &[0.0, 1.0, 0.0, 1.0]),
        -18.021826694558577,
    );
    close(
        log_loss(
            &[3, 5, 9],
            &[3, 5, 9],
            &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0],
        ),
        -12.014551129705717,
    );
    // Rows that do not sum to 1 are taken as they are.
    close(
        log_loss(
            &[0, 1, 2],
            &[0, 1, 2],
            &[0.2, 0.2, 0.2, 0.1, 0.5, 0.1, 0.3, 0.3, 0.3],
        ),
        -1.168852632439994,
    );
    // Of two classes only the second column is looked at.
    close(
        log_loss(&[0, 1], &[0, 1], &[7.0, 0.25, 0.0, 0.5]),
        -0.4904146265058631,
    );
    // A class nobody fitted and nobody tests does not matter.
    close(
        log_loss(&[0, 2], &[0, 2], &[0.5, 0.5, 0.25, 0.75]),
        -0.4904146265058631,
    );
}

#[test]
fn where_scikit_learn_raises_there_is_no_score() {
    let sentence = |r: Result<f64, ScoreError>| r.unwrap_err().to_string();
    let third = [1.0 / 3.0; 6];
    assert_eq!(
        sentence(log_loss(&[0, 1], &[0, 1, 2], &third)),
        "neg_log_loss: the tested rows have 2 classes and the model knows 3, 2 of them in common: they must be the same"
    );
    assert_eq!(
        sentence(log_loss(&[0, 1, 2], &[0, 1], &[0.5; 6])),
        "neg_log_loss: the tested rows have 3 classes and the model knows 2, 2 of them in common: they must be the same"
    );
    assert_eq!(
        sentence(log_loss(&[1, 1], &[0, 1], &[0.5; 4])),
        "neg_log_loss: the tested rows are all of one class: at least two are needed"
    );
    assert_eq!(
        sentence(log_loss(&[0, 1], &[0], &[1.0; 2])),
        "neg_log_loss: the model knows 1 class: at least two are needed"
    );
    assert_eq!(
        sentence(log_loss(&[0, 1], &[0, 1], &[0.0, 1.0, 0.0, 1.5])),
        "neg_log_loss: the prediction for row 1 of those tested has the probability 1.5: allowed is 0 to 1"
    );
    assert!(sentence(log_loss(&[0, 1], &[0, 1], &[0.5, f64::NAN, 0.5, 0.5])).contains("NaN"));
    assert_eq!(
        sentence(log_loss(&[0, 1], &[0, 1], &[0.5; 3])),
        "neg_log_loss: there are 3 probabilities where 4 are expected"
    );
    // scikit-learn pairs class 2 with the column of class 1 here.
    assert_eq!(
        log_loss(&[0, 2], &[0, 1], &[0.5; 4]).unwrap_err().reason,
        Reason::OtherClasses {
            tested: 2,
            known: 2,
            common: 1,
        }
    );

    let prediction = Prediction {
        numbers: Some(&[1.0, f64::NAN]),
        ..Prediction::default()
    };
    let score =
        |scorer: Scorer, truth| sentence(scorer.score(truth, &prediction, &Context::default()));
    assert_eq!(
        score(Scorer::R2, Truth::Numbers(&[1.0, 2.0])),
        "r2: the prediction for row 1 of those tested is NaN: allowed are finite numbers"
    );
    assert_eq!(
        score(Scorer::R2, Truth::Numbers(&[1.0])),
        "r2: there are 2 numbers where 1 are expected"
    );
    assert_eq!(
        score(Scorer::Accuracy, Truth::Classes(&[1])),
        "accuracy: it needs classes, and the prediction has none"
    );
    assert_eq!(
        score(Scorer::Accuracy, Truth::Numbers(&[1.0])),
        "accuracy: it is for a classifier, and the target is not one's"
    );
    assert_eq!(
        score(Scorer::R2, Truth::Numbers(&[])),
        "r2: there are no rows to score"
    );
}

#[test]
fn weights_are_checked_before_anything_is_weighed() {
    let score = |scorer: Scorer, weights: &[f64]| {
        let prediction = Prediction {
            numbers: Some(&[1.0, 4.0]),
            ..Prediction::default()
        };
        let context = Context {
            weights: Some(weights),
            ..Context::default()
        };
        scorer.score(Truth::Numbers(&[1.0, 2.0]), &prediction, &context)
    };
    let scorer = Scorer::NegMeanAbsoluteError;
    assert_eq!(score(scorer, &[3.0, 1.0]), Ok(-0.5));
    let sentence = |weights: &[f64]| score(scorer, weights).unwrap_err().to_string();
    assert_eq!(
        sentence(&[1.0]),
        "neg_mean_absolute_error: there are 1 weights where 2 are expected"
    );
    assert_eq!(
        sentence(&[1.0, -2.0]),
        "neg_mean_absolute_error: the weight of row 1 of those tested is -2: allowed are finite \
         numbers of at least 0"
    );
    assert!(sentence(&[f64::NAN, 1.0]).contains("NaN"));
    assert_eq!(
        sentence(&[0.0, 0.0]),
        "neg_mean_absolute_error: the tested rows all have weight 0: at least one needs more"
    );
    assert_eq!(score(Scorer::NegMaxError, &[0.0, 0.0]), Ok(-2.0));
    assert_eq!(
        Scorer::RocAucOvo.check_weights(3).unwrap_err(),
        "roc_auc_ovo: it is not defined with weights: use roc_auc_ovr or roc_auc_ovr_weighted"
    );
    assert_eq!(Scorer::RocAucOvo.check_weights(2), Ok(()));
    assert_eq!(Scorer::RocAucOvr.check_weights(3), Ok(()));
}

#[test]
fn numbers_without_a_score_are_named() {
    let sentence = |scorer: Scorer, truth: &[f64], answered: &[f64]| {
        let prediction = Prediction {
            numbers: Some(answered),
            ..Prediction::default()
        };
        let score = scorer.score(Truth::Numbers(truth), &prediction, &Context::default());
        score.unwrap_err().to_string()
    };
    assert_eq!(
        sentence(Scorer::NegMeanPoissonDeviance, &[1.0, -1.0], &[1.0, 1.0]),
        "neg_mean_poisson_deviance: the target for row 1 of those tested is -1: allowed is at \
         least 0"
    );
    assert_eq!(
        sentence(Scorer::NegMeanGammaDeviance, &[1.0, 2.0], &[0.0, 1.0]),
        "neg_mean_gamma_deviance: the prediction for row 0 of those tested is 0: allowed is \
         more than 0"
    );
    assert_eq!(
        sentence(Scorer::NegMeanSquaredLogError, &[1.0, -1.0], &[1.0, 1.0]),
        "neg_mean_squared_log_error: the target for row 1 of those tested is -1: allowed is \
         more than -1"
    );
}

#[test]
fn rankings_go_by_decisions_where_there_are_any() {
    let prediction = Prediction {
        model_classes: &[0, 1],
        probabilities: Some(&[0.9, 0.1, 0.1, 0.9]),
        decision: Some(&[1.0, -1.0]),
        ..Prediction::default()
    };
    let truth = Truth::Classes(&[0, 1]);
    let score = |scorer: Scorer, prediction, positive| {
        let context = Context {
            positive,
            ..Context::default()
        };
        scorer.score(truth, prediction, &context)
    };
    assert_eq!(score(Scorer::RocAuc, &prediction, None), Ok(0.0));
    assert_eq!(score(Scorer::RocAucOvr, &prediction, None), Ok(1.0));
    // The sign turns with the class that counts as positive.
    assert_eq!(
        score(Scorer::AveragePrecision, &prediction, Some(1)),
        Ok(0.5)
    );
    assert_eq!(
        score(Scorer::AveragePrecision, &prediction, Some(0)),
        Ok(0.5)
    );
    let without = Prediction {
        decision: None,
        ..prediction
    };
    assert_eq!(score(Scorer::RocAuc, &without, None), Ok(1.0));
    assert_eq!(
        score(Scorer::F1, &without, None).unwrap_err().to_string(),
        "f1: it needs classes, and the prediction has none"
    );
    assert_eq!(
        score(Scorer::AveragePrecision, &without, None)
            .unwrap_err()
            .reason,
        Reason::NoPositive
    );
}

#[test]
fn what_an_estimator_does_not_give_is_found_before_it_runs() {
    let gives = |probabilities, decision| Gives {
        probabilities,
        decision,
    };
    let none = Needs::default();
    let needs = |scorer: Scorer, gives| scorer.needs(gives);
    let answers = Needs {
        answers: true,
        ..none
    };
    let (probabilities, decision) = (
        Needs {
            probabilities: true,
            ..none
        },
        Needs {
            decision: true,
            ..none
        },
    );
    assert_eq!(needs(Scorer::F1Macro, gives(false, false)), Ok(answers));
    assert_eq!(needs(Scorer::RocAuc, gives(true, true)), Ok(decision));
    assert_eq!(needs(Scorer::RocAuc, gives(true, false)), Ok(probabilities));
    assert_eq!(
        needs(Scorer::RocAucOvr, gives(true, true)),
        Ok(probabilities)
    );
    assert_eq!(
        needs(Scorer::TopKAccuracy, gives(false, false)).unwrap_err(),
        "top_k_accuracy needs decision scores or probabilities, and the estimator gives neither"
    );
    assert_eq!(
        needs(Scorer::NegBrierScore, gives(false, true)).unwrap_err(),
        "neg_brier_score needs probabilities, and the estimator gives none"
    );
    let all = Scorer::ALL
        .iter()
        .map(|s| s.needs(gives(true, true)).unwrap());
    let union = all.reduce(Needs::union).unwrap();
    assert!(union.answers && union.probabilities && union.decision);
}

#[test]
fn scorers_are_found_by_name() {
    for &scorer in Scorer::ALL {
        assert_eq!(Scorer::parse(scorer.name()), Ok(scorer));
        let json = serde_json::to_string(&scorer).unwrap();
        assert_eq!(serde_json::from_str::<Scorer>(&json).unwrap(), scorer);
    }
    let sentence = Scorer::parse("f1_marco").unwrap_err();
    assert!(
        sentence.starts_with(
            "unknown scorer \"f1_marco\" (did you mean \"f1_macro\"?); allowed: accuracy, \
             balanced_accuracy, top_k_accuracy, precision,"
        ),
        "{sentence}"
    );
}

proptest! {
    #[test]
    fn answers_always_have_a_score(pairs in prop::collection::vec((any::<u32>(), 0_u32..4), 1..40)) {
        let truth: Vec<u32> = pairs.iter().map(|p| p.0 % 4).collect();
        let answered: Vec<u32> = pairs.iter().map(|p| p.1).collect();
        for scorer in [Scorer::Accuracy, Scorer::BalancedAccuracy, Scorer::F1Macro] {
            let score = classes(scorer, &truth, &answered);
            prop_assert!((0.0..=1.0).contains(&score));
            prop_assert!((classes(scorer, &truth, &truth) - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn numbers_are_never_nan_from_two_rows_on(
        pairs in prop::collection::vec((-1e100_f64..1e100, -1e100_f64..1e100), 2..40),
    ) {
        let (truth, answered): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        prop_assert!(numbers(Scorer::R2, &truth, &answered) <= 1.0);
        prop_assert!(numbers(Scorer::NegMeanSquaredError, &truth, &answered) <= 0.0);
    }

    #[test]
    fn probabilities_have_a_finite_score_or_a_reason(
        truth in prop::collection::vec(0_u32..3, 0..10),
        known in prop::collection::btree_set(0_u32..4, 0..4),
        values in prop::collection::vec(prop_oneof![0.0..=1.0, any::<f64>()], 0..40),
        fitting in any::<bool>(),
    ) {
        let known: Vec<u32> = known.into_iter().collect();
        let length = if fitting { truth.len() * known.len() } else { values.len() };
        if let Ok(score) = log_loss(&truth, &known, &values[..length.min(values.len())]) {
            prop_assert!(score.is_finite() && score <= 0.0);
        }
    }
}
