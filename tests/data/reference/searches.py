"""Writes searches.json: whole jobs as Pleat gets them, and scikit-learn's columns for them.

Made with scikit-learn 1.9.1, scipy 1.17.1 and numpy 2.4.6: python searches.py
Of cv_results_ every column of scores and ranks is kept; NaN is null. Beside it the
scores of the Dummy estimator that Pleat runs as the baseline.
"""

import csv
import io
import json
import math
import pathlib
import warnings

import numpy as np
import sklearn
from scipy.stats import loguniform, randint, uniform
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.model_selection import (
    GridSearchCV, GroupKFold, KFold, LeaveOneOut, PredefinedSplit, RandomizedSearchCV,
    StratifiedKFold, TimeSeriesSplit, cross_validate,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline, Pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler, TargetEncoder
from sklearn.tree import DecisionTreeClassifier

HERE = pathlib.Path(__file__).parent
CASES = []


def dataset(name, target):
    with open(HERE.parent / f"{name}.csv", newline="") as f:
        header, *rows = csv.reader(f)
    place = header.index(target)
    y = np.array([row[place] for row in rows])
    x = np.array([[float(v) for i, v in enumerate(row) if i != place] for row in rows])
    return x, (y.astype(float) if name == "diabetes" else y)


IRIS, DIABETES = dataset("iris", "species"), dataset("diabetes", "progression")


def scorer(name, label=None):
    """As scikit-learn names it, asking for a class if one is given."""
    made = get_scorer(name)
    if label is None or name == "roc_auc":
        return made
    made = type(made)(made._score_func, made._sign, made._kwargs | {"pos_label": label}, made._response_method)
    # Called by itself: several scorers of scikit-learn share what was predicted, also where they
    # ask for different labels.
    return lambda model, x, y: made(model, x, y)


def weighted(score):
    """Weights are the last column of what is predicted for."""
    return lambda model, x, y: score(model, x, y, sample_weight=x[:, -1].astype(float))


def case(name, job, search, x, y, tolerance=1e-9, groups=None, weights=None, params=()):
    """`search` lacks its scoring; `params` are those of `fit` that weights go to."""
    names = [job["scoring"]] if isinstance(job["scoring"], str) else job["scoring"]
    made = {n: scorer(n, job.get("pos_label")) for n in names}
    if weights is not None:
        made = {n: weighted(s) for n, s in made.items()}
        x = np.column_stack([x, weights])
    single = made[names[0]] if isinstance(job["scoring"], str) else made
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.set_params(
            scoring=single, refit=job.get("refit", True),
            return_train_score=job.get("return_train_score", False),
        )
        search.fit(x, y, groups=groups, **{p: weights for p in params})
        dummy = DummyRegressor() if y.dtype == float else DummyClassifier()
        base = cross_validate(dummy, x, y, cv=search.cv, scoring=made, groups=groups,
                              params=None if weights is None else {"sample_weight": weights})
    results = {k: plain(v) for k, v in search.cv_results_.items()
               if k.startswith(("split", "mean_t", "std_t", "rank"))}
    CASES.append({
        "name": name, "job": job, "tolerance": tolerance, "columns": results,
        "best_index": int(search.best_index_),
        "candidates": [candidate(p) for p in search.cv_results_["params"]],
        "baseline": {n: plain(base[f"test_{n}"]) for n in names},
    })


def plain(values):
    out = []
    for v in np.asarray(values).tolist():
        out.append(None if isinstance(v, float) and not math.isfinite(v) else v)
    return out


def candidate(params):
    """As Pleat names it: an estimator by its class, its parameters without prefix."""
    out = {}
    for name, value in params.items():
        name = name.removeprefix("estimator__")
        if isinstance(value, sklearn.base.BaseEstimator):
            value = type(value).__name__
        out[name] = value.item() if hasattr(value, "item") else value
    return out


def table(columns):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values()):
        writer.writerow(["" if v is None or v != v else v for v in row])
    return text.getvalue()


# Several estimators, each with a space of its own; one without any.
case(
    "several estimators",
    {
        "dataset": "iris",
        "scoring": ["neg_log_loss", "accuracy"], "refit": "accuracy", "return_train_score": True,
        "pipeline": ["StandardScaler"],
        "estimators": [
            "GaussianNB",
            {"estimator": "KNeighborsClassifier", "space": {"n_neighbors": [3, 9], "weights": ["distance", "uniform"]}},
            {"estimator": "LogisticRegression", "params": {"tol": 1e-8, "max_iter": 5000}, "space": {"C": [0.1, 10.0]}},
        ],
        "cv": {"splitter": "StratifiedKFold", "n_splits": 4, "shuffle": True, "random_state": 7},
    },
    GridSearchCV(
        Pipeline([("scale", StandardScaler()), ("estimator", GaussianNB())]),
        [
            {"estimator": [GaussianNB()]},
            {"estimator": [KNeighborsClassifier()], "estimator__n_neighbors": [3, 9],
             "estimator__weights": ["distance", "uniform"]},
            {"estimator": [LogisticRegression(tol=1e-8, max_iter=5000)], "estimator__C": [0.1, 10.0]},
        ],
        cv=StratifiedKFold(4, shuffle=True, random_state=7),
    ),
    *IRIS, tolerance=1e-4,
)

