//! Mistakes: each is refused before anything runs, with exit code 2 and one
//! sentence on stderr that says what was passed and what is allowed. Nothing
//! on stdout, nothing half done, and not a word of Rust.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::support::fabric::Node;
use crate::support::job::Folder;
use crate::support::nats_server::{NatsServer, free_port, pretend_server};
use crate::support::pleat::{Ran, pleat, run};

/// A refusal may take no longer.
const QUICK: Duration = Duration::from_secs(5);

/// Words that mean something to this program's authors only.
const JARGON: [&str; 11] = [
    "untagged",
    "struct ",
    "u32",
    "u64",
    "i64",
    "parsable",
    "integer overflow",
    "a map",
    "a sequence",
    "panicked",
    "RUST_BACKTRACE",
];

/// Three classes, two features.
fn csv() -> String {
    // What counts the rows would be remarked upon.
    let row = |i: usize| format!("{},{},{}\n", i * 5 % 36, i * i % 7, ["u", "v", "w"][i % 3]);
    "a,b,y\n".to_owned() + &(0..36).map(row).collect::<String>()
}

/// The same with line `n` of the file, counted from 1, put otherwise.
fn csv_with(n: usize, line: &str) -> String {
    let csv = csv();
    let mut lines: Vec<&str> = csv.lines().collect();
    lines[n - 1] = line;
    lines.join("\n") + "\n"
}

fn numeric_csv() -> String {
    "a,y\n".to_owned()
        + &(0..30_u8)
            .map(|i| format!("{i},{}\n", f64::from(i) / 3.0))
            .collect::<String>()
}

/// A job in TOML for one estimator; `top` goes before its sections, `rest`
/// after them.
fn job(estimator: &str, top: &str, rest: &str) -> String {
    format!(
        "{top}\nestimator = \"{estimator}\"\ntarget = \"y\"\n[data]\npath = \"data.csv\"\n{rest}\n"
    )
}

fn top(text: &str) -> String {
    job("KNeighborsClassifier", text, "")
}

fn rest(text: &str) -> String {
    job("KNeighborsClassifier", "", text)
}

fn good() -> String {
    top("")
}

/// A mistake and what has to be said about it.
struct Mistake {
    name: &'static str,
    file: &'static str,
    job: Option<Vec<u8>>,
    csv: Option<Vec<u8>>,
    args: Vec<String>,
    says: Vec<&'static str>,
}

