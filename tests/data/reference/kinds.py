"""Writes kinds.json: whole searches of clusterers, and of boosting on text columns, by scikit-learn.

Made with scikit-learn 1.9.1, numpy 2.4.6 and pandas: python kinds.py
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import adjusted_rand_score, davies_bouldin_score, silhouette_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("ignore")


def groups():
    x, y = load_iris(return_X_y=True)
    out = {}
    for k in (2, 3, 4):
        scores = {"adjusted_rand_score": [], "silhouette_score": [], "neg_davies_bouldin_score": []}
        for train, test in KFold(5, shuffle=True, random_state=0).split(x):
            scaler = StandardScaler().fit(x[train])
            seen = scaler.transform(x[test])
            found = KMeans(k, random_state=0).fit(scaler.transform(x[train])).predict(seen)
            scores["adjusted_rand_score"].append(adjusted_rand_score(y[test], found))
            scores["silhouette_score"].append(silhouette_score(seen, found))
            scores["neg_davies_bouldin_score"].append(-davies_bouldin_score(seen, found))
        out[str(k)] = scores
    return out


def words():
    rng = np.random.default_rng(5)
    rows = 400
    city = rng.choice(["Bern", "Basel", "Zug", "Chur", "Thun"], rows)
    a, b = rng.random(rows).round(3), rng.normal(size=rows).round(3)
    y = (np.isin(city, ["Bern", "Thun"]) + a + 0.2 * b > 0.9).astype(int)
    frame = pd.DataFrame({"city": city, "a": a, "b": b})
    frame.loc[::9, "city"] = None
    frame.loc[::7, "b"] = np.nan
    csv = frame.assign(y=y).to_csv(index=False)
    # Every fold's training rows have all five, so that codes are the table's.
    frame["city"] = frame["city"].astype("category")
    model = HistGradientBoostingClassifier(max_iter=30, min_samples_leaf=5, early_stopping=False)
    folds = StratifiedKFold(5)
    return {
        "csv": csv,
        "accuracy": cross_val_score(model, frame, y, cv=folds).tolist(),
        "neg_log_loss": cross_val_score(model, frame, y, cv=folds, scoring="neg_log_loss").tolist(),
    }


if __name__ == "__main__":
    made = {"groups": groups(), "words": words()}
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(made, separators=(",", ":")) + "\n")
    sys.exit(0)
