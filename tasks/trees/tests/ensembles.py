"""Writes ensembles.json: what scikit-learn's boosted and bagged trees answer.

Made with scikit-learn 1.9.1 and numpy 2.4.6: python ensembles.py [SEED [FILE]]
The seed is added to that of every case.
The data come from RandomState, which pleat-num has too, so they are not stored.
Between splits that are equal but for rounding, rounding decides: of exponentials,
whose last bit is not the same everywhere, and of sums over rows that scikit-learn
left in an order of its own where values are equal. Few rows make many such
splits, so that leaves are larger where either comes in.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
from sklearn.ensemble import (
    AdaBoostClassifier, AdaBoostRegressor, BaggingClassifier, BaggingRegressor,
    GradientBoostingClassifier, GradientBoostingRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

warnings.filterwarnings("ignore", category=FutureWarning)


def data(seed, rows, columns, classes, shape):
    draws = np.random.RandomState(seed)
    x = draws.random_sample((rows, columns)) * 4 - 2
    noise = draws.random_sample(rows)
    weights = draws.random_sample(rows) * 3
    weights[::10] = 0
    number = x[:, 0] - 2 * x[:, 1] + x[:, 2] * x[:, 2] + 4 * noise
    label = np.floor((number + 1) * classes / 8).clip(0, classes - 1).astype(int)
    if shape == "constant":
        x[:, 1] = 0.1
        x[:, 2] = x[:, 0]
    if shape == "coarse":
        x[:, 1] = np.floor(x[:, 1] * 4)
        x[:, 2] = np.floor(x[:, 2])
    if shape == "close":
        x *= 1e-5
    if shape == "scales":
        x[:, 0] *= 1e4
        x[:, 1] *= 1e-4
        number = number * 1e3
    if shape == "gaps":
        x[::7, 1] = np.nan
        x[3::5, 0] = np.nan
    if shape == "far":
        x += 1e3
        number = number + 1e3
    return x, number, label, weights


CASES = []
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0


def made(estimator, params):
    """scikit-learn's estimator; parameters of its trees begin with estimator__."""
    of_tree = {k[11:]: v for k, v in params.items() if k.startswith("estimator__")}
    rest = {k: v for k, v in params.items() if not k.startswith("estimator__")}
    tree = DecisionTreeClassifier if estimator.__name__.endswith("Classifier") else DecisionTreeRegressor
    depth = {AdaBoostClassifier: 1, AdaBoostRegressor: 3}.get(estimator)
    if of_tree:
        rest["estimator"] = tree(**({"max_depth": depth} | of_tree))
    return estimator(**({"random_state": 0} | rest))


def settled(estimator, params, x, y, weights, rest):
    """Whether no split is as good as another: then rounding, which weights all larger or
    smaller by a factor change, changes nothing."""
    if estimator is not C and (estimator is not R or weights is None):
        return True
    weights = np.ones(len(y)) if weights is None else weights

    def says(factor):
        model = made(estimator, params).fit(x, y, factor * weights)
        if estimator is R:
            return model.predict(rest)
        return np.append(model.decision_function(rest).ravel(), model.feature_importances_)

    first = says(1)
    return all(np.allclose(first, says(f), rtol=1e-9, atol=1e-9) for f in (3, 7, 0.7, 1.1, 0.37, 1.9))