fn mistake<const N: usize>(
    name: &'static str,
    job: impl Into<Vec<u8>>,
    says: [&'static str; N],
) -> Mistake {
    Mistake {
        name,
        file: "job.toml",
        job: Some(job.into()),
        csv: Some(csv().into()),
        args: Vec::new(),
        says: says.into(),
    }
}

impl Mistake {
    fn csv(self, csv: impl Into<Vec<u8>>) -> Self {
        Self {
            csv: Some(csv.into()),
            ..self
        }
    }

    fn without_csv(self) -> Self {
        Self { csv: None, ..self }
    }

    fn in_json(self) -> Self {
        Self {
            file: "job.json",
            ..self
        }
    }

    fn args<const N: usize>(self, args: [&str; N]) -> Self {
        Self {
            args: args.map(str::to_owned).into(),
            ..self
        }
    }

    /// Runs it; answers with all there is to complain about.
    fn run(&self) -> Vec<String> {
        let folder = Folder::new();
        if let Some(csv) = &self.csv {
            folder.file("data.csv", csv);
        }
        if let Some(job) = &self.job {
            folder.file(self.file, job);
        }
        let before = folder.names();
        let ran = run(pleat(["tune"]).arg(folder.path(self.file)).args(&self.args));
        let mut wrong = complaints(&ran, &self.says);
        if folder.names() != before {
            wrong.push(format!(
                "it left {:?} behind",
                folder.names().difference(&before)
            ));
        }
        wrong
            .into_iter()
            .map(|w| format!("{}: {w}\n    it said: {}", self.name, ran.stderr.trim()))
            .collect()
    }
}

/// What is wrong with a refusal.
fn complaints(ran: &Ran, says: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    if ran.code != Some(2) {
        wrong.push(format!("exit code {:?} instead of 2", ran.code));
    }
    if !ran.stdout.is_empty() {
        wrong.push(format!("stdout has {:?}", ran.stdout));
    }
    if ran.took > QUICK {
        wrong.push(format!("it took {:?}", ran.took));
    }
    for text in says {
        if !ran.stderr.contains(text) {
            wrong.push(format!("it does not say {text:?}"));
        }
    }
    for text in JARGON {
        if ran.stderr.contains(text) {
            wrong.push(format!("it says {text:?}"));
        }
    }
    let of_clap = ran.stderr.contains("For more information, try '--help'");
    let sentence = ran.stderr.trim();
    if !sentence.starts_with("error: ") || (!of_clap && sentence.lines().count() != 1) {
        wrong.push("it is not one line that begins with \"error: \"".to_owned());
    }
    if let Some(twice) = repeated(sentence) {
        wrong.push(format!("it says this twice: {twice:?}"));
    }
    wrong
}

/// The end of a sentence, if it stands there twice.
fn repeated(sentence: &str) -> Option<&str> {
    let ends = sentence
        .match_indices(": ")
        .map(|(i, sep)| sentence.split_at(i + sep.len()));
    let mut long = ends.filter(|(_, end)| end.len() >= 15);
    long.find(|(before, end)| before.contains(end))
        .map(|(_, end)| end)
}

fn all_refused(mistakes: impl IntoIterator<Item = Mistake>) {
    let wrong: Vec<_> = mistakes.into_iter().flat_map(|m| m.run()).collect();
    assert!(
        wrong.is_empty(),
        "{} complaints:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Or every refusal below would prove nothing.
#[test]
fn what_the_mistakes_are_made_in_is_fine() {
    for (job, csv) in [
        (good(), csv()),
        (job("Ridge", "", ""), numeric_csv()),
        (good(), two_classes()),
        (job("KNeighborsClassifier", &ready(), ""), mixed_csv()),
    ] {
        let folder = Folder::new();
        folder.file("data.csv", csv);
        let ran = run(pleat(["tune"]).arg(folder.file("job.toml", job)));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
}

#[test]
fn documents() {
    all_refused([
        mistake("unknown field", top("estimatr = \"x\""), [
            "unknown field \"estimatr\"", "did you mean \"estimator\"?", "allowed: name, estimator,",
        ]),
        mistake("a field of scikit-learn's", top("n_jobs = 4"), ["unknown field \"n_jobs\"", "allowed: "]),
        mistake("unknown field of a section", rest("[limits]\nmemry = \"1MiB\""), [
            "limits.memry", "did you mean \"memory\"?", "allowed: time, memory",
        ]),
        mistake("unknown field of data", rest("pth = \"x\""), ["data.pth", "did you mean \"path\"?"]),
        mistake("unknown field of search", rest("[search]\nstrategie = \"grid\"\nspace = {}"), [
            "search.strategie", "did you mean \"strategy\"?",
        ]),
        mistake("no estimator", "target = \"y\"\n[data]\npath = \"data.csv\"", ["estimator"]),
        mistake("no target", "estimator = \"Ridge\"\n[data]\npath = \"data.csv\"", ["target"]),
        mistake("no data", "estimator = \"Ridge\"\ntarget = \"y\"", ["data"]),
        mistake("nothing at all", "", ["error: data: this field is missing"]),
        mistake("estimator is a number", good().replace("\"KNeighborsClassifier\"", "5"), ["estimator", "5", "string"]),
        mistake("data is a path", "estimator = \"Ridge\"\ntarget = \"y\"\ndata = \"data.csv\"", [
            "data", "\"data.csv\"", "path",
        ]),
        mistake("refit is a number", top("refit = 3"), ["refit: 3 is not allowed", "true, false, or the name of a scorer"]),
        mistake("baseline is a word", top("baseline = \"yes\""), ["baseline: \"yes\" is not allowed", "true or false"]),
        mistake("training scores in words", top("return_train_score = \"yes\""), [
            "return_train_score: \"yes\" is not allowed", "true or false",
        ]),
        mistake("name is a number", top("name = 3"), ["name", "3", "string"]),
        mistake("lane with a space", top("lane = \"a b\""), ["lane", "\"a b\"", "allowed is"]),
        mistake("malformed TOML", "estimator = \"Ridge\"\ntarget = y\n", ["TOML", "line 2"]),
        mistake("a key twice", top("target = \"z\""), ["TOML", "line 3", "duplicate"]),
        mistake("JSON called TOML", "{\"estimator\": \"Ridge\"}", ["TOML", "line 1"]),
        mistake("malformed JSON", "{\"estimator\": \"Ridge\",}", ["JSON", "line 1 column 23"]).in_json(),
        mistake("cut JSON", "{\n\"estimator\": ", ["JSON", "line 2"]).in_json(),
        mistake("JSON list", "[1]", ["\"estimator\" and \"data\""]).in_json(),
        mistake("unknown field in JSON", r#"{"estimater": "Ridge", "target": "y", "data": {"csv": ""}}"#, [
            "unknown field \"estimater\"", "did you mean \"estimator\"?",
        ])
        .in_json(),
        mistake("not text", b"estimator = \"\xff\"".to_vec(), ["job.toml", "UTF-8"]),
        Mistake { job: None, ..mistake("absent", "", ["job.toml", "No such file"]) },
        mistake("a number too large for 64 bits", rest("[params]\np = 99999999999999999999"), ["line 7"]),
        mistake(
            "a number too large for 64 bits in JSON",
            r#"{"estimator": "Ridge", "target": "y", "data": {"path": "data.csv"}, "params": {"alpha": 18446744073709551615}}"#,
            ["params.alpha: 18446744073709551615", "64 bits"],
        )
        .in_json(),
    ]);
}

#[test]
fn estimators_and_parameters() {
    let knn = |section: &str| rest(&format!("[params]\n{section}"));
    let step = |section: &str| {
        job(
            "KNeighborsClassifier",
            "pipeline = [\"StandardScaler\"]",
            section,
        )
    };
    all_refused([
        mistake(
            "estimator",
            job("KNeighborClassifier", "", ""),
            [
                "estimator: unknown estimator \"KNeighborClassifier\"",
                "did you mean \"KNeighborsClassifier\"?",
                "allowed: GaussianNB,",
            ],
        ),
        mistake(
            "an estimator like none",
            job("Prophet", "", ""),
            ["unknown estimator \"Prophet\"", "allowed: "],
        ),
        // A misspelt name should not wait for the data.
        mistake(
            "estimator, and no data",
            job("Rigde", "", ""),
            ["\"Rigde\"", "did you mean \"Ridge\"?"],
        )
        .without_csv(),
        mistake(
            "parameter",
            knn("n_neighbours = 3"),
            [
                "params.n_neighbours",
                "did you mean \"n_neighbors\"?",
                "allowed: n_neighbors, weights",
            ],
        ),
        mistake(
            "of the wrong type",
            knn("n_neighbors = \"three\""),
            [
                "params.n_neighbors: \"three\" is not allowed",
                "an integer >= 1",
            ],
        ),
        mistake(
            "a float for an integer",
            knn("n_neighbors = 3.0"),
            ["params.n_neighbors: 3.0", "an integer >= 1"],
        ),
        mistake(
            "out of range",
            knn("n_neighbors = 0"),
            ["params.n_neighbors: 0 is not allowed", "an integer >= 1"],
        ),
        mistake(
            "an open bound",
            knn("p = 0"),
            ["params.p: 0 is not allowed", "a number > 0"],
        ),
        mistake(
            "not a number",
            knn("p = nan"),
            ["params.p", "nan", "a number > 0"],
        ),
        mistake(
            "an unknown word",
            knn("weights = \"dist\""),
            [
                "params.weights: \"dist\" is not allowed",
                "\"uniform\", \"distance\"",
            ],
        ),
        mistake(
            "a list",
            knn("n_neighbors = [1, 2]"),
            [
                "params.n_neighbors: [1,2] is not allowed",
                "an integer >= 1",
            ],
        ),
        mistake(
            "none",
            knn("n_neighbors = \"None\""),
            ["params.n_neighbors: None is not allowed", "an integer >= 1"],
        ),
        mistake(
            "given under both of its names",
            knn("n_neighbors = 3\nkneighborsclassifier__n_neighbors = 5"),
            ["params", "n_neighbors", "twice"],
        ),
        mistake(
            "of a step that is not there",
            knn("standardscaler__with_mean = true"),
            [
                "params.standardscaler__with_mean",
                "unknown step \"standardscaler\"",
            ],
        ),
        mistake(
            "of a misspelt step",
            step("[params]\nstandardscalar__with_mean = true"),
            [
                "unknown step \"standardscalar\"",
                "did you mean \"standardscaler\"?",
            ],
        ),
        mistake(
            "a misspelt parameter of a step",
            step("[params]\nstandardscaler__with_men = true"),
            [
                "params.standardscaler__with_men",
                "did you mean \"with_mean\"?",
                "allowed: with_mean, with_std",
            ],
        ),
        mistake(
            "a step's parameter of the wrong type",
            step("[params]\nstandardscaler__with_mean = 1"),
            [
                "params.standardscaler__with_mean: 1 is not allowed",
                "true or false",
            ],
        ),
        mistake("params is a list", top("params = [1]"), ["params"]),
    ]);
}

#[test]
fn searches() {
    let space = |space: &str| {
        rest(&format!(
            "[search]\nstrategy = \"grid\"\nspace = {{ {space} }}"
        ))
    };
    let random = |space: &str, more: &str| {
        rest(&format!(
            "[search]\nstrategy = \"random\"\n{more}\nspace = {{ {space} }}"
        ))
    };
    let thousands = (1..4000)
        .map(|i| i.to_string())
        .collect::<Vec<_>>()
        .join(",");
    all_refused([
        mistake(
            "unknown strategy",
            rest("[search]\nstrategy = \"gird\"\nspace = { p = [1] }"),
            ["search.strategy", "\"gird\"", "did you mean \"grid\"?"],
        ),
        mistake(
            "a distribution in a grid",
            space("p = { uniform = [1, 2] }"),
            [
                "search.space.p: a distribution cannot be tried exhaustively",
                "a list of values",
                "strategy = \"random\"",
            ],
        ),
        mistake(
            "a distribution that is none",
            space("p = { normal = [1, 2] }"),
            [
                "search.space.p: {\"normal\":[1,2]} is not allowed",
                "{ uniform = [low, high] }",
            ],
        ),
        mistake(
            "a distribution without width",
            space("p = { loguniform = [2, 2] }"),
            ["search.space.p", "0 < low < high"],
        ),
        mistake(
            "a distribution of what is not allowed",
            random("p = { uniform = [-1, 1] }", ""),
            ["search.space.p: -1.0 is not allowed", "a number > 0"],
        ),
        mistake(
            "a number of draws for a grid",
            rest("[search]\nn_iter = 5\nspace = { p = [1] }"),
            ["search.n_iter", "strategy = \"random\""],
        ),
        mistake(
            "a seed for a grid",
            rest("[search]\nrandom_state = 5\nspace = { p = [1] }"),
            ["search.random_state", "strategy = \"random\""],
        ),
        mistake(
            "no draws",
            random("p = [1]", "n_iter = 0"),
            ["search.n_iter: 0 is not allowed", "an integer >= 1"],
        ),
        mistake(
            "fewer draws than none",
            random("p = [1]", "n_iter = -3"),
            ["search.n_iter: -3 is not allowed", "an integer >= 1"],
        ),
        mistake(
            "a negative seed",
            random("p = [1]", "random_state = -1"),
            [
                "search.random_state: -1 is not allowed",
                "an integer from 0 to",
            ],
        ),
        mistake(
            "one of several spaces is empty",
            rest("[search]\nspace = [{ p = [1] }, {}]"),
            ["search.space", "empty", "at least one parameter"],
        ),
        mistake(
            "unknown parameter in one of several spaces",
            rest("[search]\nspace = [{ p = [1] }, { n_neighbours = [1] }]"),
            [
                "search.space[1].n_neighbours",
                "did you mean \"n_neighbors\"?",
            ],
        ),
        mistake(
            "no space",
            rest("[search]\nstrategy = \"grid\""),
            ["search", "space"],
        ),
        mistake(
            "empty space",
            space(""),
            ["search.space", "empty", "at least one parameter"],
        ),
        mistake(
            "empty list",
            space("n_neighbors = []"),
            [
                "search.space.n_neighbors",
                "empty list",
                "at least one value",
            ],
        ),
        mistake(
            "one value and no list",
            space("n_neighbors = 3"),
            ["search.space.n_neighbors", "3", "list"],
        ),
        mistake(
            "unknown parameter",
            space("n_neighbours = [1]"),
            [
                "search.space.n_neighbours",
                "did you mean \"n_neighbors\"?",
                "allowed: ",
            ],
        ),
        mistake(
            "one value out of range",
            space("n_neighbors = [5, 0]"),
            [
                "search.space.n_neighbors: 0 is not allowed",
                "an integer >= 1",
            ],
        ),
        mistake(
            "one value of the wrong type",
            space("weights = [\"uniform\", true]"),
            [
                "search.space.weights: true is not allowed",
                "\"uniform\", \"distance\"",
            ],
        ),
        mistake(
            "unknown step",
            space("scaler__with_mean = [true]"),
            ["search.space.scaler__with_mean", "unknown step"],
        ),
        mistake(
            "fixed and searched",
            rest(
                "[params]\nn_neighbors = 3\n[search]\nstrategy = \"grid\"\nspace = { n_neighbors = [1] }",
            ),
            ["search.space.n_neighbors", "fixed in [params]"],
        ),
        mistake(
            "fixed and searched under its other name",
            rest(
                "[params]\nn_neighbors = 3\n[search]\nstrategy = \"grid\"\nspace = { kneighborsclassifier__n_neighbors = [1] }",
            ),
            ["search.space.n_neighbors", "fixed in [params]"],
        ),
        mistake(
            "searched under both names",
            space("p = [1], kneighborsclassifier__p = [2]"),
            ["search.space.p", "twice"],
        ),
        mistake(
            "too large a space",
            space(&format!("n_neighbors = [{thousands}], p = [{thousands}]")),
            ["search.space", "1000000 fits"],
        ),
    ]);
}

#[test]
fn splitters_scorers_and_steps() {
    let cv = |fields: &str| rest(&format!("[cv]\n{fields}"));
    let lines = |top: &str| job("LinearSVC", top, "");
    all_refused([
        mistake(
            "splitter",
            cv("splitter = \"StratifiedKfold\""),
            [
                "cv.splitter: unknown splitter \"StratifiedKfold\"",
                "did you mean \"StratifiedKFold\"?",
                "allowed: KFold,",
            ],
        ),
        mistake(
            "splitter is a number",
            cv("splitter = 5"),
            ["cv.splitter: 5", "allowed: KFold"],
        ),
        mistake(
            "cv is a small number",
            top("cv = 1"),
            ["cv: 1 is not allowed", "from 2"],
        ),
        mistake(
            "cv is a word",
            top("cv = \"five\""),
            [
                "cv: \"five\" is not allowed",
                "a number of folds",
                "n_splits",
            ],
        ),
        mistake(
            "a splitter's parameter",
            cv("n_split = 3"),
            ["cv.n_split", "did you mean \"n_splits\"?"],
        ),
        mistake(
            "one fold",
            cv("n_splits = 1"),
            ["cv.n_splits: 1 is not allowed", "from 2"],
        ),
        mistake(
            "a negative number of folds",
            cv("n_splits = -3"),
            ["cv.n_splits: -3 is not allowed", "from 2"],
        ),
        mistake(
            "folds as a float",
            cv("n_splits = 3.0"),
            ["cv.n_splits: 3.0 is not allowed", "an integer from 2"],
        ),
        mistake(
            "a seed that has no effect",
            cv("random_state = 1"),
            ["cv.random_state: 1", "shuffle = true"],
        ),
        mistake(
            "shuffle is a word",
            cv("shuffle = \"yes\""),
            ["cv.shuffle: \"yes\" is not allowed", "true or false"],
        ),
        mistake(
            "more folds than rows",
            cv("splitter = \"KFold\"\nn_splits = 37"),
            ["cv", "n_splits=37", "36 rows"],
        ),
        mistake(
            "more folds than members of any class",
            cv("n_splits = 13"),
            ["cv", "n_splits=13", "12 members"],
        ),
        mistake(
            "the default of five, and small classes",
            good(),
            ["cv", "n_splits=5", "only 2 members"],
        )
        .csv("a,y\n1,u\n2,u\n3,v\n4,v\n5,w\n6,w\n"),
        mistake(
            "stratified numbers",
            job("Ridge", "", "[cv]\nsplitter = \"StratifiedKFold\""),
            [
                "cv",
                "StratifiedKFold needs classes",
                "KFold, RepeatedKFold",
            ],
        )
        .csv(numeric_csv()),
        mistake(
            "too many splits",
            cv("splitter = \"RepeatedKFold\"\nn_splits = 2\nn_repeats = 100000000"),
            ["cv", "200000000 splits", "allowed are"],
        ),
        mistake(
            "scorer",
            top("scoring = \"acuracy\""),
            [
                "scoring: unknown scorer \"acuracy\"",
                "did you mean \"accuracy\"?",
                "allowed: accuracy,",
            ],
        ),
        mistake(
            "one of several scorers",
            top("scoring = [\"accuracy\", \"f1_makro\"]"),
            ["scoring", "\"f1_makro\"", "did you mean \"f1_macro\"?"],
        ),
        mistake(
            "a regressor's scorer",
            top("scoring = \"r2\""),
            [
                "scoring: r2 scores a regressor",
                "KNeighborsClassifier is a classifier",
            ],
        ),
        mistake(
            "a classifier's scorer",
            job("Ridge", "scoring = \"accuracy\"", ""),
            [
                "scoring: accuracy scores a classifier",
                "Ridge is a regressor",
            ],
        )
        .csv(numeric_csv()),
        mistake(
            "no probabilities",
            lines("scoring = \"neg_log_loss\""),
            [
                "scoring: neg_log_loss needs probabilities",
                "LinearSVC gives none",
            ],
        ),
        mistake(
            "no probabilities for one of several",
            lines("scoring = [\"accuracy\", \"neg_log_loss\"]"),
            ["neg_log_loss needs probabilities"],
        ),
        mistake(
            "no scorer in the list",
            top("scoring = []"),
            ["scoring", "one or more"],
        ),
        mistake(
            "a scorer twice",
            top("scoring = [\"accuracy\", \"accuracy\"]"),
            ["scoring: accuracy is given twice"],
        ),
        mistake(
            "scoring is a number",
            top("scoring = 5"),
            ["scoring", "5", "list"],
        ),
        mistake(
            "a number among scorers",
            top("scoring = [\"accuracy\", 5]"),
            ["scoring", "5"],
        ),
        mistake(
            "step",
            top("pipeline = [\"StandardScalar\"]"),
            [
                "pipeline",
                "unknown step \"StandardScalar\"",
                "did you mean \"StandardScaler\"?",
                "allowed: MaxAbsScaler",
            ],
        ),
        mistake(
            "a step that is none",
            top("pipeline = [3]"),
            ["pipeline", "3 is not a step", "allowed: MaxAbsScaler"],
        ),
        mistake(
            "a step and no list",
            top("pipeline = \"StandardScaler\""),
            ["pipeline", "\"StandardScaler\"", "list"],
        ),
        mistake(
            "a step without its name",
            top("pipeline = [{ with_mean = true }]"),
            ["pipeline", "step is not named"],
        ),
        mistake(
            "a step's parameter",
            top("pipeline = [{ step = \"StandardScaler\", with_men = true }]"),
            [
                "pipeline",
                "did you mean \"with_mean\"?",
                "allowed: with_mean, with_std",
            ],
        ),
        mistake(
            "a step's parameter of the wrong type",
            top("pipeline = [{ step = \"StandardScaler\", with_mean = 1 }]"),
            ["pipeline", "with_mean: 1 is not allowed", "true or false"],
        ),
    ]);
}

#[test]
fn several_estimators() {
    let several = |list: &str, more: &str| {
        format!("estimators = {list}\ntarget = \"y\"\n{more}\n[data]\npath = \"data.csv\"\n")
    };
    let two = "[\"GaussianNB\", \"KNeighborsClassifier\"]";
    all_refused([
        mistake(
            "one that there is not",
            several("[\"GaussianNB\", \"Rigde\"]", ""),
            [
                "estimators[1].estimator: unknown estimator \"Rigde\"",
                "did you mean \"Ridge\"?",
            ],
        )
        .without_csv(),
        mistake(
            "of two kinds",
            several("[\"GaussianNB\", \"Ridge\"]", ""),
            [
                "estimators: GaussianNB is a classifier and Ridge is a regressor",
                "only estimators of one kind",
            ],
        ),
        mistake(
            "one twice",
            several("[\"GaussianNB\", { estimator = \"GaussianNB\" }]", ""),
            ["estimators: \"GaussianNB\" occurs twice", "name = "],
        ),
        mistake(
            "a name twice",
            several(
                "[{ estimator = \"GaussianNB\", name = \"a\" }, { estimator = \"SVC\", name = \"a\" }]",
                "",
            ),
            ["estimators: \"a\" occurs twice"],
        ),
        mistake(
            "beside a single one",
            several(two, "estimator = \"SVC\""),
            ["estimators", "either estimator or estimators"],
        ),
        mistake(
            "none",
            several("[]", ""),
            ["estimators", "empty", "at least one estimator"],
        ),
        mistake(
            "no list",
            several("\"GaussianNB\"", ""),
            [
                "estimators: \"GaussianNB\" is not allowed",
                "a list of names",
            ],
        ),
        mistake(
            "a number among them",
            several("[\"GaussianNB\", 5]", ""),
            ["estimators[1]: 5 is not allowed", "a name, or a table"],
        ),
        mistake(
            "a field that no estimator has",
            several("[{ estimator = \"GaussianNB\", parms = {} }]", ""),
            ["estimators[0].parms", "did you mean \"params\"?"],
        ),
        mistake(
            "one without its name",
            several("[{ params = {} }]", ""),
            ["estimators[0].estimator: this field is missing"],
        ),
        mistake(
            "a parameter of its own",
            several(
                "[\"GaussianNB\", { estimator = \"SVC\", params = { c = 1 } }]",
                "",
            ),
            ["estimators[1].params.c", "did you mean \"C\"?"],
        ),
        mistake(
            "a parameter for all that is one's only",
            several(two, "params = { n_neighbors = 3 }"),
            ["params.n_neighbors", "GaussianNB", "allowed: priors"],
        ),
        mistake(
            "a space of its own",
            several(
                "[\"GaussianNB\", { estimator = \"SVC\", space = { C = [1, -1] } }]",
                "",
            ),
            ["estimators[1].space.C: -1 is not allowed", "a number > 0"],
        ),
        mistake(
            "a space for all that is one's only",
            several(two, "search = { space = { n_neighbors = [3] } }"),
            ["search.space.n_neighbors", "GaussianNB"],
        ),
        mistake(
            "a pipeline of its own",
            several(
                "[\"GaussianNB\", { estimator = \"SVC\", pipeline = [\"Scaler\"] }]",
                "",
            ),
            ["estimators[1].pipeline[0]", "unknown step \"Scaler\""],
        ),
        mistake(
            "a component of its own",
            several(
                "[\"GaussianNB\", { estimator = \"Mine\", component = \"mine.wasm\" }]",
                "",
            ),
            ["component", "mine.wasm", "No such file"],
        ),
        mistake(
            "a search of nothing",
            several(two, "search = { strategy = \"random\" }"),
            ["search.space: this field is missing"],
        ),
        mistake(
            "a scorer that one of them cannot have",
            several(
                "[\"GaussianNB\", \"LinearSVC\"]",
                "scoring = \"neg_log_loss\"",
            ),
            ["scoring: neg_log_loss needs probabilities", "LinearSVC"],
        ),
    ]);
}

#[test]
fn what_is_best_and_what_a_failure_counts() {
    let search = |top: &str| {
        job(
            "KNeighborsClassifier",
            top,
            "[search]\nspace = { n_neighbors = [1, 3] }",
        )
    };
    let two = "scoring = [\"accuracy\", \"f1_macro\"]";
    all_refused([
        mistake(
            "several scorers and none decides",
            search(two),
            [
                "refit: this field is missing",
                "several scorers",
                "(accuracy, f1_macro), or false",
            ],
        ),
        mistake(
            "several scorers and all decide",
            search(&format!("{two}\nrefit = true")),
            [
                "refit: true is not enough",
                "(accuracy, f1_macro), or false",
            ],
        ),
        mistake(
            "another scorer decides",
            search(&format!("{two}\nrefit = \"f1_micro\"")),
            [
                "refit: unknown scorer of this job \"f1_micro\"",
                "allowed: accuracy, f1_macro",
            ],
        ),
        mistake(
            "no scorer decides",
            search("refit = \"yes\""),
            [
                "refit: unknown scorer of this job \"yes\"",
                "allowed: accuracy",
            ],
        ),
        mistake(
            "error score",
            top("error_score = \"perhaps\""),
            [
                "error_score: \"perhaps\" is not allowed",
                "\"raise\", \"nan\" or a number",
            ],
        ),
        mistake(
            "error score is true",
            top("error_score = true"),
            [
                "error_score: true is not allowed",
                "\"raise\", \"nan\" or a number",
            ],
        ),
    ]);
}

/// The rows of `csv` with two classes.
fn two_classes() -> String {
    csv().replace(",w\n", ",v\n")
}

#[test]
fn labels() {
    let scoring = |scorer: &str, more: &str| top(&format!("scoring = \"{scorer}\"\n{more}"));
    all_refused([
        mistake(
            "a class that there is not",
            scoring("accuracy", "pos_label = \"x\""),
            ["pos_label: \"x\" is no class", "the classes are u, v, w"],
        ),
        mistake(
            "a class of numbers",
            job("Ridge", "pos_label = 1", ""),
            ["pos_label: 1 is not allowed", "the target has no classes"],
        )
        .csv(numeric_csv()),
        mistake(
            "which of two words",
            scoring("f1", ""),
            [
                "pos_label: f1 asks which class is positive",
                "\"u\", \"v\"",
                "set pos_label",
            ],
        )
        .csv(two_classes()),
        mistake(
            "which of two words, for one of several scorers",
            top("scoring = [\"accuracy\", \"recall\"]"),
            ["pos_label: recall asks which class is positive"],
        )
        .csv(two_classes()),
        mistake(
            "three classes for two",
            scoring("f1", ""),
            [
                "scoring: f1 is for two classes",
                "3 (\"u\", \"v\", \"w\")",
                "use f1_macro, f1_micro or f1_weighted",
            ],
        ),
        mistake(
            "three classes and a curve",
            scoring("roc_auc", ""),
            [
                "scoring: roc_auc is for two classes",
                "3 (\"u\", \"v\", \"w\")",
                "use roc_auc_ovr",
            ],
        ),
        mistake(
            "an average with a label",
            scoring("average_precision", "pos_label = \"u\""),
            ["average_precision", "pos_label is \"u\"", "leave it out"],
        ),
    ]);
}

/// Text, missing values and columns that are no features, beside the classes.
fn mixed_csv() -> String {
    let row = |i: usize| {
        let text = ["red", "green", ""][i % 3];
        let number = if i % 9 == 4 {
            String::new()
        } else {
            (i * i % 7).to_string()
        };
        let weight = ["0.5", "1", "-2"][i % 3];
        let fold = ["0", "1", "0.5"][i % 3];
        format!(
            "{number},{text},{},{weight},{fold},0,{}\n",
            i % 5,
            ["u", "v"][i % 2]
        )
    };
    "a,t,g,w,f,z,y\n".to_owned() + &(0..36).map(row).collect::<String>()
}

/// Steps that make numbers of it.
fn ready() -> String {
    let fill = r#"{ step = "SimpleImputer", strategy = "most_frequent", columns = ["t"] }"#;
    let encode = r#"{ step = "OrdinalEncoder", columns = ["t"] }"#;
    format!(r#"pipeline = [{fill}, {encode}, "SimpleImputer"]"#)
}

#[test]
fn columns() {
    let steps = |steps: &str| top(&format!("pipeline = [{steps}]"));
    let data = |fields: &str| job("KNeighborsClassifier", &ready(), fields);
    let cv = |fields: &str| data(&format!("[cv]\n{fields}"));
    let mixed = |m: Mistake| m.csv(mixed_csv());
    let refused = [
        mistake(
            "text without an encoder",
            good(),
            [
                "data",
                "column \"t\"",
                "24 values",
                "\"red\"",
                "row 1",
                "OneHotEncoder",
            ],
        ),
        mistake(
            "missing values without an imputer",
            steps("{ step = \"OrdinalEncoder\", columns = [\"t\"] }"),
            [
                "data",
                "missing values",
                "KNeighborsClassifier takes none",
                "SimpleImputer",
            ],
        ),
        mistake(
            "text for a scaler",
            steps("\"StandardScaler\""),
            [
                "pipeline[0]",
                "column \"t\" is text",
                "columns = \"numeric\"",
            ],
        ),
        mistake(
            "a step's column that there is not",
            steps("{ step = \"OrdinalEncoder\", columns = [\"T\"] }"),
            ["pipeline[0]", "unknown column \"T\"", "did you mean \"t\"?"],
        ),
        mistake(
            "the target as a step's column",
            steps("{ step = \"OrdinalEncoder\", columns = [\"y\"] }"),
            ["pipeline[0]", "unknown column \"y\"", "allowed: a, t"],
        ),
        mistake(
            "columns of no kind",
            steps("{ step = \"OrdinalEncoder\", columns = \"words\" }"),
            ["pipeline[0].columns", "\"words\"", "\"numeric\", \"text\""],
        ),
        mistake(
            "a step called like a parameter",
            steps("{ step = \"StandardScaler\", name = \"p\" }"),
            [
                "pipeline",
                "\"p\"",
                "a parameter of KNeighborsClassifier",
                "another name",
            ],
        ),
        mistake(
            "two steps of one name",
            steps("{ step = \"StandardScaler\", name = \"s\" }, { step = \"PCA\", name = \"s\" }"),
            ["pipeline[1].name", "\"s\" names two steps"],
        ),
        mistake(
            "no groups",
            cv("splitter = \"GroupKFold\""),
            ["cv", "GroupKFold needs groups", "set groups in [data]"],
        ),
        mistake(
            "a column of groups that there is not",
            data("groups = \"G\""),
            ["data.groups", "unknown column \"G\"", "did you mean \"g\"?"],
        ),
        mistake(
            "rows without a group",
            data("groups = \"a\""),
            [
                "data.groups",
                "column \"a\" has 4 missing values",
                "row 5",
                "needs a group",
            ],
        ),
        mistake(
            "the target as groups",
            data("groups = \"y\""),
            ["data.groups", "\"y\" is the target"],
        ),
        mistake(
            "more folds than groups",
            job(
                "KNeighborsClassifier",
                &ready(),
                "groups = \"g\"\n[cv]\nsplitter = \"GroupKFold\"\nn_splits = 6",
            ),
            ["cv", "n_splits=6", "5 groups"],
        ),
        mistake(
            "negative weights",
            data("sample_weight = \"w\""),
            [
                "data.sample_weight",
                "column \"w\" has 12 values",
                "row 3 (-2)",
                ">= 0",
            ],
        ),
        mistake(
            "words as weights",
            data("sample_weight = \"t\""),
            ["data.sample_weight", "column \"t\" is text"],
        ),
        mistake(
            "rows without a weight",
            data("sample_weight = \"a\""),
            ["data.sample_weight", "4 missing values", "needs a weight"],
        ),
        mistake(
            "weights of nothing",
            data("sample_weight = \"z\""),
            ["data.sample_weight", "every weight in column \"z\" is 0"],
        ),
        mistake(
            "halves of folds",
            cv("splitter = \"PredefinedSplit\"\ntest_fold = \"f\""),
            ["cv.test_fold", "row 3 has 0.5", "whole numbers >= -1"],
        ),
        mistake(
            "folds in words",
            cv("splitter = \"PredefinedSplit\"\ntest_fold = \"t\""),
            ["cv.test_fold", "row 1 has \"red\"", "whole numbers >= -1"],
        ),
        mistake(
            "folds that there are not",
            cv("splitter = \"PredefinedSplit\"\ntest_fold = \"F\""),
            ["cv.test_fold", "unknown column \"F\""],
        ),
        mistake(
            "no folds",
            cv("splitter = \"PredefinedSplit\""),
            ["cv.test_fold"],
        ),
        mistake(
            "one fold only",
            cv("splitter = \"PredefinedSplit\"\ntest_fold = \"z\""),
            ["cv", "test_fold is 0 in every row"],
        ),
        mistake(
            "a series too short",
            cv("splitter = \"TimeSeriesSplit\"\nn_splits = 6\ntest_size = 6"),
            ["cv", "n_splits=6", "36"],
        ),
        mistake(
            "a seed that is no number",
            cv("splitter = \"ShuffleSplit\"\nrandom_state = \"x\""),
            ["cv.random_state: \"x\" is not allowed"],
        ),
        mistake(
            "more than all rows",
            cv("splitter = \"ShuffleSplit\"\ntest_size = 1.5"),
            ["cv.test_size: 1.5 is not allowed"],
        ),
    ];
    all_refused(refused.map(mixed));
}

#[test]
fn limits() {
    let limits = |fields: &str| rest(&format!("[limits]\n{fields}"));
    all_refused([
        mistake(
            "no time",
            limits("time = \"0s\""),
            ["limits.time", "0 is not allowed", "1ms or more"],
        ),
        mistake(
            "time without a unit",
            limits("time = 60"),
            ["limits.time", "60", "duration"],
        ),
        mistake(
            "time in words",
            limits("time = \"soon\""),
            ["limits.time", "\"soon\"", "duration"],
        ),
        mistake(
            "negative time",
            limits("time = \"-1s\""),
            ["limits.time", "\"-1s\"", "duration"],
        ),
        mistake(
            "no memory",
            limits("memory = 0"),
            ["limits.memory: 0 bytes", "1MiB to 4GiB"],
        ),
        mistake(
            "too little memory",
            limits("memory = \"1KiB\""),
            ["limits.memory: 1024 bytes", "1MiB to 4GiB"],
        ),
        mistake(
            "too much memory",
            limits("memory = \"5GiB\""),
            ["limits.memory: 5368709120 bytes", "1MiB to 4GiB"],
        ),
        mistake(
            "memory in words",
            limits("memory = \"lots\""),
            ["limits.memory", "\"lots\"", "MiB"],
        ),
        mistake(
            "negative memory",
            limits("memory = -1"),
            ["limits.memory", "-1"],
        ),
        mistake(
            "nothing at once",
            top("parallel = 0"),
            ["parallel: 0 is not allowed", ">= 1"],
        ),
        mistake(
            "less than nothing at once",
            top("parallel = -1"),
            ["parallel", "-1"],
        ),
        mistake(
            "no attempt",
            top("max_attempts = 0"),
            ["max_attempts: 0 is not allowed", "from 1 to 100"],
        ),
        mistake(
            "many attempts",
            top("max_attempts = 101"),
            ["max_attempts: 101 is not allowed", "from 1 to 100"],
        ),
    ]);
}

#[test]
fn tables() {
    all_refused([
        mistake(
            "empty",
            good(),
            ["data.path", "data.csv", "empty", "header"],
        )
        .csv(""),
        mistake("blank lines", good(), ["empty"]).csv("\n\n"),
        mistake("header only", good(), ["no rows", "at least one row"]).csv("a,b,y\n"),
        mistake(
            "a short row",
            good(),
            ["line 4", "2 fields", "header has 3", "column \"y\""],
        )
        .csv("a,b,y\n1,2,u\n3,4,v\n5,6\n"),
        mistake("a long row", good(), ["line 3", "4 fields", "header has 3"])
            .csv("a,b,y\n1,2,u\n3,4,v,5\n"),
        mistake("a quote that does not end", good(), ["line 2"]).csv("a,b,y\n1,\"2,u\n3,4,v\n"),
        mistake("a name twice", good(), ["column \"a\" occurs twice"]).csv("a,a,y\n1,2,u\n"),
        mistake("not UTF-8", good(), ["line 3", "column 2", "UTF-8"])
            .csv(b"a,b,y\n1,2,u\n3,\xff,v\n".to_vec()),
        mistake(
            "a header that is not UTF-8",
            good(),
            ["line 1", "column 2", "UTF-8"],
        )
        .csv(b"a,\xff,y\n1,2,u\n".to_vec()),
        mistake(
            "no target",
            good().replace("\"y\"", "\"Y\""),
            [
                "target: unknown column \"Y\"",
                "did you mean \"y\"?",
                "allowed: a, b, y",
            ],
        ),
        // Rows are counted from 1, as everywhere: row 3 is line 4.
        mistake(
            "a missing target",
            good(),
            ["target", "\"y\"", "1 missing", "row 3"],
        )
        .csv(csv_with(4, "1,2,")),
        mistake(
            "a missing number to predict",
            job("Ridge", "", ""),
            ["target", "\"y\"", "1 missing", "row 31"],
        )
        .csv(numeric_csv() + "3,\n"),
        mistake(
            "an infinite number to predict",
            job("Ridge", "", ""),
            ["target", "\"y\"", "infinite", "row 31"],
        )
        .csv(numeric_csv() + "3,inf\n"),
        mistake(
            "words to predict",
            job("Ridge", "", ""),
            ["target", "\"y\"", "text", "row 1", "\"u\"", "numbers"],
        ),
        mistake(
            "fractions as classes",
            good(),
            ["target", "\"y\"", "row 2", "classes"],
        )
        .csv(numeric_csv()),
        mistake(
            "a word among numbers",
            good(),
            [
                "data",
                "column \"b\"",
                "1 ",
                "not numbers",
                "\"x\"",
                "row 3",
            ],
        )
        .csv(csv_with(4, "1,x,u")),
        mistake(
            "words as a feature",
            good(),
            ["data", "column \"a\"", "not numbers", "\"p\"", "row 1"],
        )
        .csv("a,y\np,u\nq,v\n".to_owned() + &"p,u\nq,v\n".repeat(9)),
        mistake(
            "an infinite feature",
            good(),
            ["data", "column \"b\"", "1 infinite", "row 3"],
        )
        .csv(csv_with(4, "1,inf,u")),
        mistake(
            "a missing feature",
            good(),
            [
                "data",
                "column \"b\"",
                "1 missing",
                "row 3",
                "KNeighborsClassifier takes none",
            ],
        )
        .csv(csv_with(4, "1,,u")),
        mistake(
            "nothing to learn from",
            good(),
            ["data", "besides the target", "at least one feature"],
        )
        .csv("y\n".to_owned() + &"u\nv\n".repeat(9)),
    ]);
}

#[test]
fn what_is_said_about_data() {
    let data = |line: &str| {
        good().replace(
            "path = \"data.csv\"",
            &format!("path = \"data.csv\"\n{line}"),
        )
    };
    let unknown = |name: &'static str, line: &str, field: &'static str| {
        let sentence = "unknown column \"bb\" (did you mean \"b\"?); allowed: a, b, y";
        mistake(name, data(line), [field, sentence])
    };
    all_refused([
        unknown("nothing to drop", "drop = [\"bb\"]", "data.drop"),
        unknown("nothing to sort by", "sort_by = \"bb\"", "data.sort_by"),
        unknown("no groups", "groups = \"bb\"", "data.groups"),
        unknown("no weights", "sample_weight = \"bb\"", "data.sample_weight"),
        unknown(
            "no column of the type",
            "types = { bb = \"text\" }",
            "data.types",
        ),
        mistake(
            "nothing left",
            data("drop = [\"a\", \"b\", \"y\"]"),
            ["data.drop", "at least one has to stay"],
        ),
        mistake(
            "no type of columns",
            data("types = { a = \"words\" }"),
            [
                "data.types.a",
                "\"words\"",
                "\"text\", \"numeric\" or \"boolean\"",
            ],
        ),
        mistake(
            "words as numbers",
            data("types = { b = \"numeric\" }"),
            [
                "data.csv",
                "column \"b\" is to be numeric",
                "1 of its cells",
                "\"x\" in row 3",
            ],
        )
        .csv(csv_with(4, "1,x,u")),
        mistake(
            "two characters between fields",
            data("delimiter = \"ab\""),
            ["data.delimiter", "\"ab\"", "one character"],
        ),
        mistake(
            "a quote between fields",
            data("delimiter = '\"'"),
            ["data.csv", "delimiter", "one ASCII character"],
        ),
        mistake(
            "a Parquet file that is none",
            good(),
            ["data.csv", "Parquet file is damaged"],
        )
        .csv("PAR1 and then nothing"),
        mistake(
            "a delimiter in an array",
            data("delimiter = \";\""),
            ["data.csv", "delimiter means nothing for npy"],
        )
        .csv(std::fs::read(crate::support::job::data("formats/fortran.npy")).unwrap()),
        mistake(
            "a compressed file",
            good(),
            ["data.csv", "compressed", "unpack it first"],
        )
        .csv(b"\x1f\x8b\x08\x00".to_vec()),
    ]);
}

#[test]
fn files_and_flags() {
    let from = |source: &str| good().replace("path = \"data.csv\"", source);
    let unknown_blob = format!("blob = \"sha256:{}\"", "0".repeat(64));
    all_refused([
        mistake(
            "no data file",
            good(),
            ["data.path", "data.csv", "No such file"],
        )
        .without_csv(),
        mistake(
            "a folder as data",
            from("path = \".\""),
            ["data.path", "directory"],
        ),
        mistake(
            "two sources",
            from("path = \"data.csv\"\ncsv = \"a,y\""),
            ["data", "exactly one of path, csv and blob"],
        ),
        mistake(
            "all three",
            from(&format!("path = \"data.csv\"\ncsv = \"\"\n{unknown_blob}")),
            ["data", "exactly one of path, csv and blob"],
        ),
        mistake(
            "no source",
            from(""),
            ["data", "exactly one of path, csv and blob"],
        ),
        mistake(
            "no such blob",
            from(&unknown_blob),
            ["data.blob", "sha256:0000"],
        ),
        mistake(
            "not a digest",
            from("blob = \"abc\""),
            ["data.blob", "\"abc\"", "64 lower-case hex digits"],
        ),
        mistake(
            "inline and empty",
            from("csv = \"\""),
            ["data.csv", "empty"],
        ),
        mistake(
            "no component",
            top("component = \"mine.wasm\""),
            ["component", "mine.wasm", "No such file"],
        ),
        mistake(
            "a component that is none",
            top("component = \"data.csv\""),
            ["component", "data.csv", "not a component"],
        ),
        mistake(
            "nothing as a component",
            top("component = \"data.csv\""),
            ["component", "not a component"],
        )
        .csv(""),
        mistake("no slots", good(), ["--slots", "'0'", "1..=1024"]).args(["--slots", "0"]),
        mistake("slots in words", good(), ["--slots", "'many'"]).args(["--slots", "many"]),
        mistake("unknown flag", good(), ["--slot", "--slots"]).args(["--slot", "2"]),
        mistake("unknown output", good(), ["--output", "'xml'", "json"]).args(["--output", "xml"]),
        mistake(
            "no server",
            good(),
            ["nats://127.0.0.1:1", "nats-server -js"],
        )
        .args(["--nats", "nats://127.0.0.1:1"]),
        mistake("no URL", good(), ["\"not a url\"", "nats://host:4222"])
            .args(["--nats", "not a url"]),
        // The job is looked at first: its mistakes need no server to be found.
        mistake(
            "no server and a mistake",
            rest("[params]\np = -1"),
            ["params.p: -1"],
        )
        .args(["--nats", "nats://127.0.0.1:1"]),
    ]);
}

#[test]
fn old_servers_are_named() {
    let folder = Folder::new();
    folder.file("data.csv", csv());
    let path = folder.file("job.toml", good()).display().to_string();
    let url = pretend_server("2.9.10");
    for args in [
        &["tune", &path][..],
        &["submit", &path],
        &["status", "x"],
        &["node"],
    ] {
        let ran = run(pleat(args).args(["--nats", &url]));
        let wrong = complaints(&ran, &["2.9.10", "2.11", &url]);
        assert!(wrong.is_empty(), "{args:?}: {wrong:?}\n{}", ran.stderr);
    }
}

#[test]
fn every_command_says_that_no_server_answers() {
    let url = format!("nats://127.0.0.1:{}", free_port());
    let folder = Folder::new();
    folder.file("data.csv", csv());
    let path = folder.file("job.toml", good()).display().to_string();
    let commands: [&[&str]; 9] = [
        &["tune", &path],
        &["submit", &path],
        &["watch", "x"],
        &["status", "x"],
        &["report", "x"],
        &["cancel", "x"],
        &["jobs"],
        &["nodes"],
        &["node"],
    ];
    for args in commands {
        let ran = run(pleat(args).args(["--nats", &url]));
        let wrong = complaints(&ran, &[&url, "nats-server -js"]);
        assert!(wrong.is_empty(), "{args:?}: {wrong:?}\n{}", ran.stderr);
    }
    let ran = run(&mut pleat(["status", "a b", "--nats", &url]));
    assert_eq!(
        complaints(&ran, &["\"a b\"", "letters, digits"]),
        [""; 0],
        "{}",
        ran.stderr
    );
    let ran = run(&mut pleat(["jobs"]));
    assert_eq!(complaints(&ran, &["--nats"]), [""; 0], "{}", ran.stderr);
}

/// An answer of the fabric to whoever asks.
struct Answer {
    headers: Option<(String, String)>,
    body: Json,
}

async fn ask(client: &async_nats::Client, endpoint: &str, payload: String) -> Answer {
    let answer = client
        .request(format!("pleat.v1.{endpoint}"), payload.into())
        .await
        .unwrap();
    let header = |name| {
        answer
            .headers
            .as_ref()?
            .get(name)
            .map(|v| v.as_str().to_owned())
    };
    let headers = header("Nats-Service-Error-Code").zip(header("Nats-Service-Error"));
    Answer {
        headers,
        body: serde_json::from_slice(&answer.payload).unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_over_nats() {
    let server = NatsServer::start();
    let refuser = Node::start(&server.url(), "refuser", &["--slots", "1"]);
    let client = async_nats::connect(server.url()).await.unwrap();
    let job = json!({ "estimator": "GaussianNB", "target": "y", "data": { "csv": csv() } });
    let with = |field: &str, value: Json| {
        let mut job = job.clone();
        job[field] = value;
        json!({ "job": job }).to_string()
    };
    let digest = format!("sha256:{}", "0".repeat(64));
    // Name, endpoint, payload; code, name, field and words of the answer.
    type Request<'a> = (
        &'a str,
        &'a str,
        String,
        u16,
        &'a str,
        Option<&'a str>,
        &'a [&'a str],
    );
    let requests: [Request; 19] = [
        (
            "malformed JSON",
            "submit",
            "{\"job\":".into(),
            400,
            "invalid_job",
            Some("job"),
            &["line 1"],
        ),
        (
            "no JSON at all",
            "submit",
            "estimator = 1".into(),
            400,
            "invalid_job",
            None,
            &["line 1"],
        ),
        (
            "nothing",
            "submit",
            String::new(),
            400,
            "invalid_job",
            None,
            &[],
        ),
        (
            "unknown field",
            "submit",
            json!({ "jbo": job }).to_string(),
            400,
            "invalid_job",
            Some("jbo"),
            &["jbo", "job"],
        ),
        (
            "no job",
            "submit",
            "{}".into(),
            400,
            "invalid_job",
            None,
            &["job"],
        ),
        (
            "unknown field of the job",
            "submit",
            with("estimatr", json!("x")),
            400,
            "invalid_job",
            Some("estimatr"),
            &["did you mean \"estimator\"?"],
        ),
        (
            "unknown estimator",
            "submit",
            with("estimator", json!("GausianNB")),
            400,
            "invalid_job",
            Some("estimator"),
            &["did you mean \"GaussianNB\"?"],
        ),
        (
            "parameter",
            "submit",
            with("params", json!({ "var_smoothing": -1 })),
            400,
            "invalid_job",
            Some("params.var_smoothing"),
            &["-1 is not allowed", ">= 0"],
        ),
        (
            "a file of the node",
            "submit",
            with("data", json!({ "path": "/etc/passwd" })),
            400,
            "invalid_job",
            Some("data.path"),
            &["/etc/passwd", "csv", "blob"],
        ),
        (
            "a component of the node",
            "submit",
            with("component", json!("/bin/sh")),
            400,
            "invalid_job",
            Some("component"),
            &["/bin/sh", "blob"],
        ),
        (
            "unknown blob",
            "submit",
            with("data", json!({ "blob": digest })),
            400,
            "invalid_job",
            Some("data.blob"),
            &["no blob"],
        ),
        (
            "unknown component",
            "submit",
            with("component", json!(digest)),
            400,
            "invalid_job",
            Some("component"),
            &["no blob"],
        ),
        (
            "an id that is none",
            "submit",
            json!({ "job": job, "id": "a b" }).to_string(),
            400,
            "invalid_job",
            Some("id"),
            &["\"a b\"", "letters, digits"],
        ),
        (
            "unknown job",
            "status",
            json!({ "id": "nobody" }).to_string(),
            404,
            "unknown_job",
            Some("id"),
            &["\"nobody\""],
        ),
        (
            "unknown job",
            "cancel",
            json!({ "id": "nobody" }).to_string(),
            404,
            "unknown_job",
            Some("id"),
            &["\"nobody\""],
        ),
        (
            "unknown job",
            "report",
            json!({ "id": "nobody" }).to_string(),
            404,
            "unknown_job",
            Some("id"),
            &["\"nobody\""],
        ),
        (
            "an id that is none",
            "status",
            json!({ "id": "a.b" }).to_string(),
            400,
            "invalid_job",
            Some("id"),
            &["\"a.b\""],
        ),
        (
            "no id",
            "status",
            "{}".into(),
            400,
            "invalid_job",
            None,
            &["id"],
        ),
        (
            "id is a number",
            "status",
            json!({ "id": 3 }).to_string(),
            400,
            "invalid_job",
            Some("id"),
            &["3"],
        ),
    ];
    let mut wrong = Vec::new();
    for (what, endpoint, payload, code, name, field, says) in requests {
        let Answer { headers, body } = ask(&client, endpoint, payload).await;
        let error = &body["error"];
        let message = error["message"].as_str().unwrap_or_default();
        let one_line: String = message
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .take(512)
            .collect();
        let right = headers == Some((code.to_string(), one_line))
            && error["code"] == code
            && error["name"] == name
            && error["field"] == json!(field)
            && says.iter().all(|text| message.contains(text))
            && !JARGON.iter().any(|text| message.contains(text))
            && body.as_object().is_some_and(|b| b.len() == 1);
        if !right {
            wrong.push(format!("{what} to {endpoint}: expected {code} {name} {field:?} {says:?}\n    got {headers:?} {body}"));
        }
    }

    // Nothing came of any of these, and the node is as well as before.
    let list = ask(&client, "list", String::new()).await;
    assert_eq!((list.headers, list.body), (None, json!([])));

    // What is right is taken, once; its id is then taken for others.
    let request = json!({ "job": job, "id": "mine" });
    for _ in 0..2 {
        let taken = ask(&client, "submit", request.to_string()).await;
        assert_eq!(
            (taken.headers, &taken.body["id"], &taken.body["fits"]),
            (None, &json!("mine"), &json!(5))
        );
    }
    let mut other = request;
    other["job"]["params"] = json!({ "var_smoothing": 1 });
    let Answer { headers, body } = ask(&client, "submit", other.to_string()).await;
    if headers.is_none() || body["error"]["field"] != "id" {
        wrong.push(format!("an id that is taken: {headers:?} {body}"));
    }

    for command in ["status", "report", "watch", "cancel"] {
        let ran = run(&mut pleat([command, "nobody", "--nats", &server.url()]));
        wrong.extend(
            complaints(&ran, &["no job \"nobody\""])
                .iter()
                .map(|w| format!("{command}: {w}\n{}", ran.stderr)),
        );
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), refuser.log());
}
