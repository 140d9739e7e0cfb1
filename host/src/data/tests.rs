//! What readers have in common, and what CSV has of its own.

use bytes::Bytes;
use pleat_core::data::{ColumnType, Dialect, NaValue, Table, Values};
use proptest::prelude::*;

use super::*;

fn read_with(source: &Source, dialect: &Dialect) -> Result<Encoded, ReadError> {
    read(
        source,
        dialect,
        &std::env::temp_dir(),
        Limit::NONE,
        &|_, _| {},
    )
}

fn csv_with(text: &str, dialect: &Dialect) -> Result<Table, String> {
    let source = Source::Text(Bytes::copy_from_slice(text.as_bytes()));
    read_with(&source, dialect)
        .map(|e| e.table)
        .map_err(|e| e.to_string())
}

fn csv(text: &str) -> Table {
    csv_with(text, &Dialect::default()).unwrap()
}

fn error(text: &str) -> String {
    csv_with(text, &Dialect::default()).unwrap_err()
}

/// The cells of a column, one after the other; a dot is a missing one.
fn cells(table: &Table, name: &str) -> String {
    let cells: Vec<String> = match &table.column(name).unwrap().values {
        Values::Numeric(numbers) => numbers
            .iter()
            .map(|x| {
                if x.is_nan() {
                    ".".into()
                } else {
                    format!("{x:?}")
                }
            })
            .collect(),
        Values::Text { codes, categories } => codes
            .iter()
            .map(|c| match categories.get(*c as usize) {
                Some(word) => format!("'{word}'"),
                None => ".".into(),
            })
            .collect(),
    };
    cells.join(" ")
}

#[test]
fn columns_are_numeric_as_long_as_every_cell_is() {
    let table = csv("a,b,c,d\n1, x,True,1\n,2,false,True\nNaN,,,0\n");
    assert_eq!(cells(&table, "a"), "1.0 . .");
    // Text is kept as it stands, as pandas keeps it.
    assert_eq!(cells(&table, "b"), "' x' '2' .");
    assert_eq!(cells(&table, "c"), "1.0 0.0 .");
    assert_eq!(cells(&table, "d"), "'1' 'True' '0'");
}

#[test]
fn words_are_kept_though_the_column_began_with_numbers() {
    let table = csv("a,b\n1,2\n01,3\nx,4\n1,5\n");
    assert_eq!(cells(&table, "a"), "'1' '01' 'x' '1'");
    assert_eq!(cells(&table, "b"), "2.0 3.0 4.0 5.0");
}

#[test]
fn whole_numbers_no_float_can_hold_are_words_unless_there_are_fractions() {
    let table = csv("a,b\n1,1\n9007199254740993,9007199254740993\n9007199254740992,0.5\n");
    assert_eq!(
        cells(&table, "a"),
        "'1' '9007199254740993' '9007199254740992'"
    );
    assert_eq!(cells(&table, "b"), "1.0 9007199254740992.0 0.5");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    assert!(error("").contains("empty"));
    assert!(error("a,b\n").contains("no rows"));
    let short = error("a,b\n1,2\n3\n");
    assert!(
        short.contains("line 3") && short.contains("\"b\""),
        "{short}"
    );
    let long = error("a,b\n1,2,3\n");
    assert!(
        long.contains("line 2: 3 fields where the header has 2"),
        "{long}"
    );
    assert_eq!(
        error("a,a\n1,2\n"),
        "column \"a\" occurs twice: names must differ"
    );
    let bytes = read_csv(&b"a,b\n1,\xff\n"[..]).unwrap_err().to_string();
    assert!(bytes.contains("line 2, column 2"), "{bytes}");
}

#[test]
fn files_are_as_people_have_them() {
    let table = csv("\u{feff},a\r\n0,\"x, \"\"y\"\"\"\r\n\r\n1,\"two\nlines\"\r\n");
    assert_eq!(table.names(), ["Unnamed: 0", "a"]);
    assert_eq!(cells(&table, "a"), "'x, \"y\"' 'two\nlines'");
    assert_eq!(table, csv(",a\n0,\"x, \"\"y\"\"\"\n1,\"two\nlines\"\n"));
}

