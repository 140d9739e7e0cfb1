"""Writes mixed.csv and mixed.json: a table of every kind of column, and what scikit-learn's pipelines score on it.

Made with scikit-learn 1.9.1, numpy 2.4.6 and pandas 3.1.1: python mixed.py [SEED [FILE]]
The table goes beside FILE. The job is ../mixed.toml; this is the same in scikit-learn:
a ColumnTransformer, weights by metadata routing, scores of every split.
"""

import json
import pathlib
import sys

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, get_scorer, make_scorer
from sklearn.model_selection import StratifiedGroupKFold, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

sklearn.set_config(enable_metadata_routing=True)
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0
FILE = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).with_suffix(".json"))
NUMERIC = ["age", "pressure", "visits", "smoker", "insured"]
TEXT = ["region", "plan"]


def table(rows=360):
    draws = np.random.RandomState(SEED)
    age = draws.randint(18, 90, rows)
    pressure = (95 + age / 2 + 15 * draws.standard_normal(rows)).round(1)
    visits = draws.poisson(2.5, rows)
    smoker = draws.random_sample(rows) < 0.3
    region = draws.choice(["north", "south", "east", "Île-de-France"], rows, p=[0.5, 0.3, 0.17, 0.03])
    plan = draws.choice(["basic", "plus, family", "gold"], rows)
    risk = (age - 55) / 20 + (pressure - 120) / 20 + 1.5 * smoker + (region == "south") - (plan == "gold")
    ill = risk + 1.5 * draws.standard_normal(rows) > 2
    gaps = lambda values, share: [None if draws.random_sample() < share else v for v in values]
    return pd.DataFrame({
        "id": [f"P{i:04}" for i in range(rows)],
        "seen": [f"2024-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(rows)],
        "clinic": [f"clinic {c}" for c in draws.randint(0, 25, rows)],
        "age": pd.Series(gaps(age, 0.1), dtype="Int64"),
        "pressure": gaps(pressure, 0.15),
        "visits": visits,
        "smoker": np.where(smoker, "true", "false"),
        "insured": np.where(draws.random_sample(rows) < 0.8, "true", "false"),
        "region": gaps(region, 0.12),
        "plan": gaps(plan, 0.05),
        "weight": (draws.random_sample(rows) * 3).round(2),
        "outcome": np.where(ill, "ill", "well"),
    })


def pipeline(estimator, weighted):
    numeric = Pipeline([
        ("impute", SimpleImputer(strategy="median")),
        ("scale", StandardScaler().set_fit_request(sample_weight=True)),
    ])
    text = Pipeline([
        ("impute", SimpleImputer(strategy="most_frequent")),
        ("encode", OneHotEncoder(handle_unknown="ignore", sparse_output=False)),
    ])
    if weighted:
        estimator.set_fit_request(sample_weight=True)
    columns = ColumnTransformer([("numeric", numeric, NUMERIC), ("text", text, TEXT)])
    return Pipeline([("columns", columns), ("estimator", estimator)])


def main():
    csv = FILE.with_suffix(".csv")
    table().to_csv(csv, index=False)
    read = pd.read_csv(csv)
    x = read[NUMERIC + TEXT].astype({"smoker": float, "insured": float, "region": object, "plan": object})
    scorers = {
        "accuracy": get_scorer("accuracy"),
        "f1": make_scorer(f1_score, pos_label="ill"),
        "roc_auc": get_scorer("roc_auc"),
        "average_precision": make_scorer(
            average_precision_score, response_method=("decision_function", "predict_proba"), pos_label="ill"),
        "neg_log_loss": get_scorer("neg_log_loss"),
    }
    scorers = {name: s.set_score_request(sample_weight=True) for name, s in scorers.items()}
    estimators = [
        ("LogisticRegression", LogisticRegression(C=0.5, tol=1e-10, max_iter=2000), True),
        ("GaussianNB", GaussianNB(var_smoothing=1e-3), True),
        ("LinearDiscriminantAnalysis", LinearDiscriminantAnalysis(), False),
        ("DecisionTreeClassifier", DecisionTreeClassifier(max_depth=4, random_state=0), True),
    ]
    scores = {}
    for name, estimator, weighted in estimators:
        # One scorer at a time: of several, those that share a response get it as the first of them
        # asked for it, and average_precision would rank by the other class than pos_label.
        for scorer in scorers:
            found = cross_validate(
                pipeline(estimator, weighted), x, read["outcome"], scoring=scorers[scorer], error_score="raise",
                cv=StratifiedGroupKFold(n_splits=4, shuffle=True, random_state=7),
                params={"groups": read["clinic"], "sample_weight": read["weight"].to_numpy()})
            scores.setdefault(name, {})[scorer] = found["test_score"].tolist()
    FILE.write_text(json.dumps({"sklearn": sklearn.__version__, "scores": scores}, indent=1) + "\n")


main()
