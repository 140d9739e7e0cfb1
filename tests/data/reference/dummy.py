"""Writes dummy.json; see recording.py."""

import numpy as np
from recording import Recording, draws_of
from sklearn.dummy import DummyClassifier, DummyRegressor

r = Recording([DummyClassifier, DummyRegressor])
for seed, rows, classes in ((0, 60, 3), (1, 33, 2), (2, 90, 7)):
    draws = draws_of(seed)
    y = np.minimum(draws.geometric(0.4, rows) - 1, classes - 1)
    r.table(f"classes {seed}", np.zeros((rows, 1)), y, draws.random_sample(rows) * 3, classes=classes)
    for strategy in ("prior", "most_frequent", "stratified", "uniform"):
        for state in (0, 7):
            for weighted in (False, True):
                r.case("DummyClassifier", f"classes {seed}",
                       {"strategy": strategy, "random_state": state}, weighted)
    r.case("DummyClassifier", f"classes {seed}", {"strategy": "constant", "constant": 1})
r.table("tie", np.zeros((8, 1)), [2, 2, 0, 0, 1, 1, 0, 1], train=6, classes=3)
for strategy in ("prior", "most_frequent", "stratified", "uniform"):
    r.case("DummyClassifier", "tie", {"strategy": strategy, "random_state": 3})
# The third class has no weight at all, the last is not among the training rows.
r.table("no weight", np.full((40, 1), np.nan), [0, 1, 2, 1] * 9 + [0, 1, 2, 3],
        [1, 2, 0, 1] * 10, train=36, classes=4)
for strategy in ("prior", "stratified", "uniform"):
    r.case("DummyClassifier", "no weight", {"strategy": strategy, "random_state": 5}, True)
r.table("one class", np.zeros((5, 1)), [1] * 5, classes=2)
for strategy in ("prior", "stratified", "uniform"):
    r.case("DummyClassifier", "one class", {"strategy": strategy, "random_state": 0})

for seed, rows in ((0, 200), (1, 41), (2, 10)):
    draws = draws_of(seed)
    y = draws.standard_normal(rows) * 10 ** (3 * seed)
    if seed == 1:
        y = y.round(-3)
    weights = draws.random_sample(rows) * 2
    weights[::4] = 0
    r.table(f"numbers {seed}", np.zeros((rows, 1)), y, weights, train=rows - 1)
    for weighted in (False, True):
        r.case("DummyRegressor", f"numbers {seed}", {}, weighted)
        r.case("DummyRegressor", f"numbers {seed}", {"strategy": "median"}, weighted)
        for q in (0, 0.0123, 0.25, 0.5, 0.77, 1.0):
            r.case("DummyRegressor", f"numbers {seed}", {"strategy": "quantile", "quantile": q}, weighted)
    r.case("DummyRegressor", f"numbers {seed}", {"strategy": "constant", "constant": -2.5})
r.table("one row", [[1.0], [2.0]], [3.5, 0.0], [2.0, 1.0], train=1)
for strategy in ("mean", "median"):
    for weighted in (False, True):
        r.case("DummyRegressor", "one row", {"strategy": strategy}, weighted)
r.write("dummy")