# Drawn from lists alone: without replacement.
case(
    "drawn from lists",
    {
        "dataset": "iris", "estimator": "DecisionTreeClassifier", "scoring": "accuracy",
        "search": {"strategy": "random", "n_iter": 7, "random_state": 3, "space": {
            "max_depth": [1, 2, 3, 4, 5], "min_samples_leaf": [1, 5, 20], "criterion": ["gini", "entropy"]}},
        "cv": 5, "return_train_score": True,
    },
    RandomizedSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": [1, 2, 3, 4, 5], "min_samples_leaf": [1, 5, 20], "criterion": ["gini", "entropy"]},
        n_iter=7, random_state=3, cv=StratifiedKFold(5),
    ),
    *IRIS,
)

# Drawn from distributions, of several spaces.
case(
    "drawn from distributions",
    {
        "dataset": "diabetes", "estimator": "KNeighborsRegressor", "scoring": "r2",
        "pipeline": ["MinMaxScaler"],
        "search": {"strategy": "random", "n_iter": 9, "random_state": 11, "space": [
            {"n_neighbors": {"randint": [1, 40]}, "weights": ["uniform", "distance"]},
            {"n_neighbors": [4, 8], "p": {"uniform": [1.0, 3.0]}},
        ]},
        "cv": {"splitter": "KFold", "n_splits": 3},
    },
    RandomizedSearchCV(
        Pipeline([("scale", MinMaxScaler()), ("estimator", KNeighborsRegressor())]),
        [
            {"estimator__n_neighbors": randint(1, 40), "estimator__weights": ["uniform", "distance"]},
            {"estimator__n_neighbors": [4, 8], "estimator__p": uniform(1.0, 2.0)},
        ],
        n_iter=9, random_state=11, cv=KFold(3),
    ),
    *DIABETES,
)
case(
    "drawn on a logarithmic scale",
    {
        "dataset": "diabetes", "estimator": "Ridge", "scoring": ["r2", "neg_mean_absolute_error"],
        "refit": "neg_mean_absolute_error", "return_train_score": True,
        "search": {"strategy": "random", "n_iter": 6, "random_state": 5, "space": {
            "alpha": {"loguniform": [1e-4, 1e3]}, "fit_intercept": [True, False]}},
        "cv": {"splitter": "KFold", "n_splits": 4, "shuffle": True, "random_state": 1},
    },
    RandomizedSearchCV(
        Ridge(), {"alpha": loguniform(1e-4, 1e3), "fit_intercept": [True, False]},
        n_iter=6, random_state=5, cv=KFold(4, shuffle=True, random_state=1),
    ),
    *DIABETES,
)

# Three candidates of which one fits nowhere and one nowhere but on the largest training set.
FEW = {"n_neighbors": [1, 26, 100]}
draws = np.random.RandomState(8)
x = np.column_stack([draws.randint(0, 9, 36), draws.randint(0, 9, 36)]).astype(float)
y = np.where(x[:, 0] + draws.randint(0, 5, 36) > 6, "yes", "no")
failing = table({"a": x[:, 0], "b": x[:, 1], "y": y})
for form in ("nan", 0.0, -3.5):
    case(
        f"error_score {form}",
        {
            "data": {"csv": failing}, "target": "y", "estimator": "KNeighborsClassifier",
            "scoring": "accuracy", "error_score": form,
            "search": {"strategy": "grid", "space": FEW},
            "cv": {"splitter": "TimeSeriesSplit", "n_splits": 3},
        },
        GridSearchCV(
            KNeighborsClassifier(), FEW, cv=TimeSeriesSplit(3),
            error_score=np.nan if form == "nan" else form,
        ),
        x, y,
    )

# A scorer that has no value for what is predicted counts as a failure of its own.
draws = np.random.RandomState(4)
x = draws.standard_normal((40, 2))
y = np.maximum(0.0, 3 * x[:, 0] + draws.standard_normal(40)).round(3)
for form in ("nan", -9.25):
    case(
        f"a scorer fails, error_score {form}",
        {
            "data": {"csv": table({"a": x[:, 0], "b": x[:, 1], "y": y})}, "target": "y",
            "estimator": "LinearRegression",
            "scoring": ["r2", "neg_mean_squared_log_error"], "refit": "r2", "error_score": form,
            "search": {"strategy": "grid", "space": {"fit_intercept": [True, False]}}, "cv": 8,
        },
        GridSearchCV(
            LinearRegression(), {"fit_intercept": [True, False]}, cv=KFold(8),
            error_score=np.nan if form == "nan" else form,
        ),
        x, y,
    )

