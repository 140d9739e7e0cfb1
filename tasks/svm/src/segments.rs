//! Rows in class order, cut where one class gives way to another.
//!
//! Two classes at a time are told from each other, so comparisons of a row are
//! worked out and kept not for all rows, but for those of one class. Where
//! classes are many, a few make a segment.

use pleat_guest::Dataset;

/// About how many segments there are at most: each row has an entry for each.
const MOST: usize = 32;

/// Which classes of a dataset make a segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Segments {
    of_class: Vec<u32>,
    count: usize,
}

impl Segments {
    /// Of a dataset; a single one where the target is not classes.
    #[must_use]
    pub fn of(data: &Dataset) -> Self {
        let mut rows = vec![0; data.n_classes()];
        for code in data.codes() {
            rows[*code as usize] += 1;
        }
        let enough = data.n_rows() / MOST;
        let (mut of_class, mut count, mut held) = (Vec::new(), 0, 0);
        for rows in rows {
            of_class.push(count);
            held += rows;
            if held > enough {
                (count, held) = (count + 1, 0);
            }
        }
        Segments {
            count: of_class.last().map_or(0, |last| *last as usize) + 1,
            of_class,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The segment a row of the dataset is in.
    #[must_use]
    pub fn holding(&self, data: &Dataset, row: u32) -> usize {
        let class = data.codes().get(row as usize);
        class.map_or(0, |class| self.of_class[*class as usize] as usize)
    }

    /// Where each segment begins among rows that stand class after class, and
    /// where the last ends.
    #[must_use]
    pub fn starts(&self, data: &Dataset, rows: &[u32]) -> Vec<usize> {
        let before = |segment| rows.partition_point(|row| self.holding(data, *row) < segment);
        (0..=self.count).map(before).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleat_guest::native;

    #[test]
    fn many_classes_share_segments() {
        let rows = [[0.0]; 1000];
        let codes: Vec<u32> = (0..1000).map(|row| row % 200).collect();
        let data = Dataset::new(native::classes(native::data(&rows), &codes)).unwrap();
        let segments = Segments::of(&data);
        assert!((20..=32).contains(&segments.count()), "{segments:?}");
        let mut order: Vec<u32> = (0..1000).collect();
        order.sort_by_key(|row| codes[*row as usize]);
        let starts = segments.starts(&data, &order);
        assert_eq!((starts[0], starts.last()), (0, Some(&1000)));
        assert!(starts.is_sorted());
        // No class is in two.
        let of = |row| segments.holding(&data, row);
        assert!((0..1000).all(|row| of(row) == of(row % 200)));
        let numbers = native::numbers(native::data(&rows), &[0.0; 1000]);
        let none = Segments::of(&Dataset::new(numbers).unwrap());
        assert_eq!(none.count(), 1);
    }
}
