//! Decision scores and probabilities, as the metrics that want them look at
//! them: of two classes one column, of more all. No metric lives here.

use std::collections::BTreeSet;

use super::Reason;

/// What a model said of each class, in numbers. `values` has one number a
/// row if it is about decisions of at most two classes, and one for each
/// class otherwise.
pub(super) struct Scores<'a> {
    pub(super) truth: &'a [u32],
    /// The classes of the model, ascending.
    pub(super) known: &'a [u32],
    pub(super) values: &'a [f64],
    pub(super) decision: bool,
    pub(super) weights: Option<&'a [f64]>,
    pub(super) positive: Option<u32>,
}

impl Scores<'_> {
    /// How many values a row has.
    pub(super) fn width(known: &[u32], decision: bool) -> usize {
        if decision && known.len() <= 2 {
            1
        } else {
            known.len()
        }
    }

    /// The classes that are tested, ascending.
    pub(super) fn tested(&self) -> Vec<u32> {
        let tested: BTreeSet<u32> = self.truth.iter().copied().collect();
        tested.into_iter().collect()
    }

    /// Of a model that knows at most two classes: what it said for `class`.
    pub(super) fn of_class(&self, class: u32) -> Result<Vec<f64>, Reason> {
        let column = self.known.iter().position(|k| *k == class);
        let column = column.ok_or(Reason::PositiveUnknown { of: "of the model" })?;
        let values: Vec<f64> = if self.decision {
            // Positive means the second class.
            let sign = if column == 0 { -1.0 } else { 1.0 };
            self.values.iter().map(|x| sign * x).collect()
        } else {
            self.enough_classes()?;
            let rows = self.values.chunks_exact(self.known.len());
            rows.map(|row| row[column]).collect()
        };
        finite(&values, 1)?;
        Ok(values)
    }

    /// Row after row of a model of several classes.
    pub(super) fn rows(&self) -> Result<std::slice::ChunksExact<'_, f64>, Reason> {
        self.enough_classes()?;
        finite(self.values, self.known.len())?;
        Ok(self.values.chunks_exact(self.known.len()))
    }

    /// The last class the model knows, which is the positive one of two
    /// unless somebody says otherwise.
    pub(super) fn last_class(&self) -> Result<u32, Reason> {
        let none = Reason::TooFewModelClasses { classes: 0 };
        self.known.last().copied().ok_or(none)
    }

    /// That there are probabilities to speak of.
    pub(super) fn enough_classes(&self) -> Result<(), Reason> {
        match self.known.len() {
            classes @ 0..2 => Err(Reason::TooFewModelClasses { classes }),
            _ => Ok(()),
        }
    }

    /// That the model knows the classes that are tested and no others.
    ///
    /// scikit-learn does not tell these metrics which classes there are: they
    /// take those of the tested rows. If they are more or fewer than the
    /// model's it raises; where merely their numbers agree it pairs the wrong
    /// columns, which is refused here.
    pub(super) fn same_classes(&self) -> Result<(), Reason> {
        let tested = self.tested();
        if tested == self.known {
            Ok(())
        } else {
            Err(self.other_classes(&tested))
        }
    }

    pub(super) fn other_classes(&self, tested: &[u32]) -> Reason {
        Reason::OtherClasses {
            tested: tested.len(),
            known: self.known.len(),
            common: tested.iter().filter(|c| self.known.contains(c)).count(),
        }
    }
}

fn finite(values: &[f64], width: usize) -> Result<(), Reason> {
    match values.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(at) => Err(Reason::NotFinite {
            row: at / width,
            value: values[at],
        }),
    }
}
