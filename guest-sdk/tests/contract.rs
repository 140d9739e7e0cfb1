//! What the adapter promises an estimator, and what it promises a host.

use std::cell::Cell;
use std::rc::Rc;

use pleat_guest::{
    Candidate, Classes, ColumnKind, Contents, Dataset, Domain, Error, Estimator, Fit, FitOptions,
    Info, Model, Outputs, Param, Params, Prediction, Rows, Target, Value, Values, candidate,
    decode, domain::*, encode, native,
};

/// Answers the `n`th row's target, of rows it sorts once a fitting.
struct Nth {
    n: usize,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Fixed {
    answer: f64,
    sorted: Rc<Vec<f64>>,
}

thread_local! {
    static SORTED: Cell<u32> = const { Cell::new(0) };
    static FITTED: Cell<u32> = const { Cell::new(0) };
}

impl Estimator for Nth {
    type Model = Fixed;
    type Shared = Option<Rc<Vec<f64>>>;

    fn info() -> Info {
        Info::regressor("Nth", "The n-th smallest target.")
            .param("n", 0, integers(0..=9), "Which.")
            .param("scale", 1.0, above(0.0).or(none()), "Ignored.")
            .shares(&["n"])
            .budget()
            .warm_start()
    }

    fn new(params: &Params) -> Result<Self, Error> {
        match params.get("n")? {
            7 => Err(Error::InvalidParams("not 7".into())),
            n => Ok(Nth { n }),
        }
    }

    fn fit(&self, train: &Rows<'_>, fit: &mut Fit<'_, Self>) -> Result<Fixed, Error> {
        FITTED.set(FITTED.get() + 1);
        if let Some(earlier) = fit.earlier()? {
            fit.warn(format!("went on from {}", earlier.answer));
        }
        let sorted = fit.shared.get_or_insert_with(|| {
            SORTED.set(SORTED.get() + 1);
            let mut sorted = train.numbers();
            sorted.sort_by(f64::total_cmp);
            Rc::new(sorted)
        });
        let answer = *sorted
            .get(self.n)
            .ok_or_else(|| Error::InvalidData(format!("n = {} of {} rows", self.n, train.len())))?;
        Ok(Fixed {
            answer,
            sorted: sorted.clone(),
        })
    }
}

impl Model for Fixed {
    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        // A NaN as some machine may compute it, for the third column's sake.
        let nan = f64::from_bits(0xfff8_0000_0000_0001);
        let answer = |i| {
            if rows.row(i)[0] < 0.0 {
                nan
            } else {
                self.answer
            }
        };
        Ok(Prediction {
            probabilities: Some(vec![1.0]),
            ..Prediction::numbers((0..rows.len()).map(answer).collect())
        })
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        encode(self)
    }

    fn load(bytes: &[u8]) -> Result<Self, Error> {
        decode(bytes)
    }
}

/// Looks at its parameters as every type there is.
struct Typed;

impl Estimator for Typed {
    type Model = Fixed;
    type Shared = ();
    fn info() -> Info {
        Info::regressor("Typed", "")
            .param("whole", 3, numbers(..), "")
            .param("depth", (), integers(..).or(none()), "")
            .param("layers", Value::Json("[100, 50]".into()), json(), "")
            .param("rates", Value::Json(" [ ] ".into()), json(), "")
            .param("word", "b", words(["a", "b"]), "")
            .param("flag", true, boolean(), "")
    }
    fn new(params: &Params) -> Result<Self, Error> {
        assert_eq!(params.get::<f64>("whole")?, 3.0);
        assert_eq!(params.get::<Vec<usize>>("layers")?, [100, 50]);
        assert_eq!(params.get::<Vec<f64>>("layers")?, [100.0, 50.0]);
        assert_eq!(params.get::<Vec<f64>>("rates")?, []);
        assert_eq!(params.choice("word", &[("a", 1), ("b", 2)])?, 2);
        assert_eq!(params.get::<String>("word")?, "b");
        assert!(params.get::<bool>("flag")?);
        assert!(matches!(
            params.get::<bool>("forgotten"),
            Err(Error::Other(_))
        ));
        params.get::<Option<u32>>("depth")?;
        Ok(Typed)
    }
    fn fit(&self, _: &Rows<'_>, _: &mut Fit<'_, Self>) -> Result<Fixed, Error> {
        Ok(Fixed {
            answer: 0.0,
            sorted: Rc::default(),
        })
    }
}

