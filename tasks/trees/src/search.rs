//! Looking for the split of a node, one column after the other.

use std::ops::Range;

use crate::criterion::Criterion;
use crate::grow::Rules;
use crate::introsort::introsort;
use crate::order::{Entry, Order};
use crate::partition::Partition;
use crate::presorted::Presorted;
use crate::run::{Best, Limits, Run, Side, Split, Threshold};
use crate::table::{Table, rank_up_to};

/// What a search needs room for, kept from node to node.
#[derive(Default)]
pub(crate) struct Room {
    /// The rank of each place in the column.
    pub(crate) ranks: Vec<u32>,
    order: Order,
    pub(crate) partition: Partition,
    /// Places in the order that sums run in: that of the last column, unless
    /// that is still to be taken over.
    pub(crate) line: Vec<u32>,
    due: Due,
    /// The place of each row of the table that is in the node.
    places: Vec<u32>,
    /// Places in the order of the column, where sums run in any.
    own: Vec<u32>,
}

/// Whose order is to be taken over.
#[derive(Clone, Copy, Default, PartialEq)]
enum Due {
    #[default]
    Nobody,
    /// That of what was sorted last.
    Sorted,
    /// That of this column, known beforehand.
    Known(usize),
}

impl Room {
    /// Begins a node of so many rows, whose order matters.
    pub(crate) fn begin(&mut self, rows: usize) {
        self.line.clear();
        self.line.extend(0..rows as u32);
        self.due = Due::Nobody;
    }

    /// Takes over the order of a column whose rows go by their places in the
    /// table.
    fn translate(&mut self, entries: &[Entry], rows: &[u32]) {
        let most = rows.iter().max().map_or(0, |row| *row as usize + 1);
        if self.places.len() < most {
            self.places.resize(most, 0);
        }
        for (place, row) in (0..).zip(rows) {
            self.places[*row as usize] = place;
        }
        let place = |entry: &Entry| self.places[entry.place() as usize];
        self.line.clear();
        self.line.extend(entries.iter().map(place));
    }
}

fn take(line: &mut Vec<u32>, entries: &[Entry]) {
    line.clear();
    line.extend(entries.iter().map(|entry| entry.place()));
}

/// One node's search.
pub(crate) struct Search<'a, C> {
    pub(crate) rules: &'a Rules,
    pub(crate) criterion: &'a mut C,
    pub(crate) table: &'a Table,
    pub(crate) rows: &'a [u32],
    /// Where these stand among those of the tree,
    pub(crate) node: Range<usize>,
    /// and what is known of their order.
    pub(crate) presorted: Option<&'a Presorted>,
    pub(crate) room: &'a mut Room,
    /// What nodes below may predict.
    pub(crate) bounds: (f64, f64),
    /// The column that was looked at last.
    pub(crate) column: usize,
    pub(crate) best: Best,
}

/// What a column is like in a node.
struct Look {
    low: u32,
    /// The highest that is not missing.
    high: u32,
    missing: usize,
}

