"""Writes bayes.json; see recording.py."""

import numpy as np
from recording import Recording, draws_of
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB

r = Recording([BernoulliNB, ComplementNB, GaussianNB, MultinomialNB])


def counts(name, seed, rows, columns, classes, scale=1.0, sparse=0.5):
    """Counts by class, one column always zero, one constant, one a copy of another."""
    draws = draws_of(seed)
    y = draws.randint(classes, size=rows)
    rates = draws.random_sample((classes, columns)) * 4
    x = draws.poisson(rates[y]) * (draws.random_sample((rows, columns)) > sparse) * scale
    if columns > 3:
        x[:, 0], x[:, 1], x[:, 2] = 0, 3 * scale, x[:, 3]
    weights = draws.random_sample(rows) * 3
    weights[::7] = 0
    r.table(name, x, y, weights, train=rows - 12, classes=classes)


counts("counts", 0, 60, 6, 3)
counts("two", 1, 40, 4, 2)
counts("wide", 2, 32, 40, 4, sparse=0.8)
counts("large", 3, 50, 5, 3, scale=1e9)
counts("small", 4, 50, 5, 3, scale=1e-7)
counts("one column", 5, 40, 1, 2)
counts("eight classes", 6, 80, 5, 8)
# One class only; the other appears among the rows that are predicted.
r.table("one class", [[1, 0, 2], [0, 0, 1], [3, 1, 0], [1, 1, 1]], [1, 1, 1, 0], train=3, classes=2)
# A class that has no weight, and a column that no class has.
r.table("no weight", [[1, 0], [2, 0], [0, 0], [1, 0], [1, 1], [0, 0]], [0, 1, 2, 1, 0, 0],
        [1, 2, 0, 1, 1, 1], train=4, classes=3)
LEARNED = ["class_count_", "class_log_prior_", "feature_count_", "feature_log_prob_"]
for estimator in ("MultinomialNB", "BernoulliNB", "ComplementNB"):
    for table in ("counts", "two", "wide", "large", "small", "one column", "eight classes"):
        r.case(estimator, table, attributes=LEARNED if table in ("counts", "two") else ())
        r.case(estimator, table, {"alpha": 0.01, "fit_prior": False}, True)
    for table in ("one class", "no weight"):
        r.case(estimator, table)
    r.case(estimator, "no weight", {}, True)
    r.case(estimator, "counts", {"class_prior": [0.2, 0.0, 0.8]})
    r.case(estimator, "counts", {"class_prior": [2, 1, 1]}, True)
    # Without smoothing: probabilities of zero, and what becomes of them.
    for table in ("counts", "two", "no weight"):
        r.case(estimator, table, {"alpha": 0}, count=1)
        r.case(estimator, table, {"alpha": 0, "force_alpha": False}, count=1)
        r.case(estimator, table, {"alpha": 1e-12, "force_alpha": True}, count=0)
# BernoulliNB has no use for a list: its shapes only fit by chance.
r.case("MultinomialNB", "counts", {"alpha": [0.5, 1, 2, 0.1, 3, 1e-3]})
r.case("MultinomialNB", "counts", {"alpha": [0, 1, 2, 0, 1, 1], "force_alpha": False}, count=1)
r.case("ComplementNB", "counts", {"alpha": [0.5, 1, 2, 0.1, 3, 1e-3], "norm": True})
for table in ("counts", "two", "wide", "one class"):
    r.case("ComplementNB", table, {"norm": True}, attributes=["feature_all_", "feature_log_prob_"])
    r.case("ComplementNB", table, {"norm": True, "alpha": 0.1}, True)
for binarize in (1, 2.5, None):
    for table in ("counts", "two"):
        r.case("BernoulliNB", table, {"binarize": binarize})
draws = draws_of(9)
r.table("shares", draws.random_sample((40, 4)), draws.randint(3, size=40), classes=3)
for binarize in (None, 0.3):
    r.case("BernoulliNB", "shares", {"binarize": binarize})
for table in ("counts", "two", "large", "eight classes"):
    for smoothing in (1e-9, 0.1):
        for weighted in (False, True):
            learned = ["class_count_", "class_prior_", "epsilon_", "theta_", "var_"] if table == "two" else ()
            r.case("GaussianNB", table, {"var_smoothing": smoothing}, weighted, attributes=learned)
r.case("GaussianNB", "counts", {"priors": [0.0, 0.5, 0.5], "var_smoothing": 1e-3})
r.case("GaussianNB", "one class", {"var_smoothing": 0.5})
r.write("bayes")