fn contents() -> Contents {
    let rows = [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [-6.0, 7.0]];
    native::numbers(native::data(&rows), &[10.0, 40.0, 20.0, 30.0])
}

/// The sentence of the refusal of a candidate.
fn refusal(contents: Contents, rows: &[u32], candidate: Candidate) -> Option<Error> {
    native::fit_predict::<Nth>(contents, rows, &[0], candidate).err()
}

fn invalid_data(error: Option<Error>) -> String {
    if let Some(Error::InvalidData(sentence)) = error {
        sentence
    } else {
        format!("{error:?}")
    }
}

fn invalid_params(error: Option<Error>) -> String {
    if let Some(Error::InvalidParams(sentence)) = error {
        sentence
    } else {
        format!("{error:?}")
    }
}

#[test]
fn candidates_are_fitted_one_at_a_time_and_share_their_work() -> Result<(), Error> {
    let data = Dataset::new(contents())?;
    let candidates: Vec<Candidate> = [2, 7, 9, 0].map(|n: i64| candidate! { n: n }).to_vec();
    let mut fitting =
        native::fit_all::<Nth>(&data, &[0, 1, 2, 3], candidates, FitOptions::default())?;
    assert_eq!(FITTED.get(), 0, "nothing before it is asked for");
    let mut answers = Vec::new();
    for fitted in 1..=4 {
        let next = fitting.next().ok_or(Error::Other("too few".into()))?;
        // The second is refused before it is fitted.
        assert_eq!(FITTED.get(), fitted - u32::from(fitted > 1));
        answers.push(match next {
            Ok(next) => next.model.predict(&data, &[0], Outputs::ANSWERS)?.numbers,
            Err(_) => None,
        });
    }
    assert!(fitting.next().is_none());
    assert_eq!(answers, [Some(vec![30.0]), None, None, Some(vec![10.0])]);
    assert_eq!(SORTED.get(), 1);
    Ok(())
}

#[test]
fn predictions_hold_what_was_asked_for_and_one_kind_of_nan() -> Result<(), Error> {
    let prediction = native::fit_predict::<Nth>(contents(), &[0, 1], &[3, 2], candidate! {})?;
    assert_eq!(prediction.probabilities, None);
    let bits: Vec<u64> = prediction
        .numbers
        .iter()
        .flatten()
        .map(|v| v.to_bits())
        .collect();
    assert_eq!(bits, [f64::NAN.to_bits(), 10f64.to_bits()]);

    let data = Dataset::new(contents())?;
    let model = native::fit::<Nth>(&data, &[0, 1], candidate! {})?.model;
    let refused = model.predict(&data, &[0], Outputs::PROBABILITIES);
    assert_eq!(
        refused,
        Err(Error::Unsupported("Nth does not give probabilities".into()))
    );
    Ok(())
}

