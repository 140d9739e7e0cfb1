//! What should be known about a table before it is learned from: columns that
//! look as if they were not meant as they stand.
//!
//! Found in the table alone, so that it is the same whatever file it came
//! from. Nothing here is an error.

use std::fmt;

use super::table::{Column, MISSING, Table, Values};

/// Something about one column.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The column.
    pub column: String,
    /// What it is, and what could be done.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column \"{}\" {}", self.column, self.message)
    }
}

/// Below this many rows almost anything looks like a pattern.
const FEW_ROWS: usize = 20;
/// How many offending cells are shown.
const SHOWN: usize = 3;

/// Looks at every column but the target, of which only what keeps it from
/// being learned is told.
#[must_use]
pub fn findings(table: &Table, target: Option<&str>) -> Vec<Finding> {
    let mut found = Vec::new();
    for column in table.columns() {
        let is_target = Some(column.name.as_str()) == target;
        let message = match &column.values {
            _ if delimited(table) => Some(
                "is the only one: if its name holds several, the file is separated otherwise \
                 (delimiter = \";\" or \"\\t\")"
                    .to_owned(),
            ),
            Values::Numeric(numbers) if !is_target => numeric(column, numbers),
            Values::Numeric(_) => None,
            Values::Text { codes, categories } => text(column, codes, categories, is_target),
        };
        found.extend(message.map(|message| Finding {
            column: column.name.clone(),
            message,
        }));
    }
    found
}

fn delimited(table: &Table) -> bool {
    match table.columns() {
        [only] => only.name.contains([';', '\t', '|']),
        _ => false,
    }
}

fn drop_it(name: &str) -> String {
    format!("drop = [{}] leaves it out", quoted(name))
}

fn quoted(word: &str) -> String {
    format!("\"{}\"", word.escape_default())
}

fn numeric(column: &Column, numbers: &[f64]) -> Option<String> {
    let name = &column.name;
    let mut there = numbers.iter().filter(|x| !x.is_nan());
    let Some(first) = there.next() else {
        return Some(format!("has no values at all: {}", drop_it(name)));
    };
    let whole = numbers.iter().all(|x| !x.is_nan());
    if numbers.len() > 1 && whole && there.all(|x| x == first) {
        return Some(format!(
            "is {first} in every row and tells nothing: {}",
            drop_it(name)
        ));
    }
    let counts = numbers.len() >= FEW_ROWS
        && (*first == 0.0 || *first == 1.0)
        && numbers.windows(2).all(|pair| pair[1] - pair[0] == 1.0);
    let unnamed = name.starts_with("Unnamed: ") || name.starts_with("__index_level_");
    if counts || unnamed && numbers.windows(2).all(|pair| pair[1] - pair[0] == 1.0) {
        return Some(format!(
            "counts the rows and looks like an index: {}",
            drop_it(name)
        ));
    }
    unnamed.then(|| format!("has no name in the file: {}", drop_it(name)))
}

fn text(column: &Column, codes: &[u32], categories: &[String], target: bool) -> Option<String> {
    let name = &column.name;
    let there = codes.iter().filter(|c| **c != MISSING).count();
    if there == 0 {
        return (!target).then(|| format!("has no values at all: {}", drop_it(name)));
    }
    if let Some(message) = too_large(name, codes, categories) {
        return Some(message);
    }
    if let Some(message) = almost_numeric(name, codes, categories, there) {
        return Some(message);
    }
    if let Some(padded) = categories.iter().find(|c| c.trim() != c.as_str()) {
        return Some(format!(
            "has values with spaces around them, such as {}: they differ from those without",
            quoted(padded)
        ));
    }
    if target {
        return None;
    }
    if categories.len() == 1 && there == codes.len() && there > 1 {
        return Some(format!(
            "is {} in every row and tells nothing: {}",
            quoted(&categories[0]),
            drop_it(name)
        ));
    }
    if categories.iter().all(|c| is_date(c)) {
        return Some(format!(
            "looks like dates (such as {}), which are taken as mere words: {}, \
             sort_by = {} sorts rows by it if years come first",
            quoted(&categories[0]),
            drop_it(name),
            quoted(name)
        ));
    }
    // As good as every row has a value of its own.
    (there >= FEW_ROWS && categories.len() * 10 >= there * 9).then(|| {
        format!(
            "has {} different values in {there} rows, like names or ids: {}",
            categories.len(),
            drop_it(name)
        )
    })
}