impl<C: Criterion> Search<'_, C> {
    /// Tries every threshold of a column; answers with whether there are any.
    pub(crate) fn everywhere(&mut self, column: usize) -> bool {
        let known = self.presorted.and_then(|p| p.of(column, &self.node));
        let tied = match (known, self.presorted) {
            (Some(known), Some(presorted)) => presorted.tied(column, known),
            _ => false,
        };
        let minds_order = self.criterion.minds_order();
        if let Some(known) = known
            && self.rules.direction(column) == 0
            && !(tied && minds_order)
        {
            return self.everywhere_known(column, known, !tied);
        }
        let Some(look) = self.look(column) else {
            return false;
        };
        let varies = self.varies(&look);
        if !varies && !minds_order {
            return false;
        }
        let limits = self.limits();
        let quick = look.missing == 0 && self.direction() == 0;
        if quick && !minds_order {
            let run = run(self.table, column, &look, &[], false);
            let ranks = &self.room.ranks;
            if self.criterion.tally(&run, ranks, &limits, &mut self.best) {
                return true;
            }
        }
        let top = match look.missing {
            0 => look.high,
            _ => self.table.missing(column),
        };
        let room = &mut *self.room;
        if minds_order && (tied || look.missing > 0) {
            // They are not sorted twice.
            self.settle();
            self.arrange(look.missing > 0);
            take(&mut self.room.line, self.room.order.entries());
            return varies && self.sweep_or_try(&look, quick, false);
        }
        let tied = room.order.sort(&room.ranks, look.low, top);
        let plain = !tied && look.missing == 0;
        if minds_order && !plain {
            match std::mem::take(&mut room.due) {
                Due::Nobody => {}
                Due::Sorted => take(&mut room.line, room.order.last()),
                known @ Due::Known(_) => {
                    room.due = known;
                    self.settle();
                }
            }
            self.arrange(look.missing > 0);
            take(&mut self.room.line, self.room.order.entries());
        } else if minds_order {
            // Whatever the order was before, now it is this one.
            room.due = Due::Sorted;
        }
        varies && self.sweep_or_try(&look, quick, plain)
    }

    /// Tries the thresholds of a column that has been sorted.
    fn sweep_or_try(&mut self, look: &Look, quick: bool, plain: bool) -> bool {
        let limits = self.limits();
        let sorted = self.room.order.entries();
        let run = run(self.table, self.column, look, sorted, plain);
        if !(quick && self.criterion.sweep(&run, &limits, &mut self.best)) {
            self.one_by_one(look);
        }
        true
    }

    /// The same of a column whose order is known.
    fn everywhere_known(&mut self, column: usize, known: &[Entry], plain: bool) -> bool {
        self.column = column;
        self.room.due = Due::Known(column);
        let rank = |entry: Option<&Entry>| entry.map_or(0, |entry| entry.rank());
        let look = Look {
            low: rank(known.first()),
            high: rank(known.last()),
            missing: 0,
        };
        let varies = look.low < look.high && self.varies(&look);
        if varies {
            let limits = self.limits();
            let run = Run {
                of_table: true,
                ..run(self.table, column, &look, known, plain)
            };
            self.criterion.sweep(&run, &limits, &mut self.best);
        }
        varies
    }

    /// Takes over the order of the column that was looked at last.
    pub(crate) fn settle(&mut self) {
        match std::mem::take(&mut self.room.due) {
            Due::Nobody => {}
            Due::Sorted => take(&mut self.room.line, self.room.order.entries()),
            Due::Known(column) => {
                let known = self.presorted.and_then(|p| p.of(column, &self.node));
                self.room.translate(known.unwrap_or_default(), self.rows);
            }
        }
    }

    /// Turns to a column of which one threshold is drawn. Answers with its
    /// lowest and its highest value and with whether some are missing, or with
    /// none if it is constant.
    #[inline]
    pub(crate) fn turn_to(&mut self, column: usize) -> Option<(f32, f32, bool)> {
        let look = self.look(column)?;
        let value = |rank| self.table.value(column, rank);
        let found = (value(look.low), value(look.high), look.missing > 0);
        self.varies(&look).then_some(found)
    }

    /// Tries one threshold of the column last turned to.
    #[inline]
    pub(crate) fn at(&mut self, threshold: f64, missing_left: bool, missing: bool) {
        let side = Side {
            last: rank_up_to(threshold),
            missing: self.table.missing(self.column),
            missing_left,
        };
        let room = &mut *self.room;
        let middle = if self.criterion.minds_order() {
            let (line, ranks) = (&mut room.line, &room.ranks);
            let is_left = |place: u32| side.is_left(ranks[place as usize]);
            let middle = room.partition.part(line, is_left);
            self.criterion.begin(line);
            if self.limits().allow(middle, self.rows.len() - middle) {
                self.criterion.advance(&self.room.line, middle);
            }
            middle
        } else {
            self.criterion.part(&room.ranks, side)
        };
        let split = Split {
            column: self.column,
            threshold: Threshold::At(threshold),
            side: Side {
                missing_left: if missing {
                    missing_left
                } else {
                    middle > self.rows.len() - middle
                },
                ..side
            },
            middle,
        };
        if self.limits().allow(middle, self.rows.len() - middle) {
            self.weigh(split);
        }
    }

    /// Looks up the ranks of a column; none if there is but one value or none.
    #[inline]
    fn look(&mut self, column: usize) -> Option<Look> {
        self.column = column;
        let found = &mut self.room.ranks;
        let drawn = self.rules.max_features;
        let (low, high) = self.table.pick(column, self.rows, drawn, found);
        let missing = self.table.missing(column);
        if low >= high {
            return None;
        }
        if high != missing {
            return Some(Look {
                low,
                high,
                missing: 0,
            });
        }
        let known = || found.iter().filter(|rank| **rank != missing);
        Some(Look {
            low,
            high: known().max().copied()?,
            missing: found.len() - known().count(),
        })
    }

    fn varies(&self, look: &Look) -> bool {
        look.missing > 0 || self.table.apart(self.column, look.low, look.high)
    }

    fn limits(&self) -> Limits {
        Limits {
            rows: self.rules.min_samples_leaf,
            mass: self.rules.min_weight_leaf,
        }
    }

    /// Whether answers must rise (1) or fall (-1) with the column.
    fn direction(&self) -> i8 {
        self.rules.direction(self.column)
    }

    /// Sorts anew, and leaves equal values where scikit-learn's way of doing it
    /// leaves them, missing ones last.
    fn arrange(&mut self, missing: bool) {
        let Room {
            ranks, order, line, ..
        } = &mut *self.room;
        let entry = |place: &u32| Entry::new(ranks[*place as usize], *place);
        let entries = order.take(line.iter().map(entry));
        let mut end = entries.len();
        if missing {
            let gone = self.table.missing(self.column);
            let mut i = 0;
            while i < end {
                if entries[end - 1].rank() == gone {
                    end -= 1;
                    continue;
                }
                if entries[i].rank() == gone {
                    end -= 1;
                    entries.swap(i, end);
                }
                i += 1;
            }
        }
        introsort(&mut entries[..end], |entry| entry.rank());
    }

    /// Tries every threshold, with the missing values on either side.
    fn one_by_one(&mut self, look: &Look) {
        let mut own = std::mem::take(&mut self.room.own);
        own.clear();
        own.extend(self.room.order.entries().iter().map(|e| e.place()));
        self.between_values(&own, look, false);
        if look.missing > 0 {
            own.rotate_right(look.missing);
            self.between_values(&own, look, true);
            if self.criterion.minds_order() {
                self.room.line.copy_from_slice(&own);
            }
        }
        self.room.own = own;
    }

    /// The missing ones stand last and go to the right, or first and to the
    /// left. Only in the first case is it a split to part them from all others.
    fn between_values(&mut self, order: &[u32], look: &Look, missing_left: bool) {
        let n = order.len();
        let known = n - look.missing;
        let shift = if missing_left { look.missing } else { 0 };
        self.criterion.begin(order);
        for i in 1..=known {
            let middle = i + shift;
            let lower = self.room.order.entries()[i - 1].rank();
            let run = run(self.table, self.column, look, &[], false);
            if middle == n {
                continue;
            }
            let mut split = if i < known {
                let upper = self.room.order.entries()[i].rank();
                if !run.apart(lower, upper) {
                    continue;
                }
                run.between(lower, upper, middle, n)
            } else {
                let mut all_known = run.between(lower, lower, middle, n);
                all_known.threshold = Threshold::At(f64::INFINITY);
                all_known
            };
            if look.missing > 0 {
                split.side.missing_left = missing_left;
            }
            if self.limits().allow(middle, n - middle) {
                self.criterion.advance(order, middle);
                self.weigh_in(split, order);
            }
        }
    }

    /// Keeps the split the measure has just been brought to, if it is allowed
    /// and better than the best.
    fn weigh(&mut self, split: Split) {
        if !self.criterion.minds_order() {
            return self.weigh_in(split, &[]);
        }
        let line = std::mem::take(&mut self.room.line);
        self.weigh_in(split, &line);
        self.room.line = line;
    }

    #[inline]
    fn weigh_in(&mut self, split: Split, order: &[u32]) {
        let (left, right) = self.criterion.masses();
        if !self.limits().weigh(left, right) {
            return;
        }
        let direction = self.direction();
        if direction != 0 {
            let (left, right) = self.criterion.answers();
            let (least, most) = self.bounds;
            let within = |answer: f64| answer >= least && answer <= most;
            let rises = (left - right) * f64::from(direction) <= 0.0;
            if !(within(left) && within(right) && rises) {
                return;
            }
        }
        let score = self.criterion.score(order);
        self.best.offer(score, split.column, || split);
    }
}

fn run<'a>(
    table: &'a Table,
    column: usize,
    look: &Look,
    sorted: &'a [Entry],
    plain: bool,
) -> Run<'a> {
    let (values, close) = table.values(column);
    Run {
        column,
        values,
        close,
        low: look.low,
        high: look.high,
        sorted,
        of_table: false,
        plain,
    }
}
