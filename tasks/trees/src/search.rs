//! Looking for the split of a node, one column after the other.

use crate::criterion::Criterion;
use crate::grow::Rules;
use crate::introsort::introsort;
use crate::sorted::{Entry, apart, midpoint};

/// How a node is divided.
pub(crate) struct Split {
    pub(crate) column: usize,
    pub(crate) threshold: f64,
    pub(crate) missing_left: bool,
    /// How many rows go to the left.
    pub(crate) middle: usize,
}

/// The best split so far.
pub(crate) struct Best {
    score: f64,
    pub(crate) split: Split,
    /// Whether another column has one as good.
    pub(crate) tied: bool,
}

/// One node's rows in the order that sums run in, and the best split so far.
pub(crate) struct Search<'a, C> {
    pub(crate) rules: &'a Rules,
    pub(crate) criterion: &'a mut C,
    pub(crate) rows: &'a mut [Entry],
    /// For each row of the dataset its value in the column.
    pub(crate) values: &'a mut [f32],
    pub(crate) column: usize,
    pub(crate) missing: usize,
    pub(crate) best: Option<Best>,
}

impl<C: Criterion> Search<'_, C> {
    /// Turns to a column, given the rows in its order. Answers with its lowest
    /// and highest value, or with none if it is constant.
    pub(crate) fn turn_to(&mut self, column: usize, run: &[Entry]) -> Option<(f32, f32)> {
        self.column = column;
        self.missing = run.iter().rev().take_while(|e| e.value.is_nan()).count();
        let unique = || run.windows(2).all(|pair| pair[0].value != pair[1].value);
        if self.rules.random {
            self.look_up(run);
        } else if !self.criterion.minds_order() || self.missing == 0 && unique() {
            self.rows.copy_from_slice(run);
        } else {
            self.look_up(run);
            arrange(self.rows, self.values);
        }
        let known = &run[..run.len() - self.missing];
        let (first, last) = known.first().zip(known.last())?;
        (self.missing > 0 || apart(first.value, last.value)).then_some((first.value, last.value))
    }

    fn look_up(&mut self, run: &[Entry]) {
        for entry in run {
            self.values[entry.row as usize] = entry.value;
        }
    }

    /// Tries every threshold, with the missing values on either side.
    pub(crate) fn everywhere(&mut self) {
        self.between_values(false);
        if self.missing > 0 {
            self.rows.rotate_right(self.missing);
            self.between_values(true);
        }
    }

    /// The missing ones stand last and go to the right, or first and to the
    /// left. Only in the first case is it a split to part them from all others.
    fn between_values(&mut self, missing_left: bool) {
        let n = self.rows.len();
        let (first, end) = if missing_left {
            (self.missing, n)
        } else {
            (0, n - self.missing)
        };
        self.criterion.begin(self.rows);
        for middle in first + 1..=end {
            let all_known = middle == end;
            let (low, high) = (middle - 1, middle);
            if middle == n || !all_known && !apart(self.rows[low].value, self.rows[high].value) {
                continue;
            }
            let threshold = if all_known {
                f64::INFINITY
            } else {
                midpoint(self.rows[low].value, self.rows[high].value)
            };
            self.weigh(threshold, missing_left, middle);
        }
    }

    /// Tries one threshold.
    pub(crate) fn at(&mut self, threshold: f64, missing_left: bool) {
        let values = &*self.values;
        let middle = partition(self.rows, |row| {
            let value = values[row as usize];
            if value.is_nan() {
                missing_left
            } else {
                f64::from(value) <= threshold
            }
        });
        self.criterion.begin(self.rows);
        self.weigh(threshold, missing_left, middle);
    }

    /// Keeps a split if it is allowed and better than the best.
    fn weigh(&mut self, threshold: f64, missing_left: bool, middle: usize) {
        let (n, leaf) = (self.rows.len(), self.rules.min_samples_leaf);
        if middle < leaf || n - middle < leaf {
            return;
        }
        self.criterion.advance(self.rows, middle);
        let (left, right) = self.criterion.masses();
        if left < self.rules.min_weight_leaf || right < self.rules.min_weight_leaf {
            return;
        }
        let score = self.criterion.score(self.rows);
        let best = self.best.as_ref().map_or(-f64::INFINITY, |best| best.score);
        if score > best {
            let split = Split {
                column: self.column,
                threshold,
                missing_left: if self.missing == 0 {
                    middle > n - middle
                } else {
                    missing_left
                },
                middle,
            };
            self.best = Some(Best {
                score,
                split,
                tied: false,
            });
        } else if let Some(best) = &mut self.best
            && score == best.score
            && self.column != best.split.column
        {
            best.tied = true;
        }
    }
}

/// Puts the rows of the left in front; what is to the right changes places
/// with what comes from the end. Answers with how many are to the left.
pub(crate) fn partition(rows: &mut [Entry], is_left: impl Fn(u32) -> bool) -> usize {
    let (mut start, mut end) = (0, rows.len());
    while start < end {
        if is_left(rows[start].row) {
            start += 1;
        } else {
            end -= 1;
            rows.swap(start, end);
        }
    }
    end
}

/// Sorts rows by their values, those that have none last, and leaves equal
/// ones where scikit-learn's way of doing it leaves them.
fn arrange(rows: &mut [Entry], values: &[f32]) {
    for entry in &mut *rows {
        entry.value = values[entry.row as usize];
    }
    let (mut i, mut end) = (0, rows.len());
    while i < end {
        if rows[end - 1].value.is_nan() {
            end -= 1;
            continue;
        }
        if rows[i].value.is_nan() {
            end -= 1;
            rows.swap(i, end);
        }
        i += 1;
    }
    introsort(&mut rows[..end], |entry| entry.value);
}