# Splitters that look at other columns than the target.
draws = np.random.RandomState(2)
n = 45
x = draws.standard_normal((n, 3)).round(4)
y = (x[:, 0] + 0.5 * draws.standard_normal(n) > 0).astype(int)
groups = draws.randint(0, 9, n) * 10
fold = draws.randint(-1, 4, n)
columns = {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": y}
for name, cv, more, passed in (
    ("GroupKFold", GroupKFold(4), {"groups": groups}, {"n_splits": 4}),
    ("TimeSeriesSplit", TimeSeriesSplit(4, gap=2, max_train_size=20), {}, {"n_splits": 4, "gap": 2, "max_train_size": 20}),
    ("LeaveOneOut", LeaveOneOut(), {}, {}),
    ("PredefinedSplit", PredefinedSplit(fold), {"fold": fold}, {"test_fold": "fold"}),
):
    data = {"csv": table(columns | more)}
    if "groups" in more:
        data["groups"] = "groups"
    case(
        name,
        {
            "data": data, "target": "y", "scoring": "accuracy",
            "estimator": "KNeighborsClassifier", "return_train_score": True,
            "search": {"strategy": "grid", "space": {"n_neighbors": [1, 5], "p": [1, 2]}},
            "cv": {"splitter": name} | passed,
        },
        GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 5], "p": [1, 2]}, cv=cv),
        x, y, groups=more.get("groups"),
    )

# The label that is asked for, of two words and of two numbers.
for label in ("yes", "no"):
    x = draws.standard_normal((60, 2)).round(3)
    y = np.where(x[:, 0] + draws.standard_normal(60) > 0.6, "yes", "no")
    names = ["f1", "precision", "recall", "average_precision", "roc_auc"]
    job = {
        "data": {"csv": table({"a": x[:, 0], "b": x[:, 1], "y": y})}, "target": "y",
        "estimator": "GaussianNB", "scoring": names, "refit": "f1", "pos_label": label,
        "search": {"strategy": "grid", "space": {"var_smoothing": [1e-9, 0.5]}}, "cv": 5,
    }

    case(f"pos_label {label}", job,
         GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 0.5]}, cv=StratifiedKFold(5)), x, y)

# All at once: text, missing values, encoders of both kinds, weights, groups, two estimators.
draws = np.random.RandomState(6)
n = 160
age = draws.randint(18, 80, n).astype(float)
income = draws.lognormal(3, 0.7, n).round(2)
city = np.array(["Bern", "Graz", "Linz", "Wien"], object)[draws.randint(0, 4, n)]
work = np.array([f"j{i:02}" for i in range(12)], object)[draws.randint(0, 12, n)]
score = 0.03 * (age - 50) + 0.5 * (city == "Graz") + 0.3 * draws.standard_normal(n) + [int(w[1:]) / 8 - 0.6 for w in work]
y = np.where(score > 0, "yes", "no")
age[draws.random_sample(n) < 0.15] = np.nan
income[draws.random_sample(n) < 0.1] = np.nan
city[draws.random_sample(n) < 0.1] = np.nan
weights = draws.randint(1, 9, n) / 4
groups = draws.randint(0, 20, n)
mixed = {"age": age, "city": city, "income": income, "work": work, "group": groups, "w": weights, "y": y}
x = np.array([age, income, city, work], object).T
steps = ColumnTransformer([
    ("numbers", SimpleImputer(add_indicator=False), [0, 1]),
    ("city", make_pipeline(SimpleImputer(strategy="most_frequent"),
                           OneHotEncoder(handle_unknown="ignore", sparse_output=False)), [2]),
    ("work", TargetEncoder(random_state=0), [3]),
])
case(
    "all at once",
    {
        "data": {"csv": table(mixed), "groups": "group", "sample_weight": "w"}, "target": "y",
        "scoring": ["accuracy", "roc_auc", "neg_log_loss"], "refit": "roc_auc", "return_train_score": True,
        "pipeline": [
            {"step": "SimpleImputer", "columns": "numeric"},
            {"step": "SimpleImputer", "strategy": "most_frequent", "columns": ["city"], "name": "fill"},
            {"step": "OneHotEncoder", "columns": ["city"], "handle_unknown": "ignore"},
            {"step": "TargetEncoder", "columns": ["work"]},
            "StandardScaler",
        ],
        "estimators": [
            {"estimator": "GaussianNB", "space": {"var_smoothing": [1e-9, 0.1]}},
            {"estimator": "LogisticRegression", "params": {"tol": 1e-8, "max_iter": 5000}, "space": {"C": [0.1, 1.0]}},
        ],
        "cv": {"splitter": "GroupKFold", "n_splits": 4},
    },
    GridSearchCV(
        Pipeline([("columns", steps), ("scale", StandardScaler()), ("estimator", GaussianNB())]),
        [
            {"estimator": [GaussianNB()], "estimator__var_smoothing": [1e-9, 0.1]},
            {"estimator": [LogisticRegression(tol=1e-8, max_iter=5000)],
             "estimator__C": [0.1, 1.0]},
        ],
        cv=GroupKFold(4),
    ),
    x, y, tolerance=1e-4, groups=groups, weights=weights,
    params=("scale__sample_weight", "estimator__sample_weight"),
)

lines = ",\n".join(json.dumps(c, ensure_ascii=False) for c in CASES)
(HERE / "searches.json").write_text(f"[\n{lines}\n]\n")