#[test]
fn the_job_has_the_last_word() {
    let typed = |name: &str, kind| Dialect {
        types: [(name.to_owned(), kind)].into(),
        ..Dialect::default()
    };
    let text = "a,b\n01,1\n2,0\nx,1\n";
    let table = csv_with(text, &typed("b", ColumnType::Text)).unwrap();
    assert_eq!(cells(&table, "b"), "'1' '0' '1'");
    assert_eq!(
        csv_with(text, &typed("a", ColumnType::Numeric)).unwrap_err(),
        "column \"a\" is to be numeric, and 1 of its cells are not: \"x\" in row 3"
    );
    assert_eq!(
        csv_with(text, &typed("a", ColumnType::Boolean)).unwrap_err(),
        "column \"a\" is to be boolean, and 2 of its cells are not: \"2\" in row 2, \"x\" in row 3"
    );
    assert_eq!(
        csv_with(text, &typed("c", ColumnType::Text)).unwrap_err(),
        "types: unknown column \"c\"; allowed: a, b"
    );
    let dialect = Dialect {
        delimiter: Some(';'),
        na_values: vec![NaValue::Text("?".into()), NaValue::Number(-9.0)],
        ..Dialect::default()
    };
    let table = csv_with("a;b\n1;?\n-9.0;x,y\n", &dialect).unwrap();
    assert_eq!(cells(&table, "a"), "1.0 .");
    assert_eq!(cells(&table, "b"), ". 'x,y'");
    let dialect = Dialect {
        delimiter: Some('é'),
        ..Dialect::default()
    };
    assert!(
        csv_with("a\n1\n", &dialect)
            .unwrap_err()
            .contains("one ASCII character")
    );
}

fn file(name: &str) -> Encoded {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/formats");
    let source = Source::file(&path.join(name)).unwrap();
    read_with(&source, &Dialect::default()).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Written by pandas from one data frame.
#[test]
fn a_table_is_the_same_in_every_format() {
    let expected = file("mixed.csv");
    assert_eq!(expected.table.rows(), 6);
    for name in [
        "mixed.tsv",
        "mixed.parquet",
        "mixed-gzip.parquet",
        "mixed-lz4.parquet",
        "mixed-zstd.parquet",
        "mixed.feather",
        "mixed.arrow",
        "mixed.arrows",
    ] {
        let found = file(name);
        assert_eq!(found.table, expected.table, "{name}");
        assert_eq!(found.digest, expected.digest, "{name}");
    }
}

#[test]
fn arrays_are_columns() {
    let expected = file("arrays.csv");
    for name in ["arrays.npz", "arrays-packed.npz", "arrays-big-endian.npz"] {
        assert_eq!(file(name).table, expected.table, "{name}");
    }
    let only = file("fortran.npy").table;
    assert_eq!(only.names(), ["x0", "x1", "x2"]);
    let same = |name| only.column(name) == expected.table.column(name);
    assert!(["x0", "x1", "x2"].into_iter().all(same));
}

/// Blobs come from strangers: whatever is done to a file, reading it ends.
#[test]
fn damaged_files_are_refused_or_read() {
    for name in [
        "mixed.parquet",
        "mixed.feather",
        "mixed.arrow",
        "mixed.arrows",
        "arrays.npz",
        "arrays-packed.npz",
        "fortran.npy",
    ] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/formats");
        let whole = std::fs::read(path.join(name)).unwrap();
        for cut in (8..whole.len()).step_by(whole.len() / 50 + 1) {
            let source = Source::Bytes(Bytes::copy_from_slice(&whole[..cut]));
            let found = read_with(&source, &Dialect::default());
            // A stream may end after any batch, and has to have one.
            assert!(found.is_err(), "{name} cut at {cut}");
        }
    }
}

