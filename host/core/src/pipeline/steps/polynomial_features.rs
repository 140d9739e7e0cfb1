//! PolynomialFeatures: columns, their powers and their products.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Fit, FitOn, Step, check_room, frame_like};
use crate::data::{Frame, FrameColumn};
use crate::params::{Domain, ParamInfo, Value};
use crate::pipeline::schema::{self, ColumnSchema};
use crate::settings::{self, Fault, Settings};

/// More columns than this are not written down before they are made.
const OUTLINED: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::pipeline) struct PolynomialFeatures {
    min_degree: u32,
    max_degree: u32,
    interaction_only: bool,
    include_bias: bool,
}

impl Step for PolynomialFeatures {
    const NAME: &'static str = "PolynomialFeatures";
    /// There is nothing to learn.
    type Fitted = Self;

    fn params() -> Vec<ParamInfo> {
        let degree = Domain::Int {
            min: Some(0),
            max: Some(i64::from(u32::MAX)),
        };
        vec![
            settings::any_of(
                "degree",
                Value::Int(2),
                vec![degree, Domain::Json],
                "the highest degree, or [lowest, highest]",
            ),
            settings::flag(
                "interaction_only",
                false,
                "whether products of different columns alone are made, no powers",
            ),
            settings::flag("include_bias", true, "whether a column of ones comes first"),
        ]
    }

    fn read(settings: &Settings) -> Result<Self, Fault> {
        let fault = |sentence: String| ("degree".to_owned(), sentence);
        let (min_degree, max_degree) = match settings.value("degree") {
            Value::Json(pair) => pair_of(pair).map_err(fault)?,
            _ => (0, settings.u32("degree").unwrap_or(2)),
        };
        let include_bias = settings.bool("include_bias");
        if max_degree == 0 && !include_bias {
            let sentence = "0 is not allowed with include_bias = false: nothing would be left; \
                            allowed is an integer >= 1";
            return Err(fault(sentence.to_owned()));
        }
        Ok(Self {
            min_degree,
            max_degree,
            interaction_only: settings.bool("interaction_only"),
            include_bias,
        })
    }

    fn is_row_fitted(&self) -> bool {
        false
    }

    fn outline(&self, x: &[ColumnSchema]) -> Result<Vec<ColumnSchema>, String> {
        schema::complete_numbers(x)?;
        if x.iter().any(|c| c.many) || self.count(x.len()).is_none_or(|n| n > OUTLINED) {
            return Ok(vec![ColumnSchema::many("")]);
        }
        let names: Vec<&str> = x.iter().map(|c| c.name.as_str()).collect();
        let terms = self.terms(names.len());
        let column = |term: &Vec<usize>| ColumnSchema::numeric(name(term, &names));
        Ok(terms.iter().map(column).collect())
    }

    fn fit(&self, x: &Frame, _: &FitOn<'_>) -> Result<Self, String> {
        let columns = self.count(x.columns().len()).unwrap_or(usize::MAX);
        check_room(x.rows(), columns)?;
        Ok(*self)
    }
}

impl Fit for PolynomialFeatures {
    fn transform(&self, x: &Frame) -> Result<Frame, String> {
        let columns = x.complete_numbers()?;
        check_room(x.rows(), self.count(columns.len()).unwrap_or(usize::MAX))?;
        let names = x.names();
        let made = self.terms(columns.len()).into_iter().map(|term| {
            let product = |row: usize| match term.split_last() {
                // From the last on, as scikit-learn builds upon lower degrees.
                Some((last, rest)) => {
                    let first = columns[*last][row];
                    rest.iter().rev().fold(first, |p, c| p * columns[*c][row])
                }
                None => 1.0,
            };
            let values = (0..x.rows()).map(product).collect();
            FrameColumn::numeric(name(&term, &names), values)
        });
        frame_like(x, made.collect())
    }
}

impl PolynomialFeatures {
    /// How many terms `columns` have up to the highest degree, those below the
    /// lowest included, since these are built upon; `None` of too many to
    /// count.
    fn count(&self, columns: usize) -> Option<usize> {
        let (n, high) = (columns as u128, self.max_degree);
        let terms = if self.interaction_only {
            let mut sum: u128 = 0;
            for degree in 0..=high.min(u32::try_from(columns).ok()?) {
                sum = sum.checked_add(choose(n, degree.into())?)?;
            }
            sum
        } else {
            choose(n + u128::from(high), high.into())?
        };
        usize::try_from(terms).ok()
    }

    /// The columns each new one is the product of, in scikit-learn's order: by
    /// degree, then by column.
    fn terms(&self, columns: usize) -> Vec<Vec<usize>> {
        let mut out = Vec::new();
        if self.include_bias {
            out.push(Vec::new());
        }
        let mut last: Vec<Vec<usize>> = vec![Vec::new()];
        for degree in 1..=self.max_degree {
            let mut next = Vec::new();
            for term in &last {
                let from = term.last().map_or(0, |c| c + usize::from(self.interaction_only));
                next.extend((from..columns).map(|c| [term.as_slice(), &[c]].concat()));
            }
            if next.is_empty() {
                break;
            }
            if degree >= self.min_degree {
                out.extend_from_slice(&next);
            }
            last = next;
        }
        out
    }
}

/// How many ways there are to choose `k` of `n`.
fn choose(n: u128, k: u128) -> Option<u128> {
    let k = k.min(n.checked_sub(k)?);
    let mut ways: u128 = 1;
    for i in 1..=k {
        // Multiplied first, so that the division leaves nothing over.
        ways = ways.checked_mul(n - k + i)? / i;
    }
    Some(ways)
}

fn pair_of(form: &Json) -> Result<(u32, u32), String> {
    let degree = |i: usize| form.get(i)?.as_u64().and_then(|d| u32::try_from(d).ok());
    let pair = degree(0).zip(degree(1)).filter(|(low, high)| low <= high);
    let two = form.as_array().is_some_and(|list| list.len() == 2);
    pair.filter(|_| two).ok_or_else(|| {
        format!(
            "{form} is not allowed: allowed is an integer >= 0, or a list of two, the lowest \
             degree and the highest"
        )
    })
}

/// `a^2 b` of the term that is a times a times b.
fn name(term: &[usize], names: &[&str]) -> String {
    if term.is_empty() {
        return "1".to_owned();
    }
    let factor = |same: &[usize]| match same {
        [one] => names[*one].to_owned(),
        _ => format!("{}^{}", names[same[0]], same.len()),
    };
    let factors: Vec<String> = term.chunk_by(|a, b| a == b).map(factor).collect();
    factors.join(" ")
}