/// Numbers, but for some cells.
fn almost_numeric(name: &str, codes: &[u32], words: &[String], there: usize) -> Option<String> {
    let odd: Vec<bool> = words.iter().map(|w| !is_number(w)).collect();
    let is_odd = |c: u32| odd.get(c as usize).is_some_and(|odd| *odd);
    let count = codes.iter().filter(|c| is_odd(**c)).count();
    if count == 0 || (there - count) * 10 < there * 9 {
        return None;
    }
    let mut shown: Vec<(usize, &String)> = Vec::new();
    for (row, code) in codes.iter().enumerate().filter(|(_, c)| is_odd(**c)) {
        let word = &words[*code as usize];
        if shown.len() < SHOWN && shown.iter().all(|(_, w)| *w != word) {
            shown.push((row + 1, word));
        }
    }
    let cells: Vec<_> = shown
        .iter()
        .map(|(row, word)| format!("{} in row {row}", quoted(word)))
        .collect();
    let missing: Vec<_> = shown.iter().map(|(_, word)| quoted(word)).collect();
    Some(format!(
        "is text because {count} of its {there} values are no numbers ({}): \
         na_values = [{}] takes them for missing, types = {{ {} = \"text\" }} says it is meant so",
        cells.join(", "),
        missing.join(", "),
        quoted(name),
    ))
}