#[test]
fn a_model_comes_back_from_its_bytes_and_only_from_its_own() -> Result<(), Error> {
    let data = Dataset::new(contents())?;
    let model = native::fit::<Nth>(&data, &[0, 1, 2], candidate! { n: 1 })?.model;
    let bytes = model.save()?;
    assert_eq!(bytes, model.save()?);
    let again = native::load::<Nth>(&bytes)?;
    assert_eq!(
        again.predict(&data, &[0], Outputs::ANSWERS)?.numbers,
        Some(vec![20.0])
    );
    assert_eq!(again.save()?, bytes);

    let spoilt: [fn(&mut Vec<u8>); 4] = [
        |b| b[0] ^= 1,
        |b| b[14] ^= 1,
        |b| b.truncate(b.len() - 1),
        |b| b.push(0),
    ];
    for spoil in spoilt {
        let mut bytes = bytes.clone();
        spoil(&mut bytes);
        assert!(matches!(
            native::load::<Nth>(&bytes),
            Err(Error::InvalidData(_))
        ));
    }

    // To go on from, too, and only with as many columns.
    let options = FitOptions {
        state: Some(bytes.clone()),
        budget: Some(3),
    };
    let mut fitting = native::fit_all::<Nth>(&data, &[0], vec![candidate! {}], options.clone())?;
    let warnings = fitting
        .next()
        .and_then(|fitted| Some(fitted.ok()?.warnings));
    assert_eq!(warnings, Some(vec!["went on from 20".to_owned()]));
    let narrow = Dataset::new(native::numbers(native::data(&[[0.0]]), &[1.0]))?;
    let refused = native::fit_all::<Nth>(&narrow, &[0], vec![candidate! {}], options).err();
    assert_eq!(
        invalid_data(refused),
        "X has 1 features, but the earlier Nth is expecting 2 features as input."
    );
    let refused = again.predict(&narrow, &[0], Outputs::ANSWERS).err();
    assert_eq!(
        invalid_data(refused),
        "X has 1 features, but Nth is expecting 2 features as input."
    );
    Ok(())
}

#[test]
fn parameters_are_checked_as_scikit_learn_words_it() {
    let rows = &[0, 1, 2, 3];
    let refused = |candidate| invalid_params(refusal(contents(), rows, candidate));
    assert_eq!(
        refused(candidate! { m: 1 }),
        "Invalid parameter 'm' for estimator Nth. Valid parameters are: [n, scale]."
    );
    assert_eq!(
        refused(candidate! { n: 10 }),
        "The 'n' parameter of Nth must be an int in the range [0, 9]. Got 10 instead."
    );
    assert_eq!(
        refused(candidate! { n: 1.0 }),
        "The 'n' parameter of Nth must be an int in the range [0, 9]. Got 1.0 instead."
    );
    assert_eq!(
        refused(candidate! { scale: 0 }),
        "The 'scale' parameter of Nth must be a float in the range (0.0, inf) or None. Got 0 instead."
    );
    assert_eq!(refused(candidate! { n: 7 }), "not 7");
    let twice = vec![
        Param {
            name: "n".into(),
            value: 1.into(),
        },
        Param {
            name: "n".into(),
            value: 2.into(),
        },
    ];
    assert_eq!(refused(twice), "The 'n' parameter of Nth is given twice.");
    assert_eq!(
        refusal(contents(), rows, candidate! { n: 1, scale: () }),
        None
    );
}

#[test]
fn every_form_of_a_domain_allows_what_it_says_and_says_what_it_allows() {
    let cases: [(Domains, &str, Vec<Value>, Vec<Value>); 7] = [
        (
            none(),
            "None",
            vec![().into()],
            vec![0.into(), "None".into()],
        ),
        (boolean(), "a bool", vec![true.into()], vec![1.into()]),
        (
            integers(1..5),
            "an int in the range [1, 4]",
            vec![1.into(), 4.into()],
            vec![5.into()],
        ),
        (
            integers(..),
            "an int in the range (-inf, inf)",
            vec![i64::MIN.into()],
            vec![0.5.into()],
        ),
        (
            numbers(0.0..1.0),
            "a float in the range [0.0, 1.0)",
            vec![0.into(), 0.5.into()],
            vec![1.into(), 1.0.into(), f64::NAN.into(), (-0.1).into()],
        ),
        (
            words(["a", "b"]),
            "a str among {'a', 'b'}",
            vec!["b".into()],
            vec!["c".into()],
        ),
        (
            json(),
            "a list or table",
            vec![Value::Json("[]".into())],
            vec!["[]".into()],
        ),
    ];
    for (domains, sentence, good, bad) in cases {
        let domains: Vec<Domain> = domains.into();
        assert_eq!(domains[0].to_string(), sentence);
        assert!(
            good.iter().all(|value| domains[0].allows(value)),
            "{sentence}"
        );
        assert!(
            !bad.iter().any(|value| domains[0].allows(value)),
            "{sentence}"
        );
    }
}

