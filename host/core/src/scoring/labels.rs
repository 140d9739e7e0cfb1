//! Which class is positive, and whether a target has classes a scorer can
//! deal with. Asked once, before any task runs; values of predictions are
//! not looked at here.

use super::Scorer;
use crate::data::Label;

/// How a scorer of classes comes to its positive class where none is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Positive {
    /// It has none.
    Unused,
    /// The class 1.
    One,
    /// Of two numbers the greater.
    Greater,
}

/// Labels as a sentence lists them.
fn list(labels: &[Label]) -> String {
    const MOST: usize = 10;
    let mut shown: Vec<String> = labels.iter().take(MOST).map(quoted).collect();
    if labels.len() > MOST {
        shown.push(format!("and {} more", labels.len() - MOST));
    }
    shown.join(", ")
}

fn quoted(label: &Label) -> String {
    match label {
        Label::Int(i) => i.to_string(),
        Label::Text(text) => format!("\"{text}\""),
    }
}

impl Scorer {
    /// Whether it asks which class is positive.
    #[must_use]
    pub fn needs_positive(self) -> bool {
        self.positive() != Positive::Unused
    }

    fn positive(self) -> Positive {
        match self {
            Self::Precision | Self::Recall | Self::F1 | Self::Jaccard | Self::AveragePrecision => {
                Positive::One
            }
            Self::NegBrierScore | Self::D2BrierScore => Positive::Greater,
            _ => Positive::Unused,
        }
    }

    /// Whether it is for targets of two classes only.
    #[must_use]
    pub fn is_binary(self) -> bool {
        matches!(
            self,
            Self::Precision
                | Self::Recall
                | Self::F1
                | Self::Jaccard
                | Self::RocAuc
                | Self::PositiveLikelihoodRatio
                | Self::NegNegativeLikelihoodRatio
        )
    }

    /// What does for more than two classes what it does for two.
    fn for_more_classes(self) -> String {
        if self == Self::RocAuc {
            return "use roc_auc_ovr, roc_auc_ovo, roc_auc_ovr_weighted or roc_auc_ovo_weighted"
                .into();
        }
        if self.needs_positive() {
            return format!("use {self}_macro, {self}_micro or {self}_weighted");
        }
        "use matthews_corrcoef or balanced_accuracy".into()
    }