#[test]
fn little_does_not_become_much() {
    let limit = Limit::of_blob(1);
    assert!(limit.check(256 << 20).is_ok());
    let error = limit.check((256 << 20) + 1).unwrap_err().to_string();
    assert!(error.contains("larger than 256 MiB"), "{error}");
}

#[test]
fn strangers_are_told_apart() {
    let said = |bytes: &'static [u8]| {
        let source = Source::Bytes(Bytes::from_static(bytes));
        read_with(&source, &Dialect::default())
            .unwrap_err()
            .to_string()
    };
    assert!(said(b"\x1f\x8b....").contains("unpack it first"));
    assert!(said(b"FEA1....").contains("version 2"));
    assert!(said(b"\xff\xfea\0,\0b\0").contains("UTF-16"));
    assert!(said(b"PAR1").contains("the Parquet file is damaged"));
    let dialect = Dialect {
        delimiter: Some(';'),
        ..Dialect::default()
    };
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/formats");
    let source = Source::file(&path.join("mixed.parquet")).unwrap();
    assert_eq!(
        read_with(&source, &dialect).unwrap_err().to_string(),
        "delimiter means nothing for Parquet: it is for csv and tsv"
    );
}

/// Words that are neither missing nor numbers, so that a column keeps its type.
fn word() -> impl Strategy<Value = String> {
    "[a-z][a-zé ,;\"\n\t]{0,4}".prop_filter("meant otherwise", |w| {
        cells::classify(w.as_bytes()) == cells::Class::Text
    })
}

prop_compose! {
    fn table()(rows in 1_usize..20, columns in 1_usize..5)(
        columns in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(prop::option::of(any::<f64>()), rows)
                    .prop_map(|c| Values::numeric(c.iter().map(|x| x.unwrap_or(f64::NAN)).collect::<Vec<_>>())),
                prop::collection::vec(prop::option::of(word()), rows)
                    .prop_filter("all missing", |c| c.iter().any(Option::is_some))
                    .prop_map(|c| Values::text(&c)),
            ],
            columns,
        ),
    ) -> Table {
        let columns = columns.into_iter().enumerate().map(|(i, values)| pleat_core::data::Column {
            name: format!("c {i},\"é\""),
            values,
        });
        Table::new(columns.collect()).unwrap()
    }
}

proptest! {
    #[test]
    fn a_table_survives_its_csv(table in table(), tabs in any::<bool>()) {
        let mut writer = ::csv::WriterBuilder::new()
            .delimiter(if tabs { b'\t' } else { b',' })
            .from_writer(Vec::new());
        writer.write_record(table.names()).unwrap();
        for row in 0..table.rows() {
            let cell = |column: &pleat_core::data::Column| match &column.values {
                // Rust writes whole floats without a fraction unless told to.
                Values::Numeric(n) if n[row].is_nan() => String::new(),
                Values::Numeric(n) => format!("{:?}", n[row]),
                Values::Text { codes, categories } => {
                    categories.get(codes[row] as usize).cloned().unwrap_or_default()
                }
            };
            writer.write_record(table.columns().iter().map(cell)).unwrap();
        }
        let text = writer.into_inner().unwrap();
        let source = Source::Text(Bytes::from(text));
        let dialect = Dialect { delimiter: tabs.then_some('\t'), ..Dialect::default() };
        let back = read_with(&source, &dialect).unwrap();
        prop_assert_eq!(&back.bytes[..], &table.encode()[..]);
        prop_assert_eq!(back.table, table);
    }

    /// Bytes of a file with some changed: an answer, and no panic.
    #[test]
    fn forged_files_never_panic(
        which in 0_usize..4,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let name = ["fortran.npy", "arrays.npz", "arrays-packed.npz", "mixed.csv"][which];
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/formats");
        let mut bytes = std::fs::read(path.join(name)).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read_with(&Source::Bytes(Bytes::from(bytes)), &Dialect::default());
    }
}
