//! Rows of text as most files have them: no quotes, and numbers written out.
//! Such a row is cut into cells and its numbers are read in one go; a row
//! that is anything else is said to be, and is for a real reader of CSV.
//!
//! What a cell means that is no such number is not decided here.

/// What can be said of a cell at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainKind {
    /// A whole number of so few digits that a float holds it.
    Whole,
    /// Digits with a point among them.
    Decimal,
    /// Anything else, other ways to write numbers included.
    Other,
}

/// A cell of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlainCell {
    start: usize,
    end: usize,
    kind: PlainKind,
    negative: bool,
    /// All digits as one whole number, if there are not too many.
    digits: u64,
    /// How many digits there are, and how many of them behind the point.
    count: usize,
    scale: usize,
}

/// What a piece of text begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainRow {
    /// A row, with its end so many bytes long.
    Whole(usize),
    /// The beginning of a row, it seems.
    Cut,
    /// A row with quotes or stray line ends, or an empty line.
    NotPlain,
}

/// The longest whole number that cannot be beyond 2^53, its sign included.
const SHORT: usize = 15;

impl PlainCell {
    /// The cell that is all of `text[start..end]`.
    #[must_use]
    pub fn of(text: &[u8], start: usize, end: usize) -> Self {
        let found = number_at(&text[..end], start);
        if found.end == end {
            return found;
        }
        Self {
            end,
            kind: PlainKind::Other,
            ..found
        }
    }

    /// What it is.
    #[inline]
    #[must_use]
    pub fn kind(&self) -> PlainKind {
        self.kind
    }

    /// Its bytes, out of the text it was found in.
    #[inline]
    #[must_use]
    pub fn bytes<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        &text[self.start..self.end]
    }

    /// The number that stands there, to the nearest float, if one division
    /// gives it: both of its sides have to be exact (Clinger, How to read
    /// floating point numbers accurately, 1990).
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        const POWERS: [f64; 23] = [
            1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
        ];
        // More digits than these may not even fit where they were counted.
        if self.kind == PlainKind::Other || self.count > 19 || self.digits > 1 << 53 {
            return None;
        }
        let size = self.digits as f64 / POWERS.get(self.scale)?;
        Some(if self.negative { -size } else { size })
    }
}

/// Cuts the row that `text` begins with into cells; `cells` are its cells
/// where there is one. The delimiter is nothing that numbers are made of.
pub fn plain_row(text: &[u8], delimiter: u8, cells: &mut Vec<PlainCell>) -> PlainRow {
    cells.clear();
    let mut at = 0;
    loop {
        let mut cell = number_at(text, at);
        let mut end = cell.end;
        let after = loop {
            match text.get(end) {
                None => return PlainRow::Cut,
                Some(b'"') => return PlainRow::NotPlain,
                Some(&b) if b == delimiter || b == b'\n' || b == b'\r' => break b,
                Some(_) => end += 1,
            }
        };
        if end != cell.end {
            cell.end = end;
            cell.kind = PlainKind::Other;
        }
        let empty_line = end == 0;
        cells.push(cell);
        at = end + 1;
        if after == delimiter {
            continue;
        }
        if after == b'\r' {
            match text.get(at) {
                Some(b'\n') => at += 1,
                Some(_) => return PlainRow::NotPlain,
                None => return PlainRow::Cut,
            }
        }
        return if empty_line {
            PlainRow::NotPlain
        } else {
            PlainRow::Whole(at)
        };
    }
}

/// As much of a number as stands there: a sign, digits, a point, digits.
#[inline]
fn number_at(text: &[u8], start: usize) -> PlainCell {
    let mut at = start;
    let negative = text.get(at) == Some(&b'-');
    if negative || text.get(at) == Some(&b'+') {
        at += 1;
    }
    let mut digits = 0;
    let mut count = digits_at(text, &mut at, &mut digits);
    let mut scale = 0;
    let point = text.get(at) == Some(&b'.');
    if point {
        at += 1;
        scale = digits_at(text, &mut at, &mut digits);
        count += scale;
    }
    let kind = match () {
        () if count == 0 => PlainKind::Other,
        () if point => PlainKind::Decimal,
        () if at - start <= SHORT => PlainKind::Whole,
        () => PlainKind::Other,
    };
    PlainCell {
        start,
        end: at,
        kind,
        negative,
        digits,
        count,
        scale,
    }
}

/// Appends the digits that stand there, and says how many.
#[inline]
fn digits_at(text: &[u8], at: &mut usize, digits: &mut u64) -> usize {
    let begun = *at;
    while let Some(eight) = text[*at..].first_chunk().and_then(eight_digits) {
        *digits = digits.wrapping_mul(100_000_000).wrapping_add(eight);
        *at += 8;
    }
    while let Some(digit) = text.get(*at).map(|b| b.wrapping_sub(b'0'))
        && digit < 10
    {
        *digits = digits.wrapping_mul(10).wrapping_add(u64::from(digit));
        *at += 1;
    }
    *at - begun
}

