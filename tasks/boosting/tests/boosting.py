"""Writes boosting.json: what scikit-learn's HistGradientBoosting estimators answer.

Made with scikit-learn 1.9.1 and numpy 2.4.6: python boosting.py [SEED [FILE]]
The seed is added to that of every case.
The data come from RandomState, which pleat-num has too, so they are not stored.
"""

import json
import pathlib
import sys

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier as Classifier
from sklearn.ensemble import HistGradientBoostingRegressor as Regressor


def data(seed, rows, columns, classes, shape, loss):
    draws = np.random.RandomState(seed)
    x = draws.random_sample((rows, columns)) * 4 - 2
    noise = draws.random_sample(rows)
    weights = draws.random_sample(rows) * 3
    holes = draws.random_sample((rows, columns)) < 0.2
    weights[::10] = 0
    number = x[:, 0] - 2 * x[:, 1] + x[:, 2] * x[:, 2] + 4 * noise
    label = np.floor((number + 1) * classes / 8).clip(0, classes - 1).astype(int)
    number = {"gamma": number * number + 0.1, "poisson": np.floor(number * number)}.get(loss, number)
    if shape == "constant":
        x[:, 1] = 0.1
        x[:, 2] = x[:, 0]
    if shape == "ties":
        x = np.floor(x)
    if shape == "scales":
        x[:, 0] *= 1e200
        x[:, 1] *= 1e-200
        number = number * 1e3 if loss not in ("gamma", "poisson") else number
    if shape in ("holes", "categories-with-holes"):
        x[holes] = np.nan
        x[0, 0] = 0
    if shape == "holes-later":
        x[rows * 3 // 4:][holes[rows * 3 // 4:]] = np.nan
    if shape.startswith("categories"):
        x[:, 1] = np.floor((x[:, 1] + 2) * 4)
        x[:, 3] = np.floor(x[:, 3] + 2)
        x[rows * 3 // 4:rows * 3 // 4 + 6, 1] = 50
    if shape == "one":
        label[1:] = np.minimum(label[1:], classes - 2)
        label[0] = classes - 1
    return x, number, label, weights


CASES = []
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0


def case(estimator, params, seed=1, rows=400, columns=4, classes=3, shape="plain", weighted=False, kinds=()):
    seed += SEED
    x, number, label, weights = data(seed, rows, columns, classes, shape, params.get("loss"))
    cut = rows * 3 // 4
    regressor = estimator is Regressor
    y = number if regressor else label
    if params.get("loss") == "gamma" and not np.all(y > 0):
        return
    told = {"categorical_features": list(kinds)} if kinds else {}
    model = estimator(**{"max_iter": 20, "random_state": 0} | params | told)
    model.fit(x[:cut], y[:cut], weights[:cut] if weighted else None)
    rest = x[cut:][:60]
    answers = model.predict(rest) if regressor else model.decision_function(rest)
    row = {
        "estimator": "HistGradientBoostingRegressor" if regressor else "HistGradientBoostingClassifier",
        "params": {"max_iter": 20} | params, "seed": seed, "rows": rows, "columns": columns, "classes": classes,
        "shape": shape, "weighted": weighted, "kinds": list(kinds),
        "n_iter": model.n_iter_, "answers": [float(f"{a:.12g}") for a in np.ravel(answers)[:120]],
    }
    if not regressor and len(CASES) % 5 == 0:
        row["probabilities"] = [float(f"{a:.12g}") for a in model.predict_proba(rest[:10]).ravel()]
    CASES.append(row)


LOSSES = [{}, {"loss": "absolute_error"}, {"loss": "gamma"}, {"loss": "poisson"}, {"loss": "quantile", "quantile": 0.8}]
for seed, loss in enumerate(LOSSES):
    case(Regressor, loss, seed, rows=1600)
    case(Regressor, loss, seed + 10, weighted=True)
    case(Regressor, loss, seed + 20, shape="holes", rows=600)
    case(Regressor, loss, seed + 30, shape="categories-with-holes", rows=1200, kinds=(1, 3))
    case(Regressor, loss | {"early_stopping": True, "n_iter_no_change": 2}, seed + 40, weighted=seed % 2 == 0)
for classes in (2, 3, 5):
    case(Classifier, {}, classes, classes=classes, rows=1600)
    case(Classifier, {"class_weight": "balanced"}, classes, classes=classes)
    case(Classifier, {}, classes, classes=classes, weighted=True)
    case(Classifier, {}, classes, classes=classes, shape="holes", rows=800)
    case(Classifier, {}, classes, classes=classes, shape="categories", rows=1000, kinds=(1, 3))
    case(Classifier, {"early_stopping": True, "tol": 0.01, "n_iter_no_change": 3}, classes, classes=classes)
    case(Classifier, {"max_features": 0.5}, classes, classes=classes, columns=7)
    case(Classifier, {}, classes, classes=classes, shape="one")
case(Classifier, {"class_weight": "balanced"}, 7, weighted=True, shape="categories-with-holes", kinds=(1, 3), rows=1600)
for shape in ("constant", "ties", "scales", "holes-later"):
    case(Classifier, {}, 11, shape=shape, classes=2)
    case(Classifier, {"l2_regularization": 2.0}, 12, shape=shape, weighted=True)
    case(Regressor, {"min_samples_leaf": 1}, 13, shape=shape)
    case(Regressor, {"max_leaf_nodes": None, "min_samples_leaf": 3}, 14, shape=shape, weighted=True)
    case(Regressor, {"loss": "poisson"}, 15, shape=shape)
STOP = {"early_stopping": True, "n_iter_no_change": 2, "max_iter": 60, "learning_rate": 0.4}
for estimator in (Classifier, Regressor):
    case(estimator, {"learning_rate": 0.7, "l2_regularization": 3.0}, 2)
    case(estimator, {"max_leaf_nodes": 2}, 3)
    case(estimator, {"max_leaf_nodes": None, "max_depth": 3}, 4)
    case(estimator, {"max_depth": 1}, 4)
    case(estimator, {"max_bins": 2}, 5)
    case(estimator, {"max_bins": 17, "min_samples_leaf": 5}, 6, weighted=True)
    case(estimator, {"max_bins": 8}, 6, rows=1500)
    case(estimator, {"max_features": 0.3, "random_state": 7}, 7, columns=10)
    case(estimator, {"max_features": 0.01, "random_state": 2**32 - 1}, 7, columns=6)
    case(estimator, {"min_samples_leaf": 1000}, 8)
    case(estimator, {"random_state": 3} | STOP, 9)
    case(estimator, {"scoring": None} | STOP, 9)
    case(estimator, {"validation_fraction": None, "tol": 0.02} | STOP, 9, weighted=True)
    case(estimator, {"validation_fraction": None, "scoring": None, "tol": 0.01} | STOP, 9)
    case(estimator, {"validation_fraction": 40} | STOP, 9, weighted=True)
    case(estimator, {"validation_fraction": 0.33, "max_features": 0.6} | STOP, 10, columns=5, shape="holes")
    case(estimator, {"categorical_features": [3, 0]}, 11, shape="ties")
    case(estimator, {"categorical_features": [False, True, False, True], "min_samples_leaf": 5}, 12, rows=900, shape="categories")
    case(estimator, {"interaction_cst": [[0, 1], [1, 2]]}, 13, columns=6)
    case(estimator, {"interaction_cst": "pairwise"}, 13, columns=4, shape="holes")
    case(estimator, {"interaction_cst": "no_interactions", "max_features": 0.7}, 13, columns=5)
    case(estimator, {"monotonic_cst": [1, -1, 0, 0]}, 14, classes=2)
    case(estimator, {"monotonic_cst": [-1, 1, 1, -1], "interaction_cst": [[0, 2]]}, 14, classes=2, weighted=True)
    case(estimator, {"monotonic_cst": [1, 0, 0, 0]}, 15, classes=2, rows=900, shape="categories-with-holes", kinds=(1, 3))
    case(estimator, {}, 16, rows=30)
    case(estimator, {"min_samples_leaf": 1}, 16, rows=8, columns=3, classes=2)
    case(estimator, {"max_iter": 5}, 17, rows=16_000)
    case(estimator, {"validation_fraction": None, "scoring": None, "max_iter": 6}, 17, rows=16_000, classes=2)
case(Regressor, {"loss": "gamma", "monotonic_cst": [0, 1, 0, 0]}, 18)
case(Regressor, {"loss": "quantile", "quantile": 0.1, "max_depth": 4}, 19, weighted=True)
case(Regressor, {"loss": "absolute_error", "max_leaf_nodes": 4}, 20, shape="ties")
# So many rows that thresholds are those of a sample.
case(Regressor, {"max_iter": 2, "early_stopping": False}, 21, rows=300_000, columns=3)
case(Classifier, {"max_iter": 2, "early_stopping": False}, 22, rows=300_000, columns=3, weighted=True, classes=2)

lines = ",\n".join(json.dumps(row) for row in CASES)
path = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).with_suffix(".json"))
path.write_text(f"[\n{lines}\n]\n")
