"""Writes cluster.json: what scikit-learn finds in small tables.

Made with scikit-learn 1.9.1 and numpy 2.4.6: python cluster.py [SEED] [FILE]
The seed is added to that of every table and estimator. Where two points are
drawn as likely as makes no difference, or are as far away, rounding decides; so
numbers have many digits here, but for one table of rows that are alike. Where
the best of several runs is asked for, runs are cut short: two that come to the
same place are told apart by rounding alone.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.mixture import GaussianMixture

ARGUMENTS = sys.argv[1:]
SEED = int(ARGUMENTS.pop(0)) if ARGUMENTS and ARGUMENTS[0].isdigit() else 0
FILE = pathlib.Path(ARGUMENTS[0]) if ARGUMENTS else pathlib.Path(__file__).with_suffix(".json")
KINDS = {kind.__name__: kind for kind in (KMeans, MiniBatchKMeans, GaussianMixture)}
NUMBERS = {"KMeans": ("cluster_centers_", "inertia_", "n_iter_"),
           "MiniBatchKMeans": ("cluster_centers_", "inertia_", "n_iter_", "n_steps_"),
           "GaussianMixture": ("weights_", "means_", "covariances_", "n_iter_", "lower_bound_",
                               "converged_")}
TABLES, CASES = {}, []


def plain(values):
    return [float(f"{v:.11g}") for v in np.asarray(values).ravel()]


def table(name, seed, rows, columns, groups, shape=None):
    draws = np.random.RandomState(seed + SEED)
    centres = draws.uniform(-6, 6, (groups, columns))
    x = (centres[draws.randint(groups, size=rows)] + draws.standard_normal((rows, columns))).round(5)
    if shape == "constant":
        x[:, 1] = 0.1
    if shape == "scales":
        x[:, 0], x[:, 1] = x[:, 0] * 1e4, x[:, 1] * 1e-3
    if shape == "far":
        x = x + 1e3
    if shape == "alike":
        x = x[draws.randint(3, size=rows)]
    weights = (draws.random_sample(rows) * 3).round(2) + 0.01
    weights[::6], weights[1::6] = 0, 1
    TABLES[name] = {"x": x, "weights": weights, "train": rows - 10}


def case(kind, name, params, weighted=False, again=False):
    t = TABLES[name]
    x, rest = t["x"][:t["train"]], t["x"][t["train"]:]
    params = {"random_state": 0, **params}
    params["random_state"] += SEED
    fit = {"sample_weight": t["weights"][:t["train"]]} if weighted else {}
    more = {"warm_start": True} if again else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = KINDS[kind](**params, **more).fit(x, **fit)
        if again:
            model.fit(x, **fit)
    scores = [model.score(row[None]) for row in rest]
    CASES.append({"estimator": kind, "table": name, "params": params, "weighted": weighted, "again": again,
                  "labels": plain(model.predict(rest)), "scores": plain(scores), "score": float(model.score(rest)),
                  "numbers": {key: plain(getattr(model, key)) for key in NUMBERS[kind]
                              if np.isfinite(getattr(model, key)).all()}})


table("three", 0, 120, 4, 3)
table("many", 1, 150, 2, 9)
table("one column", 2, 60, 1, 3)
table("wide", 3, 60, 12, 4)
table("constant", 4, 80, 3, 4, "constant")
table("scales", 5, 80, 3, 4, "scales")
table("far", 6, 80, 3, 4, "far")
table("alike", 7, 50, 2, 3, "alike")

for name in ("three", "many", "one column", "wide", "constant", "scales", "far"):
    for state, k in ((0, 3), (1, 8), (2, 1)):
        case("KMeans", name, {"n_clusters": k, "random_state": state})
    case("KMeans", name, {"n_clusters": 5, "random_state": 3}, True)
    case("KMeans", name, {"n_clusters": 6, "algorithm": "elkan"}, name != "far")
    case("KMeans", name, {"n_clusters": 4, "init": "random"})
    case("KMeans", name, {"n_clusters": 4, "init": "random", "n_init": 2, "max_iter": 2}, True)
    case("KMeans", name, {"n_clusters": 9, "n_init": 3, "tol": 0, "random_state": 4})
    case("KMeans", name, {"n_clusters": 7, "algorithm": "elkan", "max_iter": 3, "tol": 0.1})
    case("MiniBatchKMeans", name, {"n_clusters": 4})
    case("MiniBatchKMeans", name, {"n_clusters": 6, "batch_size": 20, "random_state": 1}, True)
    case("MiniBatchKMeans", name, {"n_clusters": 5, "batch_size": 15, "init": "random", "init_size": 30,
                                   "max_no_improvement": 3, "max_iter": 20})
    case("MiniBatchKMeans", name, {"n_clusters": 5, "batch_size": 10, "tol": 1e-3, "max_no_improvement": None,
                                   "compute_labels": False, "max_iter": 9, "reassignment_ratio": 0.3, "n_init": 2})
    case("MiniBatchKMeans", name, {"n_clusters": 12, "batch_size": 8, "reassignment_ratio": 0, "max_iter": 5}, True)
    for shape in ("full", "tied", "diag", "spherical"):
        case("GaussianMixture", name, {"n_components": 3, "covariance_type": shape, "reg_covar": 1e-3})
        case("GaussianMixture", name, {"n_components": 2, "covariance_type": shape, "init_params": "random",
                                       "reg_covar": 1e-2, "random_state": 1, "max_iter": 3, "n_init": 2})
    case("GaussianMixture", name, {"n_components": 3, "init_params": "k-means++", "reg_covar": 0.1, "tol": 0.01,
                                   "random_state": 2})
    case("GaussianMixture", name, {"n_components": 3, "init_params": "random_from_data", "reg_covar": 0.1,
                                   "random_state": 2, "covariance_type": "diag", "max_iter": 3}, again=True)
    case("GaussianMixture", name, {"n_components": 4, "max_iter": 0, "reg_covar": 0.01})
for k in (2, 3):
    case("KMeans", "alike", {"n_clusters": k, "init": "random", "n_init": 4})

stored = {name: t | {"x": [plain(c) for c in t["x"].T], "weights": plain(t["weights"])} for name, t in TABLES.items()}
tables = ",\n".join(f'"{k}": {json.dumps(t)}' for k, t in stored.items())
cases = ",\n".join(json.dumps(c) for c in CASES)
FILE.write_text(f'{{"tables": {{\n{tables}\n}},\n"cases": [\n{cases}\n]}}\n')