def case(estimator, params, seed=1, rows=160, columns=4, classes=3, shape="plain", weighted=False, tries=1):
    seed += SEED
    x, number, label, weights = data(seed, rows, columns, classes, shape)
    cut = rows * 3 // 4
    regressor = estimator.__name__.endswith("Regressor")
    y = number if regressor else label
    if estimator in (C, R):
        least = {} if regressor and shape != "coarse" else {"min_samples_leaf": 20}
        params = {"n_estimators": 20} | least | params
    given = weights[:cut] if weighted else None
    if not settled(estimator, params, x[:cut], y[:cut], given, x[cut:]):
        # Other data, then; and leaves of more rows where hardly any data would do. (What was recorded
        # has the leaves it was asked for.)
        if SEED and tries == 15:
            params = params | {"min_samples_leaf": 20}
        return case(estimator, params, seed - SEED + 1000, rows, columns, classes, shape, weighted, tries + 1)
    model = made(estimator, params).fit(x[:cut], y[:cut], given)
    rest = x[cut:][:14]
    row = {
        "estimator": estimator.__name__, "params": params, "seed": seed, "rows": rows,
        "columns": columns, "classes": classes, "shape": shape, "weighted": weighted,
        "answers": model.predict(rest).tolist(),
    }
    # Rows that weigh differently and all pull alike have an impurity of 0 but for rounding, which
    # may be enough to split them.
    alike = estimator is R and weighted and params.get("loss", "squared_error") != "squared_error"
    if hasattr(model, "feature_importances_") and not alike:
        row["importances"] = model.feature_importances_.tolist()
    if hasattr(model, "n_estimators_"):
        row["trees"] = model.n_estimators_
    if hasattr(model, "decision_function") and not estimator.__name__.startswith("Bagging"):
        row["decision"] = model.decision_function(rest).ravel().tolist()
    if not regressor:
        row["probabilities"] = model.predict_proba(rest).ravel().tolist()
    CASES.append(row)


C, R = GradientBoostingClassifier, GradientBoostingRegressor
LOSSES = [{"loss": "squared_error"}, {"loss": "absolute_error"}, {"loss": "huber"},
          {"loss": "quantile"}, {"loss": "huber", "alpha": 0.6}, {"loss": "quantile", "alpha": 0.3}]
for seed, loss in enumerate(LOSSES):
    case(R, loss, seed)
    case(R, loss, seed, weighted=True)
    case(R, loss | {"subsample": 0.7, "random_state": 5}, seed + 20, rows=240)
    case(R, loss | {"n_iter_no_change": 3, "n_estimators": 40, "learning_rate": 0.5}, seed + 40, rows=240)
    case(R, loss | {"init": "zero"}, seed + 60)
case(C, {}, 1, rows=400)
case(C, {}, 2, rows=400, classes=2)
case(C, {}, 3, classes=5, rows=400, weighted=True)
case(C, {}, 4, rows=400, classes=2, weighted=True)
case(C, {"loss": "exponential"}, 5, rows=400, classes=2)
case(C, {"loss": "exponential"}, 6, rows=400, classes=2, weighted=True)
case(C, {"loss": "exponential", "init": "zero", "learning_rate": 0.5}, 7, rows=400, classes=2)
case(C, {"init": "zero"}, 8, rows=400)
for shape in ("constant", "coarse", "close", "scales", "far"):
    case(R, {}, 11, shape=shape, rows=400)
    case(R, {}, 12, shape=shape, rows=400, weighted=True)
    case(C, {}, 13, shape=shape, rows=400, weighted=shape in ("coarse", "close"))
    case(C, {}, 14, shape=shape, rows=400, classes=2, weighted=True)
for seed, params in enumerate([
    {"max_depth": 1, "n_estimators": 40}, {"max_depth": 4, "min_samples_leaf": 25}, {"max_depth": 2, "learning_rate": 1.0},
    {"min_samples_split": 30}, {"min_samples_leaf": 12}, {"min_samples_leaf": 0.11, "min_samples_split": 0.3},
    {"min_weight_fraction_leaf": 0.12}, {"max_leaf_nodes": 5}, {"max_leaf_nodes": 4, "max_depth": None},
    {"min_impurity_decrease": 0.05}, {"ccp_alpha": 0.02}, {"max_features": "sqrt", "random_state": 3},
    {"max_features": 2, "random_state": 7, "subsample": 0.5}, {"max_features": 0.8, "max_depth": 2}, {"learning_rate": 0.0},
    {"n_iter_no_change": 2, "tol": 0.01, "n_estimators": 40, "random_state": 9},
    {"n_iter_no_change": 2, "validation_fraction": 0.3, "n_estimators": 40, "subsample": 0.8},
    {"criterion": "squared_error"},
]):
    case(R, params, seed + 80, rows=240, columns=6)
    case(R, params, seed + 100, rows=240, columns=6, weighted=True)
    case(C, params, seed + 120, rows=480, columns=6, classes=2)
    case(C, params, seed + 140, rows=480, columns=6, weighted=True)
