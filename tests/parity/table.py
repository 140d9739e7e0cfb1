"""Writes PARITY.md: everything a job can name, held against scikit-learn's.

    python table.py PLEAT [FILE]

PLEAT is the program, FILE the page (PARITY.md in the checkout). Names, defaults and allowed
words are asked of scikit-learn and of Pleat. Where they are not the same a text in
differences.toml has to say so, and a text has to be about something there is: otherwise
nothing is written and the exit code is 1.
"""

import inspect
import json
import math
import pathlib
import subprocess
import sys
import tomllib
import warnings

import sklearn
from sklearn import model_selection
from sklearn.base import DensityMixin
from sklearn.metrics import get_scorer_names
from sklearn.model_selection import BaseCrossValidator, BaseShuffleSplit
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import all_estimators
from sklearn.utils._param_validation import Hidden, Options, StrOptions

warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).parent
# What Pleat makes ensembles of, whose parameters have the prefix `estimator__` then.
MEMBERS = {
    "AdaBoostClassifier": DecisionTreeClassifier(max_depth=1),
    "AdaBoostRegressor": DecisionTreeRegressor(max_depth=3),
    "BaggingClassifier": DecisionTreeClassifier(),
    "BaggingRegressor": DecisionTreeRegressor(),
    "CalibratedClassifierCV": SVC(),
}
SAME, DIFFERS, MISSING, OWN = "same", "differs", "not offered", "Pleat's own"


def theirs():
    """scikit-learn's classes by section and name."""
    bases = (BaseCrossValidator, BaseShuffleSplit)
    splitters = {name: cls for name, cls in vars(model_selection).items()
                 if inspect.isclass(cls) and issubclass(cls, bases) and cls not in bases}
    # Repeated ones have a base of their own.
    splitters |= {n: getattr(model_selection, n) for n in ("RepeatedKFold", "RepeatedStratifiedKFold")}
    estimators = {n: c for kind in ("classifier", "regressor", "cluster") for n, c in all_estimators(kind)}
    # Mixtures group rows too, but are of a kind of their own.
    estimators |= {n: c for n, c in all_estimators() if issubclass(c, DensityMixin) and hasattr(c, "fit_predict")}
    return {
        "splitters": splitters,
        "steps": {n: c for n, c in all_estimators("transformer") if n not in estimators},
        "estimators": estimators,
    }


def plain(value):
    """A default as both sides can say it."""
    if isinstance(value, float) and (math.isnan(value) or math.isinf(value)):
        return "NaN" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    if value is inspect.Parameter.empty:
        return "required"
    if callable(value):
        return value.__name__
    return value if value is None or isinstance(value, (bool, int, float, str)) else repr(value)


def equal(a, b):
    """1 is 1.0 but not True."""
    if isinstance(a, str) and isinstance(b, str):
        return a.lower() == b.lower() if "nan" in (a.lower(), b.lower()) else a == b
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def shown(value):
    return f"`{json.dumps(value)}`" if value is not None else "`None`"


def words_of(constraints):
    """The words scikit-learn allows, None among them; None if it does not say."""
    if constraints is None or constraints == "no_validation":
        return None
    words = set()
    for one in constraints:
        if isinstance(one, Hidden):
            continue
        if isinstance(one, (StrOptions, Options)):
            words |= {str(o) for o in one.options}
        elif one is None:
            words.add("None")
    return words


def own_words(param):
    words = set()
    for domain in param["domains"]:
        if domain == "none":
            words.add("None")
        elif isinstance(domain, dict) and "choice" in domain:
            words |= set(domain["choice"])
    return words


