"""What is no number is refused where a number is asked, by name, and before a fit."""

import inspect

import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GridSearchCV

import sksearch
from sksearch import (
    BayesSearchCV,
    bootstrap_bias_corrected_score,
    callbacks,
    metrics,
    nested_cross_validate,
    retune,
)
from sksearch._sklearn_compat import BaseSearchCV

X, Y = make_classification(60, 4, random_state=0)
SPACE = {"alpha": [1e-4, 1e-3, 1e-2]}
# For these scikit-learn says what is taken, and True is 1 there.
THEIRS = {*inspect.signature(GridSearchCV).parameters, "random_state"}


def exported_searches():
    exported = (getattr(sksearch, name) for name in sksearch.__all__)
    return [e for e in exported if inspect.isclass(e) and issubclass(e, BaseSearchCV)]


def no_flags(cls):
    """Names of the parameters for which True has no meaning."""
    parameters = inspect.signature(cls).parameters.values()
    ours = [p for p in parameters if p.name not in {*THEIRS, "param_distributions"}]
    return [p.name for p in ours if not isinstance(p.default, bool)]


class Unfitted(SGDClassifier):
    """Fails a test in which it is fitted."""

    def fit(self, *args, **kwargs):
        raise AssertionError("fitted, before the argument was refused")

    partial_fit = fit


def several(cls):
    goals = {"scoring": ["accuracy", "f1"], "refit": "f1"}
    return goals if "objectives" in inspect.signature(cls).parameters else {}


@pytest.mark.parametrize(
    ("cls", "name"),
    [(cls, name) for cls in exported_searches() for name in no_flags(cls)],
)
def test_a_bool_is_no_number_of_a_search(cls, name):
    search = cls(Unfitted(), SPACE, cv=2, error_score="raise", **several(cls))
    with pytest.raises((ValueError, TypeError), match=rf"\b{name}\b.*True"):
        search.set_params(**{name: True}).fit(X, Y)


def begun(callback):
    """Have a callback look at its arguments, as a search has it at its begin."""
    BayesSearchCV(Unfitted(), SPACE, callbacks=[callback], error_score="raise").fit(
        X, Y
    )


CHAMPION = SGDClassifier().fit(X, Y)

NUMBERS = {
    "FitLimit": ("n_fits", lambda n: begun(callbacks.FitLimit(n))),
    "NoImprovement": ("n_trials", lambda n: begun(callbacks.NoImprovement(n))),
    "NoImprovement of": (
        "tolerance",
        lambda n: begun(callbacks.NoImprovement(3, tolerance=n)),
    ),
    "RegretBelowNoise": ("n_initial", lambda n: begun(callbacks.RegretBelowNoise(n))),
    "TargetScore": ("score", lambda n: begun(callbacks.TargetScore(n))),
    "ProgressLine": ("n_fits", lambda n: begun(callbacks.ProgressLine(n))),
    "TimeLimit": ("seconds", lambda n: begun(callbacks.TimeLimit(n))),
    "CostLimit": ("seconds", lambda n: begun(callbacks.CostLimit(n))),
    "CostLimit of": (
        "cpu_hours",
        lambda n: begun(callbacks.CostLimit({"cpu_hours": n})),
    ),
    **{
        f"NegLatency of {name}": (
            name,
            lambda n, name=name: metrics.NegLatency(**{name: n}),
        )
        for name in ("batch_size", "n_repeats", "n_warmup", "n_threads", "max_time")
    },
    "nested_cross_validate": (
        "repeats",
        lambda n: nested_cross_validate(
            BayesSearchCV(Unfitted(), SPACE), X, Y, repeats=n
        ),
    ),
    "bootstrap_bias_corrected_score": (
        "n_bootstraps",
        lambda n: bootstrap_bias_corrected_score(None, n_bootstraps=n),
    ),
    **{
        f"retune of {name}": (
            name,
            lambda n, name=name: retune(
                BayesSearchCV(Unfitted(), SPACE), X, Y, champion=CHAMPION, **{name: n}
            ),
        )
        for name in ("n_bootstraps", "min_gain", "level", "test_size")
    },
}


@pytest.mark.parametrize("given", [True, "5", None, [5]], ids=repr)
@pytest.mark.parametrize("of", NUMBERS)
def test_what_is_no_number_is_refused(of, given):
    name, use = NUMBERS[of]
    if given is None and of == "NegLatency of n_threads":
        return  # leaves the threads alone
    if given == "5" and name in ("seconds",):
        given = "5 apples"
    with pytest.raises((ValueError, TypeError), match=rf"\b{name}\b") as refused:
        use(given)
    assert repr(given) in str(refused.value)