case(R, {}, 200, rows=2000, columns=3, classes=2)
case(C, {}, 201, rows=2000, columns=3, classes=2)

A, B = AdaBoostClassifier, AdaBoostRegressor
for seed, loss in enumerate(["linear", "square", "exponential"]):
    case(B, {"loss": loss}, seed, rows=240)
    case(B, {"loss": loss, "learning_rate": 0.3, "n_estimators": 20}, seed + 10, rows=240, weighted=True)
    case(B, {"loss": loss, "estimator__max_depth": 5, "random_state": 4, "n_estimators": 15}, seed + 20, rows=240)
case(B, {"estimator__min_samples_leaf": 5, "estimator__max_features": 2}, 30, shape="constant")
case(B, {"estimator__max_depth": None, "n_estimators": 8}, 31, shape="far")
case(B, {"estimator__splitter": "random", "n_estimators": 8}, 32, shape="scales")
for seed, classes in enumerate([2, 3, 5]):
    case(A, {}, seed, rows=400, classes=classes)
    case(A, {"learning_rate": 0.5, "n_estimators": 30}, seed + 10, rows=400, classes=classes, weighted=True)
    case(A, {"estimator__max_depth": 3, "estimator__min_samples_leaf": 20, "n_estimators": 10}, seed + 20, rows=400,
         classes=classes)
    case(A, {"estimator__criterion": "entropy", "estimator__class_weight": "balanced", "n_estimators": 10}, seed + 30,
         rows=400, classes=classes)
    case(A, {"estimator__max_features": 1, "random_state": 6, "n_estimators": 20}, seed + 40, rows=400, classes=classes)
case(A, {"estimator__max_depth": None}, 50, classes=3)
D, E = BaggingClassifier, BaggingRegressor
for seed, params in enumerate([
    {}, {"n_estimators": 25, "random_state": 3}, {"max_samples": 0.5}, {"max_samples": 40}, {"max_features": 0.5},
    {"max_features": 2, "max_samples": 0.7, "bootstrap": False}, {"bootstrap_features": True},
    {"bootstrap": False, "max_samples": 1.0}, {"bootstrap": False, "max_samples": 30, "random_state": 9},
    {"max_features": 3, "bootstrap_features": True, "bootstrap": False, "max_samples": 0.5},
    {"estimator__max_depth": 3, "estimator__min_samples_leaf": 4}, {"estimator__max_features": 2},
    {"estimator__max_leaf_nodes": 6}, {"estimator__ccp_alpha": 0.01},
]):
    for weighted in (False, True):
        if weighted and not params.get("bootstrap", True):
            # Rows without weight cannot be drawn, so not all can.
            params = params | {"max_samples": 40}
        case(D, params, seed + 20 * weighted, classes=2 + seed % 3, weighted=weighted, columns=5)
        case(E, params, seed + 20 * weighted, weighted=weighted, columns=5)
for shape in ("constant", "coarse", "gaps", "scales"):
    case(D, {}, 60, shape=shape, rows=240)
    case(E, {}, 61, shape=shape, rows=240)
case(D, {"estimator__class_weight": "balanced"}, 62)
case(D, {"estimator__criterion": "entropy", "estimator__min_samples_leaf": 10}, 65, rows=240)
case(E, {"estimator__criterion": "absolute_error"}, 63)
case(E, {"estimator__criterion": "poisson", "estimator__min_samples_leaf": 15, "max_features": 3}, 64, shape="far")

lines = ",\n".join(json.dumps(row) for row in CASES)
path = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).with_suffix(".json"))
path.write_text(f"[\n{lines}\n]\n")
