"""Writes spaces.json: the candidates scikit-learn makes of search spaces.

Made with scikit-learn 1.9.1, scipy 1.17.1 and numpy 2.4.6: python spaces.py [SEED [FILE]]
The seed is added to that of every case.
A case is the spaces as a job names them and their candidates: those of
ParameterGrid, or of ParameterSampler where n_iter and a seed stand beside them.
Of large grids there is only a hash, over the candidates as compact JSON.
"""

import hashlib
import json
import pathlib
import sys
import warnings

from scipy.stats import loguniform, randint, uniform
from sklearn.model_selection import ParameterGrid, ParameterSampler

CASES = []
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0


def distribution(dimension):
    if isinstance(dimension, list):
        return dimension
    ((name, (low, high)),) = dimension.items()
    if name == "uniform":
        return uniform(loc=low, scale=high - low)
    return {"loguniform": loguniform, "randint": randint}[name](low, high)


def plain(candidate):
    return {k: v.item() if hasattr(v, "item") else v for k, v in sorted(candidate.items())}


def case(spaces, n_iter=None, seed=None):
    recorded = {"spaces": spaces}
    made = [{k: distribution(d) for k, d in space.items()} for space in spaces]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if n_iter is None:
            candidates = list(ParameterGrid(made))
        else:
            seed = (seed + SEED) % 2**32
            recorded |= {"n_iter": n_iter, "seed": seed}
            candidates = list(ParameterSampler(made, n_iter, random_state=seed))
        if caught:
            recorded["warns"] = True
    candidates = [plain(c) for c in candidates]
    if len(candidates) > 25:
        text = json.dumps(candidates, separators=(",", ":"), ensure_ascii=False)
        recorded["n_candidates"] = len(candidates)
        recorded["sha256"] = hashlib.sha256(text.encode()).hexdigest()[:24]
    else:
        recorded["candidates"] = candidates
    CASES.append(recorded)


def numbers(n):
    return list(range(n))


case([{}])
case([{"b": [1, 2], "a": ["x", None, True]}])
case([{"b": [1], "B": [1.0, 2.5], "_": [0]}, {}, {"svc__C": [1, 10], "scaler": ["passthrough", "minmax"]}])
case([{"a": numbers(7), "é": numbers(5), "z": numbers(3), "Z": numbers(2)}])
for seed in (0, 1, 42, 4294967295):
    for n_iter in (1, 7, 24, 25):
        case([{"b": numbers(4), "a": ["p", "q", "r"], "c": [0.5, 1.0]}], n_iter, seed)
    case([{"b": numbers(4)}, {}, {"a": [1, 2, 3], "c": [0.5, 1.0]}], 8, seed)
    # Few of many, nearly all of many, exactly at the borders between methods.
    for n_iter in (3, 25, 99, 100, 101, 5000, 9899, 9900, 9901, 9999, 10000, 10001):
        case([{"a": numbers(100), "b": numbers(100)}], n_iter, seed)
    # A draw of one bit more than that of the number before it.
    case([{"a": numbers(43), "b": numbers(3)}], 128, seed)
    case([{c: numbers(200) for c in "abcdefgh"}], 20, seed)
    case([{"a": [7]}], 1, seed)
    case([{"C": {"loguniform": [1e-3, 1e2]}}], 20, seed)
    case([{"C": {"loguniform": [1e-300, 1e300]}, "gamma": {"loguniform": [1, 1.0000001]}}], 10, seed)
    case([{"x": {"uniform": [-2.5, 7.25]}, "y": {"uniform": [0.1, 0.3]}, "w": {"uniform": [0, 1]}}], 8, seed)
    case([{"n": {"randint": [1, 10]}, "m": {"randint": [-5, -4]}, "k": {"randint": [-3, 2**31]}}], 8, seed)
    case([{"n": {"randint": [0, 2**32]}, "m": {"randint": [0, 2**32 + 1]}, "k": {"randint": [-(2**62), 2**62]}}], 8, seed)
    case([{"kernel": ["rbf", "poly", "linear"], "C": {"loguniform": [0.1, 10]}, "degree": {"randint": [2, 6]}, "one": [1]}], 12, seed)
    case([{"kernel": ["linear"]}, {"kernel": ["rbf"], "gamma": {"loguniform": [1e-4, 1]}}, {"a": {"uniform": [1, 2]}}], 12, seed)
for seed in range(30):
    case([{"C": {"loguniform": [1e-5 * 3**seed, 1e6 * 2**seed]}, "a": {"uniform": [0.7, 9.1 + seed]}}], 20, seed)

# One case a line: a change is then a line, not the file.
path = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).with_suffix(".json"))
lines = ",\n".join(json.dumps(c, separators=(",", ":"), ensure_ascii=False) for c in CASES)
path.write_text("[\n" + lines + "\n]\n")
