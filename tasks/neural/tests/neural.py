"""Writes neural.json: what scikit-learn's networks answer on small tables.

Made with scikit-learn 1.9.1, numpy 2.4.6 and scipy 1.17.1: python neural.py [SEED] [FILE]
The seed is added to that of every table and estimator. Runs are short: after
many steps even rounding shows.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

ARGUMENTS = sys.argv[1:]
SEED = int(ARGUMENTS.pop(0)) if ARGUMENTS and ARGUMENTS[0].isdigit() else 0
FILE = pathlib.Path(ARGUMENTS[0]) if ARGUMENTS else pathlib.Path(__file__).with_suffix(".json")
TABLES, CASES = {}, []


def plain(values):
    return [float(v) for v in np.asarray(values).ravel()]


def table(name, seed, rows, columns, classes=None, positive=False, shape=None):
    draws = np.random.RandomState(seed + SEED)
    x = draws.standard_normal((rows, columns)).round(3)
    if shape == "constant":
        x[:, 1], x[:, 2] = 0.1, x[:, 0]
    if shape == "scales":
        x[:, 0], x[:, 1] = x[:, 0] * 30, x[:, 1] * 1e-3
    if shape == "ties":
        x = x.round()
    y = 2 * np.sin(x[:, 0]) - x[:, -1] ** 2 + 0.3 * draws.standard_normal(rows)
    weights = (draws.random_sample(rows) * 3).round(2) + 0.01
    weights[::6], weights[1::6] = 0, 1
    if classes:
        y = np.searchsorted(np.quantile(y, np.arange(1, classes) / classes), y)
        # One row of a class of its own.
        if shape == "rare":
            y[3] = classes
            classes += 1
    elif positive:
        y = np.maximum(np.exp(y / 2) - 0.5, 0)
    TABLES[name] = {"x": x, "y": y.round(3), "weights": weights, "classes": classes, "train": rows - 8}


def case(name, params, weighted=False, again=False):
    params = {"random_state": 0, **params}
    params["random_state"] += SEED
    # Weights of a batch may sum to zero, of which neither can make an average.
    for _ in range(100):
        try:
            return answers_to(name, params, weighted, again)
        except ZeroDivisionError:
            params["random_state"] += 1


def answers_to(name, params, weighted, again):
    t = TABLES[name]
    cut = t["train"]
    kind = MLPClassifier if t["classes"] else MLPRegressor
    fit = {"sample_weight": t["weights"][:cut]} if weighted else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = kind(**params, warm_start=again).fit(t["x"][:cut], t["y"][:cut], **fit)
        if again:
            model.fit(t["x"][:cut], t["y"][:cut], **fit)
    rest = t["x"][cut:]
    answers = model.predict_proba(rest) if t["classes"] else model.predict(rest)
    made = {"table": name, "params": params, "weighted": weighted, "again": again, "answers": plain(answers),
            "classes": plain(model.predict(rest)) if t["classes"] else None,
            "loss": float(model.loss_), "n_iter": model.n_iter_, "coefs": plain(model.coefs_[-1])}
    if params.get("early_stopping"):
        made["scores"] = plain(model.validation_scores_)
    CASES.append(made)


table("two", 0, 90, 4, 2)
table("three", 1, 110, 5, 3)
table("rare", 2, 70, 3, 4, shape="rare")
table("numbers", 3, 100, 5)
table("amounts", 4, 90, 3, positive=True)
table("constant", 5, 60, 4, 3, shape="constant")
table("scales", 6, 60, 4, shape="scales")
table("ties", 7, 60, 3, 2, shape="ties")
table("one column", 8, 40, 1)

for name in ("two", "three", "rare", "numbers", "constant", "scales", "ties", "one column"):
    case(name, {"max_iter": 12})
    case(name, {"max_iter": 8, "hidden_layer_sizes": [7], "batch_size": 16, "activation": "tanh"}, True)
    case(name, {"max_iter": 10, "hidden_layer_sizes": [6, 5], "solver": "sgd", "activation": "logistic",
                "learning_rate_init": 0.01, "random_state": 1})
for name in ("two", "three", "numbers"):
    small = {"hidden_layer_sizes": [9], "random_state": 2, "batch_size": 20}
    sgd = {**small, "solver": "sgd", "max_iter": 15, "learning_rate_init": 0.02}
    case(name, {**sgd, "nesterovs_momentum": False, "momentum": 0.5})
    case(name, {**sgd, "learning_rate": "invscaling", "power_t": 0.3, "shuffle": False}, True)
    case(name, {**sgd, "learning_rate": "adaptive", "max_iter": 60, "tol": 0.5, "n_iter_no_change": 2})
    case(name, {**sgd, "momentum": 0, "alpha": 0.5})
    case(name, {**small, "early_stopping": True, "max_iter": 30, "n_iter_no_change": 4,
                "learning_rate_init": 0.01})
    case(name, {**small, "early_stopping": True, "validation_fraction": 0.3, "max_iter": 12}, True)
    case(name, {**small, "activation": "identity", "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3, "max_iter": 10})
    case(name, {**small, "max_iter": 40, "tol": 0.05, "n_iter_no_change": 3})
    case(name, {"hidden_layer_sizes": [], "max_iter": 10})
    case(name, {"hidden_layer_sizes": 3, "batch_size": 1000, "max_iter": 10})
    case(name, {**small, "max_iter": 6}, again=True)
    case(name, {**small, "max_iter": 6, "early_stopping": True, "solver": "sgd",
                "learning_rate": "invscaling"}, again=True)
    case(name, {"hidden_layer_sizes": [5], "solver": "lbfgs", "max_iter": 4}, again=True)
for name in ("two", "three", "rare", "numbers", "constant", "ties", "one column"):
    for activation in ("relu", "tanh", "logistic"):
        lbfgs = {"hidden_layer_sizes": [6], "solver": "lbfgs", "activation": activation}
        case(name, {**lbfgs, "max_iter": 8})
    case(name, {**lbfgs, "max_fun": 7, "alpha": 0.1}, True)
case("amounts", {"loss": "poisson", "max_iter": 10, "hidden_layer_sizes": [8], "batch_size": 30})
case("amounts", {"loss": "poisson", "max_iter": 6, "hidden_layer_sizes": [4, 4], "solver": "lbfgs"}, True)
case("amounts", {"loss": "poisson", "max_iter": 20, "hidden_layer_sizes": [8], "early_stopping": True,
                 "learning_rate_init": 0.01})

stored = {name: t | {"x": [plain(c) for c in t["x"].T], "y": plain(t["y"]), "weights": plain(t["weights"])}
          for name, t in TABLES.items()}
tables = ",\n".join(f'"{k}": {json.dumps(t)}' for k, t in stored.items())
cases = ",\n".join(json.dumps(c) for c in CASES)
FILE.write_text(f'{{"tables": {{\n{tables}\n}},\n"cases": [\n{cases}\n]}}\n')