#[test]
fn rows_and_contents_that_do_not_fit_are_refused() {
    let refused = |change: &dyn Fn(&mut Contents)| {
        let mut contents = contents();
        change(&mut contents);
        invalid_data(refusal(contents, &[0, 1], candidate! {}))
    };
    let rows = |rows: &[u32]| invalid_data(refusal(contents(), rows, candidate! {}));
    assert_eq!(rows(&[]), "no rows are named");
    assert_eq!(rows(&[4]), "row 4 is named, but there are 4 rows");
    assert_eq!(
        refused(&|c| c.rows = 0),
        "a dataset needs at least one row and one column; got 0 rows and 2 columns"
    );
    assert_eq!(
        refused(&|c| c.rows = 5),
        "5 rows of 2 columns make 10 values; got 8"
    );
    assert_eq!(
        refused(&|c| c.rows = u32::MAX),
        "4294967295 rows of 2 columns make 8589934590 values; got 8"
    );
    assert_eq!(
        refused(&|c| c.target = Target::Numbers(vec![1.0])),
        "4 rows need 4 target numbers; got 1"
    );
    assert_eq!(
        refused(&|c| c.target = Target::Numbers(vec![1.0, 2.0, f64::NAN, 3.0])),
        "the target of row 2 is NaN"
    );
    assert_eq!(
        refused(&|c| c.target = Target::Classes(Classes {
            codes: vec![0, 1, 2, 0],
            count: 2
        })),
        "row 2 has class 2, but there are 2 classes"
    );
    assert_eq!(
        refused(&|c| c.target = Target::None),
        "Nth is a regressor and needs numbers as its target"
    );
    assert_eq!(
        refused(&|c| c.weights = Some(vec![])),
        "4 rows need 4 weights; got 0"
    );
    assert_eq!(
        refused(&|c| c.weights = Some(vec![1.0, -1.0, 1.0, 1.0])),
        "the weight of row 1 is -1"
    );
    assert_eq!(
        refused(&|c| c.columns[0] = ColumnKind::Categorical),
        "column 0 is categorical, but its values are not all codes 0, 1, 2 ..."
    );
}

#[test]
fn what_an_estimator_does_not_offer_is_unsupported() -> Result<(), Error> {
    let unsupported = |sentence: &str| Some(Error::Unsupported(sentence.into()));
    let mut weighted = contents();
    weighted.weights = Some(vec![1.0; 4]);
    let refused = refusal(weighted, &[0, 1], candidate! {});
    assert_eq!(refused, unsupported("Nth does not take weights"));

    let data = Dataset::new(contents())?;
    let refused = |options| native::fit_all::<Typed>(&data, &[0], vec![], options).err();
    let budget = FitOptions {
        state: None,
        budget: Some(1),
    };
    assert_eq!(refused(budget), unsupported("Typed does not take a budget"));
    let state = FitOptions {
        state: Some(vec![]),
        budget: None,
    };
    assert_eq!(
        refused(state),
        unsupported("Typed cannot go on from an earlier model")
    );
    Ok(())
}

#[test]
fn values_that_an_estimator_cannot_take_are_found_among_the_named_rows_only() -> Result<(), Error> {
    let mut spoilt = contents();
    if let Values::Double(values) = &mut spoilt.values {
        values[2] = f64::NAN;
        values[7] = f64::NEG_INFINITY;
    }
    let refused = |rows: &[u32]| invalid_data(refusal(spoilt.clone(), rows, candidate! {}));
    assert_eq!(
        refused(&[0, 2]),
        "Input X contains NaN (row 2, column 0). Nth does not accept missing values."
    );
    assert_eq!(
        refused(&[3]),
        "Input X contains infinity (row 3, column 1)."
    );
    assert_eq!(refusal(spoilt.clone(), &[0, 1], candidate! {}), None);

    let data = Dataset::new(spoilt)?;
    let model = native::fit::<Nth>(&data, &[0, 1], candidate! {})?.model;
    assert!(model.predict(&data, &[2], Outputs::ANSWERS).is_err());
    Ok(())
}

