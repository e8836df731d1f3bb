"""What is no number is refused where a number is asked, by name, and before a fit."""

import inspect
import warnings

import pytest
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV

import sksearch
from sksearch import (
    BayesSearchCV,
    PopulationSearchCV,
    bootstrap_bias_corrected_score,
    callbacks,
    metrics,
    nested_cross_validate,
    retune,
    selection,
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


CLASSES = exported_searches()


def make(cls, **params):
    options = {"cv": 2, "error_score": "raise", **several(cls), **params}
    if cls is PopulationSearchCV:
        options["step"] = 1.0  # also of what cannot be trained on
    return cls(
        options.pop("estimator", Unfitted()), options.pop("space", SPACE), **options
    )


@pytest.mark.parametrize("rule", [selection.OneStandardError, selection.PosteriorMean])
@pytest.mark.parametrize("cls", CLASSES)
def test_a_class_is_no_rule_of_selection(cls, rule):
    with pytest.raises(TypeError, match=rf"refit={rule.__name__} is a class.*instance"):
        make(cls, refit=rule).fit(X, Y)


@pytest.mark.parametrize("cls", CLASSES)
def test_a_metric_is_no_scorer(cls):
    """GridSearchCV fits all, and shows NaN everywhere."""
    says = r"scoring=accuracy_score is a metric.*make_scorer\(accuracy_score\)"
    with pytest.raises(ValueError, match=says):
        make(cls, scoring=accuracy_score).fit(X, Y)
    two = {"a": accuracy_score, "b": "f1"}
    with pytest.raises(ValueError, match="accuracy_score is a metric"):
        make(cls, scoring=two, refit="b").fit(X, Y)


STEPS = {
    "absent": (["drop", Unfitted()], r"'a': 'drop'.*list of dicts"),
    "absent, in a tuple": (("drop", Unfitted()), r"'a': 'drop'.*list of dicts"),
    "of another kind": ([PCA(), Unfitted()], r"'a': PCA\(\).*list of dicts"),
}


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(("choices", "says"), STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("cls", CLASSES)
def test_steps_without_the_parameters_of_others_are_refused(
    cls, choices, says, is_first
):
    """As by GridSearchCV, and before a fit, wherever the step stands in the list."""
    voting = VotingClassifier([("a", Unfitted()), ("b", Unfitted())])
    space = {"a": choices if is_first else choices[::-1], "a__alpha": [1e-4, 1e-3]}
    with pytest.raises(ValueError, match=says):
        make(cls, estimator=voting, space=space).fit(X, Y)


def test_more_first_candidates_than_candidates_are_told_of():
    points = [{"alpha": alpha} for alpha in (1e-4, 1e-3, 1e-2)]
    search = BayesSearchCV(SGDClassifier(), SPACE, initial_params=points, cv=2)
    with pytest.warns(UserWarning, match=r"initial_params has 3.*first 2.*n_iter"):
        search.set_params(n_iter=2).fit(X, Y)
    assert search.cv_results_["params"] == points[:2]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search.set_params(n_iter=3).fit(X, Y)