/// Whole numbers, of which some would not survive as floats.
fn too_large(name: &str, codes: &[u32], words: &[String]) -> Option<String> {
    let is_whole = |w: &String| {
        let digits = w.trim().trim_start_matches(['+', '-']);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    if !words.iter().all(is_whole) {
        return None;
    }
    let lossy = |w: &String| match w.trim().parse::<i128>() {
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
        Ok(whole) => (whole as f64) as i128 != whole,
        Err(_) => true,
    };
    let lossy: Vec<bool> = words.iter().map(lossy).collect();
    let row = codes
        .iter()
        .position(|c| lossy.get(*c as usize).is_some_and(|l| *l))?;
    Some(format!(
        "is text because some of its whole numbers are beyond 2^53, where numbers are no longer \
         exact ({} in row {}): if it is a name, {}; types = {{ {} = \"numeric\" }} rounds them",
        quoted(&words[codes[row] as usize]),
        row + 1,
        drop_it(name),
        quoted(name)
    ))
}

fn is_number(word: &str) -> bool {
    let word = word.trim();
    // Every spelling of nan would parse too.
    word.parse::<f64>().is_ok_and(|x| !x.is_nan())
}

/// Three numbers with the same mark between them, one of four digits first or
/// last and two of one or two digits; whatever follows after a space or a T.
fn is_date(word: &str) -> bool {
    let day = word.trim().split([' ', 'T']).next().unwrap_or_default();
    let Some(mark) = day.chars().find(|c| !c.is_ascii_digit()) else {
        return false;
    };
    if !matches!(mark, '-' | '/' | '.') {
        return false;
    }
    let parts: Vec<&str> = day.split(mark).collect();
    let digits = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit());
    let [a, b, c] = parts[..] else {
        return false;
    };
    [a, b, c].into_iter().all(digits)
        && b.len() <= 2
        && (a.len() == 4 && c.len() <= 2 || c.len() == 4 && a.len() <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, values: Values) -> Option<String> {
        let other = Column {
            name: "other".into(),
            values: Values::numeric(
                (0..values.len())
                    .map(|i| (i % 3) as f64)
                    .collect::<Vec<_>>(),
            ),
        };
        let column = Column {
            name: name.into(),
            values,
        };
        let table = Table::new(vec![column, other]).unwrap();
        let found = findings(&table, None);
        assert!(found.len() <= 1, "{found:?}");
        found.first().map(ToString::to_string)
    }

    fn words(cells: impl IntoIterator<Item = impl Into<String>>) -> Values {
        let cells: Vec<Option<String>> = cells.into_iter().map(|c| Some(c.into())).collect();
        Values::text(&cells)
    }

    fn numbers(cells: impl IntoIterator<Item = u32>) -> Values {
        Values::numeric(cells.into_iter().map(f64::from).collect::<Vec<_>>())
    }

    #[test]
    fn each_finding_says_what_to_do() {
        let index = " counts the rows and looks like an index: drop = [";
        assert!(said("id", numbers(0..30)).unwrap().contains(index));
        assert!(said("id", numbers(1..31)).unwrap().contains(index));
        assert!(said("Unnamed: 0", numbers(0..3)).unwrap().contains(index));
        assert_eq!(
            said("Unnamed: 0", numbers([5, 1, 2])).unwrap(),
            "column \"Unnamed: 0\" has no name in the file: drop = [\"Unnamed: 0\"] leaves it out"
        );
        assert_eq!(
            said("c", numbers([7, 7, 7])).unwrap(),
            "column \"c\" is 7 in every row and tells nothing: drop = [\"c\"] leaves it out"
        );
        assert_eq!(
            said("c", words(["a", "a"])).unwrap(),
            "column \"c\" is \"a\" in every row and tells nothing: drop = [\"c\"] leaves it out"
        );
        let nothing = "column \"c\" has no values at all: drop = [\"c\"] leaves it out";
        assert_eq!(
            said("c", Values::numeric(vec![f64::NAN; 2])).unwrap(),
            nothing
        );
        assert_eq!(
            said("c", Values::text::<&str>(&[None, None])).unwrap(),
            nothing
        );
        assert_eq!(
            said("when", words(["2024-01-31", "2024-02-01 12:00"])).unwrap(),
            "column \"when\" looks like dates (such as \"2024-01-31\"), which are taken as mere words: \
             drop = [\"when\"] leaves it out, sort_by = \"when\" sorts rows by it if years come first"
        );
        assert_eq!(
            said("n", words((0..30).map(|i| format!("name {i}")))).unwrap(),
            "column \"n\" has 30 different values in 30 rows, like names or ids: drop = [\"n\"] leaves it out"
        );
        assert_eq!(
            said("pad", words(["a", "a ", "b"])).unwrap(),
            "column \"pad\" has values with spaces around them, such as \"a \": they differ from those without"
        );
        assert_eq!(
            said("big", words(["1", "9007199254740993", "1"])).unwrap(),
            "column \"big\" is text because some of its whole numbers are beyond 2^53, where numbers are \
             no longer exact (\"9007199254740993\" in row 2): if it is a name, drop = [\"big\"] leaves it out; \
             types = { \"big\" = \"numeric\" } rounds them"
        );
    }

    #[test]
    fn almost_numbers_are_told_with_their_odd_cells() {
        let cells = |odd: &[&str], count: usize| {
            let numbers = (0..count).map(|i| (i * i).to_string());
            words(numbers.chain(odd.iter().map(|s| (*s).to_owned())))
        };
        assert_eq!(
            said("a", cells(&["?", "?"], 20)).unwrap(),
            "column \"a\" is text because 2 of its 22 values are no numbers (\"?\" in row 21): \
             na_values = [\"?\"] takes them for missing, types = { \"a\" = \"text\" } says it is meant so"
        );
        // 18 of 20 are 90 %, 17 of 19 are less.
        assert!(
            said("a", cells(&["x", "y"], 18))
                .unwrap()
                .contains("no numbers")
        );
        assert!(
            !said("a", cells(&["x", "y"], 17))
                .unwrap_or_default()
                .contains("no numbers")
        );
        assert!(
            said("a", cells(&["nan."], 18))
                .unwrap()
                .contains("\"nan.\"")
        );
    }

    #[test]
    fn ordinary_columns_are_left_alone() {
        assert_eq!(said("x", numbers([3, 1, 2])), None);
        assert_eq!(said("x", numbers(0..10)), None);
        assert_eq!(said("x", Values::numeric(vec![1.0, f64::NAN, 1.0])), None);
        assert_eq!(said("c", words(["a", "b", "a"])), None);
        for no_date in [
            "2024",
            "1.2.3",
            "2024-01",
            "10.0.0.12",
            "2024-xx-01",
            "a-b-c",
        ] {
            assert_eq!(said("c", words([no_date, "a"])), None, "{no_date}");
        }
    }

    #[test]
    fn the_target_may_be_what_it_likes() {
        let column = |values| Column {
            name: "y".into(),
            values,
        };
        let table = |values| Table::new(vec![column(values)]).unwrap();
        assert!(findings(&table(numbers(0..30)), Some("y")).is_empty());
        assert!(findings(&table(words(["a", "a"])), Some("y")).is_empty());
        assert_eq!(findings(&table(words(["a", "a "])), Some("y")).len(), 1);
    }

    #[test]
    fn a_file_separated_otherwise_is_noticed() {
        let table = Table::new(vec![Column {
            name: "a;b".into(),
            values: words(["1;2", "3;4"]),
        }])
        .unwrap();
        let found = findings(&table, None);
        assert!(
            found[0].to_string().contains("delimiter = \";\""),
            "{found:?}"
        );
    }
}