    /// The code of the class that counts as positive for this scorer, if it
    /// asks: the one of `pos_label`, or what scikit-learn takes without it.
    /// That is class 1 for precision and its like, and the greater of two
    /// numbers for Brier scores. `labels` are those of the whole target;
    /// there are none for numbers.
    ///
    /// # Errors
    /// The sentence that says what to set or which scorer to use: the target
    /// has too many classes, `pos_label` is none of them, or is needed.
    pub fn check_labels(
        self,
        labels: &[Label],
        pos_label: Option<&Label>,
    ) -> Result<Option<u32>, String> {
        if self.is_binary() && labels.len() > 2 {
            return Err(format!(
                "{self} is for two classes, and the target has {} ({}): {}",
                labels.len(),
                list(labels),
                self.for_more_classes()
            ));
        }
        let code = |label: &Label| labels.iter().zip(0..).find(|(l, _)| *l == label);
        let one = code(&Label::Int(1)).map(|(_, code)| code);
        match (self.positive(), pos_label) {
            (Positive::Unused, _) => Ok(None),
            // The mean over all classes asks only in a split with two of them.
            (Positive::One, None | Some(Label::Int(1))) if labels.len() > 2 => Ok(one),
            (Positive::One, Some(label)) if labels.len() > 2 => Err(format!(
                "{self} has no positive class where the target has more than two, and pos_label \
                 is {}: leave it out",
                quoted(label)
            )),
            (Positive::Greater, _) if labels.len() > 2 => Ok(None),
            (_, Some(label)) => code(label).map(|(_, code)| Some(code)).ok_or_else(|| {
                format!(
                    "pos_label is {}: allowed is a class of the target, that is {}",
                    quoted(label),
                    list(labels)
                )
            }),
            (Positive::One, None) if one.is_some() => Ok(one),
            (Positive::Greater, None) if labels.iter().all(|l| matches!(l, Label::Int(_))) => {
                Ok(labels.iter().zip(0..).last().map(|(_, code)| code))
            }
            (_, None) => Err(format!(
                "{self} asks which class is positive, and the target's are {}: set pos_label to \
                 one of them",
                list(labels)
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ints(labels: &[i64]) -> Vec<Label> {
        labels.iter().copied().map(Label::Int).collect()
    }

    fn words(labels: &[&str]) -> Vec<Label> {
        labels.iter().map(|l| Label::Text((*l).into())).collect()
    }

    #[test]
    fn the_positive_class_is_scikit_learns() {
        let f1 = |labels: &[i64]| Scorer::F1.check_labels(&ints(labels), None);
        assert_eq!(f1(&[0, 1]), Ok(Some(1)));
        assert_eq!(f1(&[-1, 1]), Ok(Some(1)));
        assert_eq!(f1(&[1, 2]), Ok(Some(0)), "1, not the greater");
        assert_eq!(f1(&[1]), Ok(Some(0)));
        let brier = |labels: &[i64]| Scorer::NegBrierScore.check_labels(&ints(labels), None);
        assert_eq!(brier(&[0, 1]), Ok(Some(1)));
        assert_eq!(brier(&[1, 2]), Ok(Some(1)), "the greater");
        assert_eq!(brier(&[5, 7]), Ok(Some(1)));
        assert_eq!(brier(&[5, 7, 9]), Ok(None));
        let named = words(&["no", "yes"]);
        for scorer in Scorer::ALL.iter().filter(|s| s.needs_positive()) {
            let found = |label: &Label| scorer.check_labels(&named, Some(label));
            assert_eq!(
                (found(&named[0]), found(&named[1])),
                (Ok(Some(0)), Ok(Some(1)))
            );
        }
        assert_eq!(Scorer::Accuracy.check_labels(&named, None), Ok(None));
        assert_eq!(Scorer::R2.check_labels(&[], None), Ok(None));
        let precision = |label| Scorer::AveragePrecision.check_labels(&ints(&[0, 1, 2]), label);
        assert_eq!(precision(None), Ok(Some(1)));
        assert_eq!(precision(Some(&Label::Int(1))), Ok(Some(1)));
        assert!(precision(Some(&Label::Int(2))).is_err());
    }

    #[test]
    fn what_a_scorer_cannot_take_is_refused_with_a_sentence() {
        let sentence = |scorer: Scorer, labels: &[Label], label: Option<Label>| {
            scorer.check_labels(labels, label.as_ref()).unwrap_err()
        };
        let (two, three) = (words(&["no", "yes"]), ints(&[0, 1, 2]));
        assert_eq!(
            sentence(Scorer::F1, &two, None),
            "f1 asks which class is positive, and the target's are \"no\", \"yes\": set \
             pos_label to one of them"
        );
        assert_eq!(
            sentence(Scorer::Recall, &ints(&[5, 7]), None),
            "recall asks which class is positive, and the target's are 5, 7: set pos_label to \
             one of them"
        );
        assert!(sentence(Scorer::D2BrierScore, &two, None).contains("set pos_label"));
        assert_eq!(
            sentence(Scorer::F1, &two, Some(Label::Int(1))),
            "pos_label is 1: allowed is a class of the target, that is \"no\", \"yes\""
        );
        assert_eq!(
            sentence(Scorer::Jaccard, &three, Some(Label::Int(1))),
            "jaccard is for two classes, and the target has 3 (0, 1, 2): use jaccard_macro, \
             jaccard_micro or jaccard_weighted"
        );
        assert_eq!(
            sentence(Scorer::RocAuc, &three, None),
            "roc_auc is for two classes, and the target has 3 (0, 1, 2): use roc_auc_ovr, \
             roc_auc_ovo, roc_auc_ovr_weighted or roc_auc_ovo_weighted"
        );
        assert!(
            sentence(Scorer::F1, &ints(&(0..12).collect::<Vec<_>>()), None)
                .contains("12 (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, and 2 more)")
        );
    }
}
