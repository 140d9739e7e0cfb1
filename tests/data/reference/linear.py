"""Writes linear.json: what scikit-learn's linear models answer beyond scores.json.

Made with scikit-learn 1.9.1 and numpy 2.4.6: python linear.py [SEED [FILE]]
The seed is added to that of every case.
The data come from RandomState, which pleat-num has too, so they are not stored.
Fitted on the first three quarters of the rows, answers (of classifiers the
decision scores) for thirty of the rest. `warns` is whether scikit-learn said
that it did not converge.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import (
    ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge, RidgeClassifier,
)

ESTIMATORS = {e.__name__: e for e in [
    ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge, RidgeClassifier,
]}
CUTS = {1: [], 2: [2], 3: [2, 5], 5: [-1, 1, 3, 5]}


def data(seed, rows, columns, kind, classes):
    draws = np.random.RandomState(seed)
    x = draws.random_sample((rows, columns)) * 4 - 2
    noise = draws.random_sample(rows)
    weights = draws.random_sample(rows) * 3
    weights[::10] = 0
    number = x[:, 0] - 2 * x[:, 1] + x[:, 2] * x[:, 2] + 4 * noise
    label = sum(((number > cut).astype(int) for cut in CUTS[classes]), np.zeros(rows, int))
    if kind == "collinear":
        x[:, -1] = x[:, 0] + x[:, 1]
        x[:, -2] = 3
    if kind == "scaled":
        x *= np.array([1e-4, 1, 1e3])[np.arange(columns) % 3]
    if kind == "shifted":
        x += 1000
    return x, number, label, weights


CASES = []
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0


def case(estimator, params, tolerance, seed=1, rows=120, columns=6, kind="plain", classes=3,
         weighted=False, asked=None):
    """`asked` is what scikit-learn is given where that is not `params`: another way to the same minimum."""
    seed += SEED
    x, number, label, weights = data(seed, rows, columns, kind, classes)
    cut = rows * 3 // 4
    model = ESTIMATORS[estimator](**(params if asked is None else asked))
    regressor = hasattr(model, "predict") and not hasattr(model, "decision_function")
    fit = {"sample_weight": weights[:cut]} if weighted else {}
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model.fit(x[:cut], (number if regressor else label)[:cut], **fit)
    test = x[cut:cut + 30]
    answers = model.predict(test) if regressor else model.decision_function(test)
    CASES.append({
        "estimator": estimator,
        "params": {k: "inf" if v == np.inf else v for k, v in params.items()},
        "tolerance": tolerance, "seed": seed, "rows": rows, "columns": columns, "kind": kind,
        "classes": classes, "weighted": weighted,
        "warns": any(issubclass(w.category, ConvergenceWarning) for w in said),
        "answers": answers.ravel().tolist(),
    })


KINDS = ("plain", "collinear", "scaled", "shifted")
for kind in KINDS:
    for intercept in (True, False):
        params = {"fit_intercept": intercept}
        case("LinearRegression", params, 1e-9, kind=kind)
        case("LinearRegression", params, 1e-9, kind=kind, seed=2, weighted=True)
        case("LinearRegression", params, 1e-9, kind=kind, seed=3, rows=16, columns=30)
    case("LinearRegression", {"positive": True}, 1e-9, kind=kind, seed=4)
    case("LinearRegression", {"positive": True, "fit_intercept": False}, 1e-9, kind=kind, seed=5,
         columns=12, weighted=True)
for tol in (0.1, 0.5, 1e-3):
    case("LinearRegression", {"tol": tol}, 1e-9, kind="scaled", seed=6)
case("LinearRegression", {"positive": True}, 1e-9, seed=7, rows=12, columns=20)

for kind in KINDS:
    for classes in (1, 2, 3, 5):
        weighted = classes in (2, 5)
        case("RidgeClassifier", {"alpha": 0.5}, 1e-9, kind=kind, classes=classes, seed=classes,
             weighted=weighted)
        case("RidgeClassifier", {"class_weight": "balanced", "fit_intercept": classes != 3}, 1e-9,
             kind=kind, classes=classes, seed=classes + 10, weighted=not weighted)
    case("RidgeClassifier", {"alpha": 2.0}, 1e-9, kind=kind, rows=16, columns=30, seed=8)

for kind in KINDS:
    for weighted in (True, False):
        for alpha in (0.5, 0.01):
            more = {"kind": kind, "weighted": weighted, "columns": 9}
            case("Lasso", {"alpha": alpha}, 1e-9, seed=1, **more)
            case("Lasso", {"alpha": alpha, "positive": True, "fit_intercept": False}, 1e-9, seed=2,
                 **more)
            case("ElasticNet", {"alpha": alpha, "l1_ratio": 0.3}, 1e-9, seed=3, **more)
            case("ElasticNet", {"alpha": alpha, "positive": True}, 1e-9, seed=4, **more)
    case("ElasticNet", {"alpha": 0.02, "selection": "random", "random_state": 3}, 1e-9, kind=kind,
         columns=9)
    case("Lasso", {"alpha": 0.02, "selection": "random", "random_state": 0}, 1e-9, kind=kind,
         columns=9, rows=24)
case("ElasticNet", {"alpha": 0.1, "l1_ratio": 0.0}, 1e-9, seed=5)
case("ElasticNet", {"alpha": 0.1, "l1_ratio": 1.0}, 1e-9, seed=5, rows=16, columns=30)
case("Lasso", {"alpha": 0.0}, 1e-9, seed=6)
case("Lasso", {"alpha": 100.0}, 1e-9, seed=6)
case("Lasso", {"alpha": 1e-3, "max_iter": 3}, 1e-9, seed=7, kind="collinear")
case("ElasticNet", {"alpha": 1e-3, "max_iter": 2, "tol": 0.0}, 1e-9, seed=7)

TIGHT = {"tol": 1e-10, "max_iter": 20000}
EXACT = {"solver": "newton-cholesky", "tol": 1e-11, "max_iter": 1000}
for classes in (2, 3, 5):
    # Of several classes all decisions may move together and mean the same: with "saga" where
    # they come to rest hangs on its draws. Under another seed the penalty holds them: there
    # is no intercept, and some l2 in it.
    held = {"fit_intercept": False} if SEED and classes > 2 else {}
    for kind in ("plain", "collinear", "scaled"):
        more = {"kind": kind, "classes": classes, "rows": 200}
        # lbfgs takes steps of its own to the minimum: what it comes to is compared with the
        # minimum itself, as near as the tolerance asked for.
        if kind != "scaled":
            case("LogisticRegression", {}, 2e-2, seed=1, asked=EXACT, **more)
        near = {"tol": 1e-8, "max_iter": 1000}
        case("LogisticRegression", near, 1e-6 if kind != "scaled" else 1e-4, seed=2, weighted=True, asked=EXACT, **more)
        if kind != "scaled":
            balanced, bare = {"C": 0.2, "class_weight": "balanced"}, {"C": 30.0, "fit_intercept": False}
            case("LogisticRegression", balanced | TIGHT, 1e-7, seed=3, weighted=True, asked=balanced | EXACT, **more)
            case("LogisticRegression", bare | TIGHT, 1e-7, seed=4, asked=bare | EXACT, **more)
            case("LogisticRegression", {"C": 3.0, "l1_ratio": 1.0, "solver": "saga",
                                        "random_state": 0} | TIGHT | held
                 | ({"l1_ratio": 0.9} if held else {}), 1e-7, seed=5, **more)
            case("LogisticRegression", {"C": 0.3, "l1_ratio": 0.4, "solver": "saga",
                                        "random_state": 0} | TIGHT | held, 1e-7, seed=6, weighted=True, **more)
        case("LogisticRegression", {"solver": "newton-cholesky"} | TIGHT, 1e-7, seed=7, **more)
    case("LogisticRegression", {"C": np.inf, "solver": "newton-cg"} | TIGHT, 1e-7, seed=8,
         classes=classes, rows=400, columns=4)
    wide = {"C": 5.0}
    case("LogisticRegression", wide | TIGHT, 1e-7, seed=9, classes=classes, rows=40, columns=40, asked=wide | EXACT)

lines = ",\n".join(json.dumps(row) for row in CASES)
path = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).with_suffix(".json"))
path.write_text(f"[\n{lines}\n]\n")
