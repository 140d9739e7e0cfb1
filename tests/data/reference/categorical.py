"""Writes categorical.json; see recording.py."""

import warnings

import numpy as np
from recording import Recording, draws_of
from sklearn.naive_bayes import CategoricalNB

r = Recording([CategoricalNB])


PARAMS = [{}, {"alpha": 0.01, "fit_prior": False}, {"alpha": 0, "force_alpha": False}, {"alpha": 30}]


def drawn(draws, rows, columns, categories, classes):
    y = draws.randint(classes, size=rows)
    rates = draws.random_sample((classes, columns, categories)) ** 3
    x = np.array([[draws.choice(categories, p=p / p.sum()) for p in rates[label]] for label in y])
    if columns > 2:
        x[:, 1] = 2
    # All categories, and all classes, are among the training rows.
    for i in range(categories):
        x[i, 2 if columns > 2 else 0:] = i
        x[i, 0] = i
    y[:classes] = range(classes)
    return x, y


def tied(x, y, cut):
    """Whether some answer is one of two that are as likely: a last bit decides there."""
    for params in PARAMS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            p = np.sort(CategoricalNB(**params).fit(x[:cut], y[:cut]).predict_proba(x[cut:]))
        if (p[:, -1] - p[:, -2] < 1e-9).any():
            return True
    return False


def table(name, seed, rows, columns, categories, classes):
    draws = draws_of(seed)
    cut = rows - 20
    x, y = drawn(draws, rows, columns, categories, classes)
    while tied(x, y, cut):
        x, y = drawn(draws, rows, columns, categories, classes)
    r.table(name, x, y, classes=classes, train=cut)


table("plain", 0, 80, 5, 4, 3)
table("two", 1, 60, 3, 6, 2)
table("one column", 2, 80, 1, 4, 3)
table("many", 3, 140, 5, 20, 6)
# One class only; the other appears among the rows that are predicted.
r.table("one class", [[1, 0, 2], [0, 0, 1], [3, 1, 0], [1, 1, 1]], [1, 1, 1, 0], train=3, classes=2)
LEARNED = ["class_count_", "class_log_prior_", "n_categories_"]
for name in ("plain", "two", "one column", "many", "one class"):
    for params in PARAMS:
        r.case("CategoricalNB", name, params, count=int("force_alpha" in params), attributes=LEARNED)
r.case("CategoricalNB", "plain", {"class_prior": [0.2, 0.5, 0.3]}, attributes=LEARNED)
r.case("CategoricalNB", "plain", {"class_prior": [0.0, 2.0, 1.0]})
r.write("categorical")
