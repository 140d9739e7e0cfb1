"""Every estimator inside the engine beside scikit-learn on one thread.

    python3 tests/bench/estimators.py [--only NAME ...] [--data NAME ...] [--table FILE]

Both fit the same rows with the same parameters and predict the same others, in turns; a pair is repeated, and
medians are compared. Times of Pleat are of the guest's calls, with the matrix already copied in, as scikit-learn's
begin with an array; nothing is kept from one fit to the next. Ratios below 1 mean that Pleat is faster.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
for name in THREADS:
    os.environ[name] = "1"

import numpy
import sklearn
from sklearn import calibration, datasets, metrics, svm
from sklearn.utils import all_estimators

import page

ROOT = pathlib.Path(__file__).parents[2]


def wide(target):
    """500 x 5,000, of which 50 columns matter."""
    if target == "numbers":
        return datasets.make_regression(500, 5000, n_informative=50, noise=10.0, random_state=1)
    return datasets.make_classification(500, 5000, n_informative=50, n_redundant=50, n_classes=3, random_state=1)


def large(target):
    if target == "numbers":
        return datasets.make_regression(20000, 28, n_informative=20, noise=20.0, random_state=1)
    return datasets.make_classification(20000, 28, n_informative=14, n_redundant=6, n_classes=2, random_state=1)


def small(target):
    x, y = datasets.load_iris(return_X_y=True)
    return (x[:, :3], x[:, 3]) if target == "numbers" else (x, y)


def digits(target):
    x, y = datasets.load_digits(return_X_y=True)
    return x, (y.astype(float) if target == "numbers" else y)


DATA = {"digits": digits, "large": large, "wide": wide, "small": small}
CLASSES, NUMBERS, NOTHING = "classes", "numbers", None
EVERYWHERE = ("digits", "large", "wide", "small")
# Not on columns that are negative.
COUNTS = ("digits", "small")

# Of which kind, with which parameters, on which data, and how much of scikit-learn's time it may take.
CASES = {
    "DecisionTreeClassifier": (CLASSES, {}, EVERYWHERE, 0.35),
    "DecisionTreeRegressor": (NUMBERS, {}, EVERYWHERE, 0.35),
    "RandomForestClassifier": (CLASSES, {}, EVERYWHERE, 0.35),
    "RandomForestRegressor": (NUMBERS, {"max_features": 0.3}, EVERYWHERE, 0.35),
    "ExtraTreesClassifier": (CLASSES, {}, EVERYWHERE, 0.35),
    "ExtraTreesRegressor": (NUMBERS, {"max_features": 0.3}, EVERYWHERE, 0.35),
    "GradientBoostingClassifier": (CLASSES, {"n_estimators": 30}, EVERYWHERE, 0.35),
    "GradientBoostingRegressor": (NUMBERS, {}, EVERYWHERE, 0.35),
    "AdaBoostClassifier": (CLASSES, {}, EVERYWHERE, 0.35),
    "AdaBoostRegressor": (NUMBERS, {}, EVERYWHERE, 0.35),
    "BaggingClassifier": (CLASSES, {}, EVERYWHERE, 0.35),
    "BaggingRegressor": (NUMBERS, {}, EVERYWHERE, 0.35),
    "HistGradientBoostingClassifier": (CLASSES, {"early_stopping": False}, EVERYWHERE, 0.7),
    "HistGradientBoostingRegressor": (NUMBERS, {"early_stopping": False}, EVERYWHERE, 0.7),
    "SVC": (CLASSES, {}, EVERYWHERE, 0.9),
    "SVR": (NUMBERS, {}, EVERYWHERE, 0.9),
    "CalibratedClassifierCV": (CLASSES, {}, ("digits", "wide", "small"), 0.9),
    "LogisticRegression": (CLASSES, {"max_iter": 1000}, EVERYWHERE, 1.0),
    "LinearRegression": (NUMBERS, {}, EVERYWHERE, 1.0),
    "Ridge": (NUMBERS, {}, EVERYWHERE, 1.0),
    "RidgeClassifier": (CLASSES, {}, EVERYWHERE, 1.0),
    "Lasso": (NUMBERS, {}, EVERYWHERE, 1.0),
    "ElasticNet": (NUMBERS, {}, EVERYWHERE, 1.0),
    "SGDClassifier": (CLASSES, {}, EVERYWHERE, 1.0),
    "SGDRegressor": (NUMBERS, {}, ("large", "small"), 1.0),
    "LinearSVC": (CLASSES, {}, EVERYWHERE, 1.0),
    "LinearSVR": (NUMBERS, {}, EVERYWHERE, 1.0),
    "HuberRegressor": (NUMBERS, {}, ("digits", "large", "small"), 1.0),
    "PoissonRegressor": (NUMBERS, {}, COUNTS, 1.0),
    "KNeighborsClassifier": (CLASSES, {}, EVERYWHERE, 1.5),
    "KNeighborsRegressor": (NUMBERS, {}, EVERYWHERE, 1.5),
    "NearestCentroid": (CLASSES, {}, EVERYWHERE, 1.0),
    "GaussianNB": (CLASSES, {}, EVERYWHERE, 1.0),
    "MultinomialNB": (CLASSES, {}, COUNTS, 1.0),
    "BernoulliNB": (CLASSES, {}, EVERYWHERE, 1.0),
    "ComplementNB": (CLASSES, {}, COUNTS, 1.0),
    "LinearDiscriminantAnalysis": (CLASSES, {}, EVERYWHERE, 1.0),
    "QuadraticDiscriminantAnalysis": (CLASSES, {"reg_param": 0.1}, ("large", "small"), 1.0),
    "DummyClassifier": (CLASSES, {}, EVERYWHERE, 1.0),
    "DummyRegressor": (NUMBERS, {}, EVERYWHERE, 1.0),
    "MLPClassifier": (CLASSES, {"max_iter": 20}, ("digits", "large", "small"), 1.5),
    "MLPRegressor": (NUMBERS, {"max_iter": 20}, ("digits", "large", "small"), 1.5),
    "KMeans": (NOTHING, {"n_clusters": 8}, EVERYWHERE, 1.5),
    "MiniBatchKMeans": (NOTHING, {"n_clusters": 8}, EVERYWHERE, 1.5),
    "GaussianMixture": (NOTHING, {"n_components": 4}, ("large", "small"), 1.5),
}
SKLEARN = dict(all_estimators()) | {
    # Over an SVC, as Pleat's is.
    "CalibratedClassifierCV": lambda **params: calibration.CalibratedClassifierCV(svm.SVC(), **params),
}


class Problem:
    """A data set, shuffled, with four fifths for training."""

    def __init__(self, name, target, folder):
        x, y = DATA[name](target)
        order = numpy.random.RandomState(0).permutation(len(x))
        self.x, self.y = numpy.ascontiguousarray(x[order], dtype=float), y[order]
        self.name, self.target = name, target
        self.train = len(x) * 4 // 5
        self.features = folder / f"{name}-{target}-x.f64"
        self.targets = folder / f"{name}-{target}-y.f64"
        self.x.T.astype("<f8").tofile(self.features)
        self.y.astype("<f8").tofile(self.targets)

    def request(self, component, estimator, params):
        return {
            "component": str(component), "estimator": estimator, "params": params,
            "features": str(self.features), "rows": len(self.x), "train": self.train,
            "target": str(self.targets) if self.target else None,
            "classes": int(self.y.max()) + 1 if self.target == CLASSES else None,
        }

    def score(self, answers):
        truth, answers = self.y[self.train:], numpy.asarray(answers)
        if self.target == CLASSES:
            return float((truth == answers).mean())
        if self.target == NUMBERS:
            return metrics.r2_score(truth, answers)
        x = self.x[self.train:]
        centres = {label: x[answers == label].mean(axis=0) for label in numpy.unique(answers)}
        spread = sum(((x[answers == label] - centre) ** 2).sum() for label, centre in centres.items())
        return 1.0 - spread / ((x - x.mean(axis=0)) ** 2).sum()


class Guest:
    def __init__(self, program):
        self.process = subprocess.Popen([program, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline())
        if reply["failure"]:
            raise RuntimeError(reply["failure"])
        return reply


def build(components):
    """The measuring program and the built-in components."""
    command = ["cargo", "bench", "-p", "pleat", "--bench", "estimators", "--no-run", "--message-format", "json"]
    program = None
    out = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    for line in out.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "estimators":
            program = message["executable"]
        if message["reason"] == "build-script-executed" and pathlib.Path(message["out_dir"], "builtin.rs").exists():
            components.update({p.stem: p for p in pathlib.Path(message["out_dir"]).glob("*.wasm")})
    return program


def families():
    """The component of each estimator."""
    command = ["cargo", "run", "--release", "-q", "-p", "pleat", "--", "catalogue", "--json"]
    if program := os.environ.get("PLEAT"):
        command = [program, "catalogue", "--json"]
    catalogue = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    return {e["name"]: e["family"] for e in catalogue["estimators"]}


def scikit_learn(problem, name, params):
    kind = SKLEARN[name]
    if "random_state" in kind().get_params():
        params = params | {"random_state": 0}
    estimator = kind(**params)
    x, y = problem.x, problem.y
    start, cpu = time.perf_counter(), time.thread_time()
    if problem.target:
        estimator.fit(x[:problem.train], y[:problem.train])
    else:
        estimator.fit(x[:problem.train])
    fit = time.perf_counter() - start
    answers = estimator.predict(x[problem.train:])
    return fit, time.perf_counter() - start - fit, time.thread_time() - cpu, problem.score(answers)


def compare(guest, component, problem, name, params, times):
    ours, theirs = [], []
    request = problem.request(component, name, params)
    for _ in range(times):
        ours.append(guest.run(request))
        theirs.append(scikit_learn(problem, name, params))
        # Those of seconds say as much when run once.
        if theirs[-1][2] > 1:
            break
    median = statistics.median
    pleat = median(r["fit"] + r["predict"] for r in ours)
    other = median(r[0] + r[1] for r in theirs)
    cpu = median(r["cpu"] for r in ours) / max(median(r[2] for r in theirs), 1e-9)
    return {
        "estimator": name, "data": problem.name, "pleat": pleat, "sklearn": other, "ratio": pleat / other, "cpu_ratio": cpu,
        "fit": median(r["fit"] for r in ours), "predict": median(r["predict"] for r in ours),
        "sklearn_fit": median(r[0] for r in theirs), "sklearn_predict": median(r[1] for r in theirs),
        "score": problem.score(ours[0]["answers"]), "sklearn_score": theirs[0][3], "memory": ours[0]["memory"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", metavar="NAME", help="these estimators")
    parser.add_argument("--data", nargs="*", metavar="NAME", choices=DATA, help=f"these data sets: {', '.join(DATA)}")
    parser.add_argument("--component", metavar="FILE", help="a component to measure instead of the built-in one")
    parser.add_argument("--components", metavar="FOLDER", help="the components, if they need not be built")
    parser.add_argument("--program", metavar="FILE", help="the measuring program, if it need not be built")
    parser.add_argument("--params", metavar="JSON", help="parameters instead of those that are compared")
    parser.add_argument("--times", type=int, default=5, metavar="N", help="how often each is run (5)")
    parser.add_argument("--table", metavar="FILE", help="write the table into this page")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    unknown = set(options.only or ()) - set(CASES)
    if unknown:
        parser.error(f"no case for {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    components = {}
    program = options.program or build(components)
    if options.components:
        components = {p.stem: p for p in pathlib.Path(options.components).glob("*.wasm")}
    guest, rows, family = Guest(program), [], {}
    if not options.component:
        family = families()
    print(f"{'':32}{'data':8}{'Pleat':>10}{'sklearn':>10}{'ratio':>8}{'cpu':>8}{'allowed':>9}{'score':>10}{'sklearn':>10}{'MiB':>7}")
    with tempfile.TemporaryDirectory() as folder:
        problems = {}
        for name in options.only or CASES:
            target, params, data, allowed = CASES[name]
            if options.params:
                params = json.loads(options.params)
            component = options.component or components[family[name]]
            for where in data:
                if options.data and where not in options.data:
                    continue
                key = where, target
                if key not in problems:
                    problems[key] = Problem(where, target, pathlib.Path(folder))
                try:
                    row = compare(guest, component, problems[key], name, params, options.times)
                except RuntimeError as failure:
                    print(f"{name:32}{where:8}{failure}", flush=True)
                    continue
                row["allowed"] = allowed
                rows.append(row)
                if options.table:
                    write(options.table, rows)
                print(f"{name:32}{where:8}{row['pleat']:10.4f}{row['sklearn']:10.4f}{row['ratio']:8.2f}{row['cpu_ratio']:8.2f}"
                      f"{allowed:9}{row['score']:10.4f}{row['sklearn_score']:10.4f}{row['memory'] >> 20:7}", flush=True)
    return 0


def write(file, rows):
    lines = [
        f"Fit and predict, medians, beside scikit-learn {sklearn.__version__} on one thread: `python3 tests/bench/estimators.py`. "
        "In bold what misses its mark.", "",
        "| estimator | data | Pleat (s) | scikit-learn (s) | ratio | mark | score | scikit-learn's |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for r in rows:
        ratio = f"{r['ratio']:.2f}" if r["ratio"] <= r["allowed"] else f"**{r['ratio']:.2f}**"
        lines.append(f"| {r['estimator']} | {r['data']} | {r['pleat']:.4f} | {r['sklearn']:.4f} | {ratio} | "
                     f"{r['allowed']} | {r['score']:.4f} | {r['sklearn_score']:.4f} |")
    page.write(file, "estimators", lines)


if __name__ == "__main__":
    sys.exit(main())
