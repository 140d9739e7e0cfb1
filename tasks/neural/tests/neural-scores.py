"""Writes neural-scores.json: how well scikit-learn's networks do when they are
trained to the end, from twenty seeds.

Made with scikit-learn 1.9.1 and numpy 2.4.6: python neural-scores.py
A network of many passes is not the same to the digit, so only the mean scores
are compared. Rows whose number is a multiple of 4 are predicted.
"""

import json
import pathlib
import warnings

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

ROOT = pathlib.Path(__file__).parents[3]
CASES = [
    ("iris", MLPClassifier, {"hidden_layer_sizes": [20]}),
    ("digits", MLPClassifier, {"hidden_layer_sizes": [30], "max_iter": 60, "early_stopping": True}),
    ("diabetes", MLPRegressor, {"hidden_layer_sizes": [20], "solver": "sgd", "learning_rate": "adaptive"}),
]


def data(name):
    text = (ROOT / "tests" / "data" / f"{name}.csv").read_text().splitlines()[1:]
    rows = [line.split(",") for line in text]
    x = np.array([row[:-1] for row in rows], float)
    y = np.array([row[-1] for row in rows])
    return x, y.astype(float) / 100 if name == "diabetes" else y


cases = []
for name, kind, params in CASES:
    x, y = data(name)
    test = np.arange(len(x)) % 4 == 0
    scale = x[~test].std(axis=0)
    scale[scale == 0] = 1
    x = (x - x[~test].mean(axis=0)) / scale
    scores = []
    for seed in range(20):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = kind(**params, random_state=seed).fit(x[~test], y[~test])
        scores.append(round(float(model.score(x[test], y[test])), 12))
    cases.append({"table": name, "params": params, "scores": scores})
    print(name, np.mean(scores), np.std(scores))
FILE = pathlib.Path(__file__).with_suffix(".json")
FILE.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
