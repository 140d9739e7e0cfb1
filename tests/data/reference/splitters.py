"""Writes splitters.json: how scikit-learn splits rows, beyond splits.json.

Made with scikit-learn 1.9.1 and numpy 2.4.6: python splitters.py [SEED [FILE]]
The seed is added to that of every case. Classes, groups and folds come from a small generator that the test has too, so
they are not stored. A case is the splitter as a job names it, the rows, and the
first digits of a hash over all splits: for each split the length and the rows of its training
half, then of its testing half, as little-endian int64. "warns": it warns of a
small class. "error": it refuses.
"""

import hashlib
import json
import pathlib
import sys
import warnings

import numpy as np
from sklearn import model_selection

CASES = []
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0


def codes(seed, rows, n, skew):
    """`n` codes, the lower ones the more frequent if `skew`."""
    state, out = seed, []
    for _ in range(rows):
        state = (state * 1103515245 + 12345) % 2**31
        code = (state >> 12) % n
        if skew:
            state = (state * 1103515245 + 12345) % 2**31
            code = min(code, (state >> 12) % n)
        out.append(code)
    return np.array(out, dtype=int)


def case(splitter, rows, classes=0, groups=0, folds=0, seed=1, skew=False, **params):
    seed += SEED
    if "random_state" in params:
        params["random_state"] = (params["random_state"] + SEED) % 2**32
    y = codes(seed, rows, classes, skew) if classes else None
    g = codes(seed + 1, rows, groups, skew) if groups else None
    set_ = {name: value for name, value in params.items() if value is not None}
    recorded = {"cv": {"splitter": splitter, **set_}, "rows": rows, "seed": seed}
    for name, value in [("classes", classes), ("groups", groups), ("folds", folds)]:
        if value:
            recorded[name] = value
    if skew:
        recorded["skew"] = True
    if folds:
        f = codes(seed + 2, rows, folds, skew) - 1
        make = lambda: model_selection.PredefinedSplit(f)
        recorded["cv"]["test_fold"] = "fold"
    else:
        make = lambda: getattr(model_selection, splitter)(**params)
    digest, sizes = hashlib.sha256(), []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            for train, test in make().split(np.zeros((rows, 1)), y, g):
                sizes.append(len(test))
                for side in (train, test):
                    digest.update(np.array([len(side), *side], dtype="<i8").tobytes())
            recorded["n_splits"] = len(sizes)
            recorded["tested"] = sum(sizes)
            recorded["sha256"] = digest.hexdigest()[:24]
            if any("least populated" in str(w.message) for w in caught):
                recorded["warns"] = True
        except ValueError:
            recorded["error"] = True
    CASES.append(recorded)


def shuffled(seed):
    return {"shuffle": True, "random_state": seed}


for rows in (2, 3, 7, 10, 100, 1000):
    for k in (2, 3, 5, 10):
        case("KFold", rows, n_splits=k)
        case("KFold", rows, n_splits=k, **shuffled(rows + k))
        case("TimeSeriesSplit", rows, n_splits=k)
for rows, classes in ((6, 1), (12, 2), (13, 3), (50, 2), (50, 4), (50, 17), (501, 7), (3000, 3)):
    for k in (2, 3, 5, 11):
        for skew in (False, True):
            more = {"classes": classes, "skew": skew, "seed": rows + k}
            case("StratifiedKFold", rows, n_splits=k, **more)
            case("StratifiedKFold", rows, n_splits=k, **shuffled(k), **more)
    case("RepeatedStratifiedKFold", rows, classes=classes, n_splits=3, n_repeats=4, random_state=rows)
    case("RepeatedKFold", rows, n_splits=3, n_repeats=4, random_state=rows)
for rows, groups in ((6, 1), (12, 3), (30, 5), (100, 30), (700, 60), (90, 5000)):
    for k in (2, 3, 5, 9):
        for skew in (False, True):
            more = {"groups": groups, "skew": skew, "seed": rows + k}
            case("GroupKFold", rows, n_splits=k, **more)
            case("GroupKFold", rows, n_splits=k, **shuffled(k), **more)
            for classes in (1, 2, 3, 9, 20):
                if rows > 12 or classes < 3:
                    case("StratifiedGroupKFold", rows, classes=classes, n_splits=k, **more)
                    case("StratifiedGroupKFold", rows, classes=classes, n_splits=k, **shuffled(k), **more)
    for test_size, train_size in ((None, None), (0.5, None), (None, 0.5), (1, None), (None, 2), (3, 2),
                                  (0.3, 0.4), (0.25, 3), (0.99, None), (None, 0.01)):
        case("GroupShuffleSplit", rows, groups=groups, test_size=test_size, train_size=train_size, random_state=rows)
    case("GroupShuffleSplit", rows, groups=groups, n_splits=13, random_state=1)
    case("LeaveOneGroupOut", rows, groups=groups)
    for p in (1, 2, 3, 5):
        if groups < 50:
            case("LeavePGroupsOut", rows, groups=groups, n_groups=p)
for rows in (1, 2, 10, 33, 500):
    for test_size, train_size in ((None, None), (0.5, None), (None, 0.5), (1, None), (None, 2), (3, 2),
                                  (0.3, 0.4), (0.25, 3), (0.2, 0.8), (0.7, 0.3), (0.99, None), (None, 0.01),
                                  (None, 0.999), (32, 1), (32, 2), (33, None), (None, 33)):
        sizes = {"test_size": test_size, "train_size": train_size, "random_state": rows}
        case("ShuffleSplit", rows, **sizes)
        for classes in (1, 2, 3, 8) if rows > 9 else (2,):
            case("StratifiedShuffleSplit", rows, classes=classes, skew=rows > 40, seed=rows + classes, n_splits=4, **sizes)
    case("ShuffleSplit", rows, n_splits=1, random_state=4294967295)
    case("LeaveOneOut", rows)
    for p in (1, 2, 3, 9, rows - 1):
        if p and rows < 34 and not (rows == 33 and p == 9):
            case("LeavePOut", rows, p=p)
    for folds in (1, 2, 3, 12):
        case("PredefinedSplit", rows, folds=folds, seed=rows)
    for gap in (0, 1, 7):
        for test_size in (None, 1, 2, 20):
            for max_train_size in (None, 1, 9):
                case("TimeSeriesSplit", rows, n_splits=4, gap=gap, test_size=test_size, max_train_size=max_train_size)
case("StratifiedShuffleSplit", 5000, classes=40, skew=True, seed=3, n_splits=3, test_size=0.33, random_state=8)
case("StratifiedGroupKFold", 5000, classes=12, groups=300, skew=True, seed=4, n_splits=20, **shuffled(8))
case("LeaveOneOut", 3000)

# One case a line: a change is then a line, not the file.
path = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).with_suffix(".json"))
lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in CASES)
path.write_text("[\n" + lines + "\n]\n")