class Page:
    def __init__(self, texts):
        self.texts, self.used, self.faults = texts, set(), []
        self.counts, self.lines = {}, []

    def text(self, name, param):
        """Of the name, or of what it is made of; else of what has such a parameter."""
        member, own = type(MEMBERS.get(name)).__name__, param.removeprefix("estimator__")
        for section, param in ((name, param), *[(member, own)] * (own != param), ("everywhere", own)):
            if param in self.texts.get(section, {}):
                if section == "everywhere" and param == "itself":
                    continue
                self.used.add((section, param))
                return self.texts[section][param]
        return None

    def count(self, section, verdict):
        self.counts[section, verdict] = self.counts.get((section, verdict), 0) + 1
        return verdict

    def compare(self, section, name, cls, params):
        signature = inspect.signature(cls.__init__).parameters if cls else {}
        expected = {n: p.default for n, p in signature.items()
                    if n not in ("self", "args", "kwargs", "deprecated") and p.kind != p.VAR_KEYWORD}
        if cls and cls.__init__ is object.__init__:
            expected = {}
        constraints = dict(getattr(cls, "_parameter_constraints", {}))
        if name in MEMBERS:
            member = MEMBERS[name]
            names, values = inspect.signature(type(member)).parameters, member.get_params(deep=False)
            expected |= {f"estimator__{n}": values[n] for n in names}
            constraints |= {f"estimator__{n}": c for n, c in member._parameter_constraints.items()}
        own = {p["name"]: p for p in params}
        self.lines += [f"### `{name}`", ""]
        itself = self.text(name, "itself")
        if not cls and itself is None:
            self.faults.append(f"{name}: scikit-learn has no such name, and no text says what it is")
        if itself:
            self.lines += [itself[0].upper() + itself[1:] + ".", ""]
        if not expected and not own:
            self.lines += ["No parameters.", ""]
            return
        self.lines += ["| parameter | default | |", "|---|---|---|"]
        for param in [*expected, *(p for p in own if p not in expected)]:
            default, faults = plain(expected.get(param)), []
            if param not in own:
                verdict = MISSING
                faults.append("Pleat has no such parameter")
            elif param not in expected:
                verdict, default = OWN, own[param]["default"]
                faults.append("scikit-learn has no such parameter")
            else:
                verdict = SAME
                if not equal(default, own[param]["default"]):
                    faults.append(f"the default is {default!r} there and {own[param]['default']!r} here")
                words = words_of(constraints.get(param))
                if words is not None and words != own_words(own[param]):
                    faults.append(f"words there {sorted(words)}, here {sorted(own_words(own[param]))}")
            text = self.text(name, param)
            if faults and text is None:
                self.faults.append(f"{name}.{param}: {'; '.join(faults)}; and no text says so")
            if text is not None and verdict == SAME:
                verdict = DIFFERS
            said = self.count(section, verdict) + (f": {text}" if text not in (None, verdict) else "")
            self.lines.append(f"| `{param}` | {shown(default)} | {said} |")
        self.lines.append("")

    def stale(self, names):
        for name, texts in self.texts.items():
            for param in texts:
                if (name, param) not in self.used:
                    what = "nothing with this parameter" if name == "everywhere" or name in names else "no such name"
                    self.faults.append(f"differences.toml, {name}.{param}: there is {what}")


def main():
    program = sys.argv[1]
    file = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else HERE.parents[1] / "PARITY.md")
    offer = json.loads(subprocess.run([program, "catalogue", "--json"], check=True, capture_output=True).stdout)
    texts = tomllib.loads((HERE / "differences.toml").read_text())
    page, all_theirs = Page(texts), theirs()
    summary = []
    for section in ("splitters", "steps", "estimators"):
        known = all_theirs[section]
        offered = {e["name"]: e["params"] for e in offer[section]}
        page.lines += [f"## {section.capitalize()}", ""]
        for name in sorted(offered):
            page.compare(section, name, known.get(name), offered[name])
        missing = sorted(set(known) - set(offered))
        if missing:
            page.lines += ["Not offered: " + ", ".join(f"`{n}`" for n in missing) + ".", ""]
        number = lambda verdict: page.counts.get((section, verdict), 0)
        summary.append((section, len(set(offered) & set(known)), len(known),
                        *(number(v) for v in (SAME, DIFFERS, MISSING, OWN))))
    names, ours = get_scorer_names(), offer["scorers"]
    page.lines += ["## Scorers", "", "What each name computes, its parameters included, is as there, but for what is said.", "",
                   "| scorer | |", "|---|---|"]
    verdicts = []
    for name in sorted(set(names) | set(ours)):
        text = page.text(name, "itself")
        if name not in ours:
            verdict = MISSING
        elif name not in names:
            verdict = OWN
            if text is None:
                page.faults.append(f"{name}: scikit-learn has no such scorer, and no text says what it is")
        else:
            verdict = DIFFERS if text else SAME
        verdicts.append(verdict)
        page.lines.append(f"| `{name}` | {verdict}{': ' + text if text else ''} |")
    everywhere = page.text("scorers", "itself")
    if everywhere:
        page.lines += ["", everywhere]
    summary.append(("scorers", len(set(names) & set(ours)), len(names), "", "", "", ""))
    page.stale({n for s in all_theirs.values() for n in s} | set(names))
    if page.faults:
        sys.exit("\n".join(page.faults))
    head = [
        f"# Parity with scikit-learn {sklearn.__version__}", "",
        "Everything a job can name, held against scikit-learn's. Made by `tests/parity/table.py`, which asks both",
        "programs for names, defaults and allowed words; the texts are in `tests/parity/differences.toml`. What is the",
        "same is also compared number by number: in recordings by `make test`, on new problems by `make test-full`.", "",
        "| | offered | there | parameters the same | differ | not offered | Pleat's own |",
        "|---|---|---|---|---|---|---|",
        *("| " + " | ".join(map(str, row)) + " |" for row in summary), "",
    ]
    file.write_text("\n".join(head + page.lines).rstrip() + "\n")
    for row in summary:
        print(*row)


if __name__ == "__main__":
    main()
