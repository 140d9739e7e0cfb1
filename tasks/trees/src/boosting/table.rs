//! The columns a fit looks at, arranged once so that no tree ever sorts.
//!
//! A column of few values is kept as codes, a row each, and a node's splits are
//! found from sums by code. Any other column is kept as its rows in ascending
//! order, which a split divides in two without disturbing it.

use pleat_guest::Rows;

use crate::table::Table as Ranks;

/// So many values are few.
const FEW: u32 = 256;

/// A column of a dataset.
enum Column {
    /// The values, ascending, and for each row which one it has.
    Coded(Vec<f32>, Vec<u8>),
    /// The rows in ascending order, equal ones as they come.
    Sorted(Vec<u32>),
}

/// All columns of a dataset.
struct Columns(Vec<Column>);

impl Columns {
    fn new(ranks: &Ranks) -> Self {
        Columns(
            (0..ranks.columns())
                .map(|c| Column::new(ranks, c))
                .collect(),
        )
    }
}

impl Column {
    /// There are no missing values.
    fn new(table: &Ranks, column: usize) -> Self {
        let (ranks, distinct) = (table.ranks(column), table.missing(column));
        // Sums by code are only worth it if there are more rows than codes.
        if distinct <= FEW.min(ranks.len() as u32 / 2) {
            let levels = (0..distinct).map(|rank| table.value(column, rank));
            let codes = ranks.iter().map(|rank| *rank as u8);
            return Column::Coded(levels.collect(), codes.collect());
        }
        let mut starts = vec![0; distinct as usize + 1];
        for rank in ranks {
            starts[*rank as usize + 1] += 1;
        }
        for rank in 1..starts.len() {
            starts[rank] += starts[rank - 1];
        }
        let mut sorted = vec![0; ranks.len()];
        for (row, rank) in (0u32..).zip(ranks) {
            let place: &mut usize = &mut starts[*rank as usize];
            sorted[*place] = row;
            *place += 1;
        }
        Column::Sorted(sorted)
    }
}

/// How a column of a fit is kept, and where it begins.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// Place among the sorted columns.
    Sorted(usize),
    /// Place among the coded columns.
    Coded(usize),
}

/// The columns of a fit's rows. Rows go by their place in the fit.
pub(crate) struct Table<'a> {
    pub(crate) rows: usize,
    /// Whether a row was named twice.
    pub(crate) twice: bool,
    pub(crate) forms: Vec<Form>,
    /// One sorted column's rows after the other's.
    pub(crate) runs: Vec<u32>,
    /// One coded column's codes after the other's.
    pub(crate) codes: Vec<u8>,
    /// Where the levels of each coded column begin among all levels, and end.
    pub(crate) bounds: Vec<usize>,
    pub(crate) levels: Vec<f32>,
    train: Rows<'a>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(train: &Rows<'a>) -> Self {
        let data = train.dataset();
        let n = train.len();
        let ranks = data.cached("sorted", || Ranks::new(data.values(), data.n_rows()));
        let columns = data.cached("boosting", || Columns::new(&ranks));
        let places = Places::new(train.indices(), data.n_rows());
        let mut table = Table {
            rows: n,
            twice: places.next.iter().any(|next| *next != NOWHERE),
            forms: Vec::new(),
            runs: Vec::new(),
            codes: Vec::new(),
            bounds: vec![0],
            levels: Vec::new(),
            train: *train,
        };
        for column in &columns.0 {
            match column {
                Column::Coded(levels, codes) => {
                    let code = |row: &u32| codes[*row as usize];
                    table.codes.extend(train.indices().iter().map(code));
                    table.levels.extend(levels);
                    table.forms.push(Form::Coded(table.bounds.len() - 1));
                    table.bounds.push(table.levels.len());
                }
                Column::Sorted(rows) => {
                    table.forms.push(Form::Sorted(table.runs.len() / n));
                    table.runs.reserve(n);
                    for row in rows {
                        places.each(*row, |place| table.runs.push(place));
                    }
                }
            }
        }
        table
    }

    /// The value of a row in a column, as it is compared.
    pub(crate) fn value(&self, column: usize, row: u32) -> f32 {
        let row = self.train.indices()[row as usize];
        self.train.dataset().value(row, column) as f32
    }

    /// The values of a coded column.
    pub(crate) fn levels(&self, coded: usize) -> &[f32] {
        &self.levels[self.bounds[coded]..self.bounds[coded + 1]]
    }

    /// For each row the code of its value in a coded column.
    pub(crate) fn codes(&self, coded: usize) -> &[u8] {
        &self.codes[coded * self.rows..(coded + 1) * self.rows]
    }
}

/// Where each row of the dataset stands in the fit: nowhere, or at one place
/// and, if it was named more often, at others.
struct Places {
    first: Vec<u32>,
    next: Vec<u32>,
}

const NOWHERE: u32 = u32::MAX;

impl Places {
    fn new(named: &[u32], of_all: usize) -> Self {
        let mut places = Places {
            first: vec![NOWHERE; of_all],
            next: vec![NOWHERE; named.len()],
        };
        for (place, row) in named.iter().enumerate().rev() {
            let first = &mut places.first[*row as usize];
            places.next[place] = *first;
            *first = place as u32;
        }
        places
    }

    fn each(&self, row: u32, mut then: impl FnMut(u32)) {
        let mut place = self.first[row as usize];
        while place != NOWHERE {
            then(place);
            place = self.next[place as usize];
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use pleat_guest::{Dataset, native};

    #[test]
    fn columns_take_the_form_that_suits_them() {
        let rows: Vec<[f64; 2]> = [3.0, 1.0, 2.0, 0.0, 5.0]
            .iter()
            .map(|x| [*x, f64::from(*x > 1.5)])
            .collect();
        let data = Dataset::new(native::data(&rows)).unwrap();
        let named = [4, 1, 3, 1];
        let table = Table::new(&Rows::new(&data, &named).unwrap());
        assert!(matches!(table.forms[..], [Form::Sorted(0), Form::Coded(0)]));
        // Row 3, then row 1 twice, then row 4.
        assert_eq!(table.runs, [2, 1, 3, 0]);
        assert_eq!(table.levels(0), [0.0, 1.0]);
        assert_eq!(table.codes(0), [1, 0, 0, 0]);
        assert_eq!(table.value(0, 0), 5.0);
    }
}