#[test]
fn single_precision_is_the_same_data() -> Result<(), Error> {
    let double = Dataset::new(contents())?;
    let mut contents = contents();
    contents.values = Values::Single(double.values().iter().map(|v| *v as f32).collect());
    let single = Dataset::new(contents)?;
    assert_eq!(single.matrix(), double.matrix());
    Ok(())
}

#[test]
fn views_of_rows_agree_with_each_other() -> Result<(), Error> {
    let data = Dataset::new(native::classes(
        native::data(&[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]]),
        &[4, 2, 4],
    ))?;
    let rows = Rows::new(&data, &[2, 0, 2])?;
    assert_eq!(
        (data.n_rows(), data.n_columns(), data.n_classes()),
        (3, 3, 5)
    );
    assert_eq!(data.column(1), [1.0, 4.0, 7.0]);
    assert_eq!(rows.column(1), [7.0, 1.0, 7.0]);
    assert_eq!(
        rows.row_major(),
        [6.0, 7.0, 8.0, 0.0, 1.0, 2.0, 6.0, 7.0, 8.0]
    );
    assert_eq!(
        rows.column_major(),
        [6.0, 0.0, 6.0, 7.0, 1.0, 7.0, 8.0, 2.0, 8.0]
    );
    assert_eq!(rows.matrix().row(1), rows.row(1));
    assert_eq!(data.matrix().row(2), rows.row(0));
    assert_eq!(data.value(1, 2), data.matrix()[[1, 2]]);
    assert_eq!(
        (rows.codes(), rows.classes(), rows.places()),
        (vec![4; 3], vec![4], vec![0; 3])
    );
    let all = Rows::new(&data, &[0, 1, 2])?;
    assert_eq!((all.classes(), all.places()), (vec![2, 4], vec![1, 0, 1]));
    assert_eq!((rows.numbers(), rows.weights()), (vec![], None));
    Ok(())
}

#[test]
fn what_a_dataset_keeps_is_made_once_for_each_key_and_type() -> Result<(), Error> {
    let data = Dataset::new(contents())?;
    let made = Cell::new(0);
    let make = || {
        made.set(made.get() + 1);
        // Asking for another slot meanwhile is allowed.
        data.cached("inner", || 1u8);
        made.get()
    };
    let first = data.cached("bins", make);
    assert!(Rc::ptr_eq(&first, &data.cached("bins", make)));
    assert_eq!(*data.cached("bins-32", make), 2);
    assert_eq!(*data.cached("bins", || "another type"), "another type");
    assert_eq!(made.get(), 2);
    Ok(())
}

#[test]
fn parameters_come_as_rust_types() -> Result<(), Error> {
    native::fit_predict::<Typed>(contents(), &[0], &[0], candidate! {})?;
    let refused = |candidate| native::fit_predict::<Typed>(contents(), &[0], &[0], candidate).err();
    assert_eq!(
        invalid_params(refused(candidate! { depth: 4_294_967_296 })),
        "The 'depth' parameter of Typed must be an int in the range [0, 4294967295] or None. \
         Got 4294967296 instead."
    );
    assert_eq!(
        invalid_params(refused(candidate! { layers: Value::Json("[[1]]".into()) })),
        "The 'layers' parameter of Typed must be a list, each an int in the range [0, \
         18446744073709551615]. Got [[1]] instead."
    );
    Ok(())
}

#[test]
fn the_native_host_keeps_messages_and_can_say_stop() {
    native::host::stop_after(Some(1));
    assert!(pleat_guest::go_on(0.1).is_ok());
    assert!(pleat_guest::go_on(0.2).is_err());
    native::host::stop_after(None);
    pleat_guest::log(pleat_guest::Level::Warn, "here");
    assert_eq!(
        native::host::take_log(),
        [(pleat_guest::Level::Warn, "here".to_owned())]
    );
}

#[test]
fn predictions_by_scores_take_the_first_of_the_highest() {
    let scores = vec![0.2, 0.4, 0.4, 0.5, 0.25, 0.25];
    let prediction = Prediction::probable(&[3, 5, 8], scores.clone());
    assert_eq!(prediction.classes, Some(vec![5, 3]));
    assert_eq!(prediction.probabilities, Some(scores));
}