/// The number that eight digits make, all of them looked at together: pairs
/// are added up, then pairs of pairs.
#[inline]
fn eight_digits(bytes: &[u8; 8]) -> Option<u64> {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    const HIGH: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    let text = u64::from_le_bytes(*bytes);
    // Six above 9 is where the next sixteen begin.
    let digits = text & HIGH == ZEROS && text.wrapping_add(0x0606_0606_0606_0606) & HIGH == ZEROS;
    if !digits {
        return None;
    }
    let ones = text - ZEROS;
    let twos = (ones * 10 + (ones >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (twos * 100 + (twos >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(text: &str) -> (PlainRow, Vec<(&str, PlainKind)>) {
        let mut cells = Vec::new();
        let found = plain_row(text.as_bytes(), b',', &mut cells);
        let shown = cells.iter().map(|c| (&text[c.start..c.end], c.kind));
        (found, shown.collect())
    }

    #[test]
    fn plain_rows_are_cut_into_cells() {
        use PlainKind::{Decimal, Other, Whole};
        assert_eq!(
            row("1,-2.5,,x y,1e5,+.5\r\n7"),
            (
                PlainRow::Whole(21),
                vec![
                    ("1", Whole),
                    ("-2.5", Decimal),
                    ("", Other),
                    ("x y", Other),
                    ("1e5", Other),
                    ("+.5", Decimal)
                ]
            )
        );
        for (cell, kind) in [
            ("1.", Decimal),
            (".", Other),
            ("-", Other),
            ("-.", Other),
            ("1.2.3", Other),
            ("1-", Other),
            ("--1", Other),
            ("1 ", Other),
            ("12345678901234", Whole),
            ("-12345678901234", Whole),
            ("-123456789012345", Other),
            ("1.#IND", Other),
            ("é", Other),
        ] {
            assert_eq!(
                row(&format!("{cell}\n")),
                (PlainRow::Whole(cell.len() + 1), vec![(cell, kind)])
            );
            let of = PlainCell::of(format!("7,{cell},").as_bytes(), 2, 2 + cell.len());
            assert_eq!((of.kind, of.end), (kind, 2 + cell.len()));
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_others() {
        for text in [
            "\"1\",2\n",
            "1,\"2\n",
            "1,2\"\n",
            "\n",
            "\r\n",
            "1\r2\n",
            "\r",
        ] {
            let found = row(text).0;
            let cut = text == "\r";
            assert_eq!(
                found,
                if cut {
                    PlainRow::Cut
                } else {
                    PlainRow::NotPlain
                },
                "{text:?}"
            );
        }
        for text in ["", "1", "1,2", "1,2\r", "abc"] {
            assert_eq!(row(text).0, PlainRow::Cut, "{text:?}");
        }
        // One empty cell among others is no empty line.
        assert_eq!(row(",\n").0, PlainRow::Whole(2));
    }

    fn number(text: &str) -> Option<f64> {
        PlainCell::of(text.as_bytes(), 0, text.len()).number()
    }

    #[test]
    fn numbers_beyond_one_division_are_left_to_others() {
        assert_eq!(number("9007199254740.992"), Some(9_007_199_254_740.992));
        for text in [
            "9007199254740.993",
            "0.00000000000000000000001",
            "18446744073709551617.5",
            "99999999999999999999999.0",
            "inf",
            "nan",
            "1e5",
            "",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!(number("-0.0").map(f64::to_bits), Some((-0.0_f64).to_bits()));
        assert_eq!(number("-0").map(f64::to_bits), Some((-0.0_f64).to_bits()));
    }

    proptest! {
        /// To the bit what the standard library reads, wherever there is
        /// an answer.
        #[test]
        fn numbers_are_the_nearest(text in "[+-]?[0-9]{0,12}\\.?[0-9]{0,12}") {
            let expected = text.parse::<f64>().ok();
            match number(&text) {
                Some(found) => prop_assert_eq!(Some(found.to_bits()), expected.map(f64::to_bits)),
                None => prop_assert!(text.len() > 15 || expected.is_none(), "{}", text),
            }
        }

        #[test]
        fn eight_digits_are_a_number(bytes in prop::array::uniform8(0x2a_u8..0x42)) {
            let text = std::str::from_utf8(&bytes).unwrap();
            let expected = bytes.iter().all(u8::is_ascii_digit).then(|| text.parse().unwrap());
            prop_assert_eq!(eight_digits(&bytes), expected);
        }
    }
}
