//! Classifiers that misbehave, each in one way. What is not misdeed is the
//! first class of the training rows, as `Noop` answers it.

mod deeds;

use std::rc::Rc;

use deeds::{Bomb, Chatter, Liar, Loop, Panic, Picky, Recurse, Refuse, Trap};
use pleat_guest::{Error, Estimator, Fit, Info, Model, Outputs, Params, Prediction, Rows};

/// One way to misbehave.
pub trait Deed: Sized + 'static {
    /// The estimator's name.
    const NAME: &str;
    /// What it does.
    const DOC: &str;

    /// Adds its parameters.
    fn describe(info: Info) -> Info {
        info
    }

    /// The deed with these parameters.
    fn new(params: &Params) -> Result<Self, Error>;

    /// What it does in `fit`.
    fn fit(&self) -> Result<(), Error> {
        Ok(())
    }

    /// What it makes of an honest prediction.
    fn predict(&self, honest: Prediction) -> Prediction {
        honest
    }
}

/// A classifier that does a deed.
pub struct Hostile<D>(Rc<D>);

/// What it has become.
pub struct Fitted<D> {
    classes: Vec<u32>,
    deed: Rc<D>,
}

impl<D: Deed> Estimator for Hostile<D> {
    type Model = Fitted<D>;
    type Shared = ();

    fn info() -> Info {
        D::describe(Info::classifier(D::NAME, D::DOC).probabilities())
    }

    fn new(params: &Params) -> Result<Self, Error> {
        Ok(Hostile(Rc::new(D::new(params)?)))
    }

    fn fit(&self, train: &Rows<'_>, _: &mut Fit<'_, Self>) -> Result<Fitted<D>, Error> {
        self.0.fit()?;
        Ok(Fitted {
            classes: train.classes(),
            deed: self.0.clone(),
        })
    }
}

impl<D: Deed> Model for Fitted<D> {
    fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn predict(&self, rows: &Rows<'_>, _: Outputs) -> Result<Prediction, Error> {
        let mut certain = vec![0.0; self.classes.len()];
        certain[0] = 1.0;
        let honest = Prediction::probable(&self.classes, certain.repeat(rows.len()));
        Ok(self.deed.predict(honest))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        Err(Error::Unsupported("it is not worth saving".into()))
    }

    fn load(_: &[u8]) -> Result<Self, Error> {
        Err(Error::Unsupported("it was not worth saving".into()))
    }
}

pleat_guest::export!(
    Hostile<Loop>,
    Hostile<Bomb>,
    Hostile<Recurse>,
    Hostile<Panic>,
    Hostile<Trap>,
    Hostile<Refuse>,
    Hostile<Liar>,
    Hostile<Chatter>,
    Hostile<Picky>,
);

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_guest::{candidate, native};

    fn run<D: Deed>(candidate: pleat_guest::Candidate) -> Result<Prediction, Error> {
        let data = native::classes(native::data(&[[0.0], [1.0], [2.0]]), &[0, 1, 2]);
        native::fit_predict::<Hostile<D>>(data, &[0, 1, 2], &[2, 0], candidate)
    }

    #[test]
    fn a_refusal_is_an_answer() {
        assert!(matches!(
            run::<Refuse>(candidate! {}),
            Err(Error::InvalidParams(_))
        ));
        let how = candidate! { how: "invalid-data" };
        assert!(matches!(run::<Refuse>(how), Err(Error::InvalidData(_))));
    }

    #[test]
    fn each_lie_but_nan_is_seen_by_its_shape() {
        for how in ["short", "long", "absent", "stranger", "narrow"] {
            assert!(run::<Liar>(candidate! { how: how }).is_err(), "{how}");
        }
        let nan = run::<Liar>(candidate! { how: "nan" });
        let bits = |p: Prediction| p.probabilities.map(|p| p[0].to_bits());
        assert_eq!(nan.map(bits), Ok(Some(f64::NAN.to_bits())));
    }

    #[test]
    fn picky_answers_unless_it_is_3() {
        assert!(run::<Picky>(candidate! { n: 2 }).is_ok());
        assert_eq!(native::describe::<Hostile<Picky>>().shares, ["n"]);
    }
}
