//! TargetEncoder: a category becomes the mean target of its rows, drawn
//! towards the mean of all.
//!
//! Training rows are encoded by what other training rows teach, fold by fold,
//! so that an estimator does not read its own answers; all other rows by what
//! all training rows teach.

use pleat_num::sum;
use serde::{Deserialize, Serialize};

use super::categories::{self, Categories, Given, UNKNOWN};
use super::targets::{Kind, Targets};
use super::{Fit, FitOn, Step, check_room, frame_like};
use crate::cv::assign_folds;
use crate::data::{Frame, FrameColumn};
use crate::params::{Bound, Domain, ParamInfo, Value};
use crate::pipeline::numbers::Numbers;
use crate::pipeline::schema::ColumnSchema;
use crate::settings::{self, Fault, Settings};

#[derive(Debug, Clone, PartialEq)]
pub(in crate::pipeline) struct TargetEncoder {
    categories: Given,
    kind: Option<Kind>,
    /// How much the mean of all counts; what the variances suggest without.
    smooth: Option<f64>,
    folds: u32,
    shuffle: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipeline) struct Fitted {
    columns: Vec<Column>,
    /// The classes that columns are made for, where there are several.
    classes: Vec<String>,
    /// The mean of each target: what unknown categories become.
    means: Numbers,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Column {
    categories: Categories,
    /// For each target what each category becomes.
    encodings: Vec<Numbers>,
}

impl Step for TargetEncoder {
    const NAME: &'static str = "TargetEncoder";
    type Fitted = Fitted;

    fn params() -> Vec<ParamInfo> {
        let not_negative = Domain::Float {
            min: Some(Bound {
                at: 0.0,
                inclusive: true,
            }),
            max: None,
        };
        vec![
            categories::param(),
            settings::choice(
                "target_type",
                &["auto", "continuous", "binary", "multiclass"],
                "what the target is taken for; auto goes by its values, as scikit-learn does",
            ),
            settings::any_of(
                "smooth",
                Value::Text("auto".to_owned()),
                vec![settings::one_of(&["auto"]), not_negative],
                "how many rows of the mean of all are mixed in; auto goes by the variances",
            ),
            settings::count(
                "cv",
                5,
                2,
                i64::from(u32::MAX),
                "how many folds training rows are encoded in",
            ),
            settings::flag("shuffle", true, "whether rows are shuffled into these folds"),
            settings::random_state("the seed to shuffle with; 0 if not set"),
        ]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        let shuffle = match (settings.bool("shuffle"), settings.u32("random_state")) {
            (true, seed) => Some(seed.unwrap_or(0)),
            (false, None) => None,
            (false, Some(seed)) => {
                let sentence = format!(
                    "{seed} has no effect, since shuffle is false: allowed is to set \
                     shuffle = true, or to leave random_state out"
                );
                return Err(("random_state".to_owned(), sentence));
            }
        };
        Ok(Self {
            categories: categories::read(settings)?,
            kind: match settings.text("target_type") {
                "continuous" => Some(Kind::Continuous),
                "binary" => Some(Kind::Binary),
                "multiclass" => Some(Kind::Multiclass),
                _ => None,
            },
            smooth: settings.number("smooth"),
            folds: settings.u32("cv").unwrap_or(5),
            shuffle,
        })
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        let made = x.iter().map(|column| match self.kind {
            Some(Kind::Continuous | Kind::Binary) => ColumnSchema {
                many: column.many,
                ..ColumnSchema::numeric(&column.name)
            },
            Some(Kind::Multiclass) => ColumnSchema::many(format!("{}_", column.name)),
            None => ColumnSchema::many(&column.name),
        });
        Ok(made.collect())
    }

    fn fit(&self, x: &Frame, on: &FitOn<'_>) -> Result<Fitted, String> {
        self.learn_all(x, on, Targets::of(on, self.kind)?)
            .map(|(fitted, _)| fitted)
    }

    fn is_cross_fitted(&self) -> bool {
        true
    }

    fn fit_transform(&self, x: &Frame, on: &FitOn<'_>) -> Result<(Fitted, Frame), String> {
        let (fitted, targets) = self.learn_all(x, on, Targets::of(on, self.kind)?)?;
        let (rows, classes) = (on.train.len(), targets.strata.as_deref());
        let fold_of = assign_folds(rows, classes, self.folds, self.shuffle)
            .map_err(|sentence| format!("cv: {sentence}"))?;
        let encoded = fitted.transform(x)?;
        let mut encoded = encoded.columns().iter();
        let mut made = Vec::with_capacity(encoded.len());
        for (column, of) in x.columns().iter().zip(&fitted.columns) {
            let codes = on.pick(&of.categories.codes(column)?);
            for (target, encoded) in targets.columns.iter().zip(encoded.by_ref()) {
                let mut values = encoded.numbers().unwrap_or_default().to_vec();
                let cross = self.cross_fitted(&codes, of.categories.len(), target, &fold_of);
                for (row, value) in on.train.iter().zip(cross) {
                    values[*row as usize] = value;
                }
                made.push(FrameColumn::numeric(&encoded.name, values));
            }
        }
        Ok((fitted, frame_like(x, made)?))
    }
}

impl TargetEncoder {
    /// What all training rows teach.
    fn learn_all(
        &self,
        x: &Frame,
        on: &FitOn<'_>,
        targets: Targets,
    ) -> Result<(Fitted, Targets), String> {
        let lists = categories::lists(&self.categories, x.columns().len())?;
        check_room(x.rows(), lists.len().saturating_mul(targets.columns.len()))?;
        let mut columns = Vec::with_capacity(lists.len());
        for (column, list) in x.columns().iter().zip(lists) {
            let categories = Categories::fit(column, list, on)?;
            let codes = on.pick(&categories.codes(column)?);
            let of = |y: &Vec<f64>| self.learn(&codes, categories.len(), y).into();
            columns.push(Column {
                encodings: targets.columns.iter().map(of).collect(),
                categories,
            });
        }
        let fitted = Fitted {
            columns,
            classes: targets.classes.clone(),
            means: targets.columns.iter().map(|y| sum::mean(y)).collect(),
        };
        Ok((fitted, targets))
    }

    /// What each category becomes, learned from these rows. D. Micci-Barreca,
    /// "A preprocessing scheme for high-cardinality categorical attributes in
    /// classification and prediction problems", 2001.
    fn learn(&self, codes: &[usize], categories: usize, y: &[f64]) -> Vec<f64> {
        let mean = sum::mean(y);
        // A row whose category is not listed counts for the first that is: so
        // it does in scikit-learn.
        let place = |code: usize| if code == UNKNOWN { 0 } else { code };
        let rows = || codes.iter().map(|code| place(*code)).zip(y);
        if let Some(smooth) = self.smooth {
            let mut sums = vec![smooth * mean; categories];
            let mut counts = vec![smooth; categories];
            for (code, y) in rows() {
                sums[code] += y;
                counts[code] += 1.0;
            }
            let encoding = |(sum, n): (&f64, &f64)| if *n == 0.0 { mean } else { sum / n };
            return sums.iter().zip(&counts).map(encoding).collect();
        }
        let squares: Vec<f64> = y.iter().map(|y| (y - mean) * (y - mean)).collect();
        let variance = sum::mean(&squares);
        let mut means = vec![0.0; categories];
        let mut counts = vec![0.0; categories];
        for (code, y) in rows() {
            means[code] += y;
            counts[code] += 1.0;
        }
        means.iter_mut().zip(&counts).for_each(|(m, n)| *m /= n);
        let mut squares = vec![0.0; categories];
        for (code, y) in rows() {
            let off = y - means[code];
            squares[code] += off * off;
        }
        let encoding = |code: usize| {
            let own = variance * counts[code];
            let share = own / (own + squares[code] / counts[code]);
            // Without rows, or without any variance.
            if share.is_nan() {
                mean
            } else {
                share * means[code] + (1.0 - share) * mean
            }
        };
        (0..categories).map(encoding).collect()
    }

    /// The training rows, each encoded by what the other folds teach.
    fn cross_fitted(
        &self,
        codes: &[usize],
        categories: usize,
        y: &[f64],
        fold_of: &[u32],
    ) -> Vec<f64> {
        let mut made = vec![f64::NAN; codes.len()];
        for fold in 0..self.folds {
            let others = || (0..codes.len()).filter(|i| fold_of[*i] != fold);
            let other_codes: Vec<usize> = others().map(|i| codes[i]).collect();
            let other_y: Vec<f64> = others().map(|i| y[i]).collect();
            let encoding = self.learn(&other_codes, categories, &other_y);
            for (i, value) in made.iter_mut().enumerate() {
                match encoding.get(codes[i]) {
                    // What scikit-learn does: the last fold's mean stays.
                    None => *value = sum::mean(&other_y),
                    Some(encoding) if fold_of[i] == fold => *value = *encoding,
                    Some(_) => {}
                }
            }
        }
        made
    }
}

impl Fit for Fitted {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        check_room(x.rows(), x.columns().len().saturating_mul(self.means.len()))?;
        let mut made = Vec::new();
        for (column, fitted) in x.columns().iter().zip(&self.columns) {
            let codes = fitted.categories.codes(column)?;
            for (i, encoding) in fitted.encodings.iter().enumerate() {
                let mean = self.means.get(i).copied().unwrap_or(f64::NAN);
                let value = |code: &usize| match *code {
                    UNKNOWN => mean,
                    code => encoding.get(code).copied().unwrap_or(mean),
                };
                let name = match self.classes.get(i) {
                    Some(class) => format!("{}_{class}", column.name),
                    None => column.name.clone(),
                };
                made.push(FrameColumn::numeric(name, codes.iter().map(value).collect()));
            }
        }
        frame_like(x, made)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{frame, text};
    use crate::data::{Frame, Label, Target};
    use crate::pipeline::{FitOn, Pipeline};

    fn x() -> Frame {
        let words = ["a", "b", "a", "b", "a", "b", "c"].map(Some);
        frame(vec![text("x", &words)])
    }

    fn fit(step: serde_json::Value, target: Option<&Target>) -> Result<Frame, String> {
        let on = FitOn {
            target,
            ..FitOn::rows(&[0, 1, 2, 3, 4, 5])
        };
        let pipeline = Pipeline::parse(&json!([step])).unwrap();
        let made = pipeline.fit_transform(&x(), &on);
        made.map(|(_, made)| made).map_err(|e| e.to_string())
    }

    #[test]
    fn training_rows_do_not_see_their_own_target() {
        let y = Target::Numbers(vec![1.0, 2.0, 3.0, 4.5, 5.0, 6.0, 100.0]);
        let step = json!({ "step": "TargetEncoder", "smooth": 0, "cv": 3, "shuffle": false });
        let made = fit(step, Some(&y)).unwrap();
        // Folds of two rows; row 6 is not trained on, nor is its category.
        let expected = [4.0, 5.25, 3.0, 4.0, 2.0, 3.25, 21.5 / 6.0];
        assert_eq!(made.numbers().unwrap()[0], expected);
    }

    #[test]
    fn several_classes_become_several_columns() {
        let y = Target::Classes {
            labels: ["n", "p", "q"].map(|c| Label::Text(c.to_owned())).to_vec(),
            codes: vec![0, 1, 2, 0, 1, 2, 0],
        };
        let step = json!({ "step": "TargetEncoder", "cv": 2 });
        assert_eq!(fit(step.clone(), Some(&y)).unwrap().names(), ["x_n", "x_p", "x_q"]);
        assert_eq!(
            fit(step, None).unwrap_err(),
            "step \"targetencoder\": there is no target, and this step needs one"
        );
        let step = json!({ "step": "TargetEncoder", "cv": 7 });
        assert_eq!(
            fit(step, Some(&y)).unwrap_err(),
            "step \"targetencoder\": cv: 7 folds are not allowed: there are 6 training rows, and \
             every fold needs at least one"
        );
    }
}
