"""The public conformance suite, on our search and on scikit-learn's own."""

import functools
import inspect
import subprocess
import sys

import pytest
from sklearn.metrics import check_scoring
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV

from sksearch import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    PopulationSearchCV,
)
from sksearch.testing import (
    check_search_estimator,
    parametrize_with_search_checks,
    search_checks,
)

LOSES = "by design: KeyboardInterrupt passes through fit, and nothing is kept"
ABORTS = "by design: joblib raises TerminatedWorkerError"
SKLEARN = {
    "check_ctrl_c_keeps_results": LOSES,
    "check_ctrl_c_with_two_jobs": LOSES,
    "check_worker_death": ABORTS,
}


class Doubled:
    """A callable scoring whose single score counts for two."""

    def __init__(self, scoring):
        self.scoring = scoring

    def __call__(self, estimator, X, y=None, **params):
        found = self.scoring(estimator, X, y, **params)
        return found if isinstance(found, dict) else {"score": found, "again": found}


def twice(estimator, space, scoring=None, refit=True, **params):
    """Search by one score and the same again, which asks the same as the score alone.

    What asks for several scores is left as it is.
    """
    if scoring is None or isinstance(scoring, str):
        scorer = check_scoring(estimator, scoring)
        scoring = {"score": scorer, "again": scorer}
    elif callable(scoring):
        scoring = Doubled(scoring)
    elif len(scoring) == 1:
        scoring = {"score": scoring[0], "again": scoring[0]}
    refit = "score" if refit is True else refit
    return MultiObjectiveSearchCV(
        estimator, space, scoring=scoring, refit=refit, **params
    )


# The signature says to the suite what it may pass.
twice.__signature__ = inspect.signature(MultiObjectiveSearchCV)

TWICE = "by design: each fit is scored twice"
NO_BEST = "by design: several scores, and no refit, name no best candidate"
BY_RESOURCE = "by design: a row for each rung, ranked by resource first"


@parametrize_with_search_checks(
    {
        "bayes": BayesSearchCV,
        "bayes-racing": functools.partial(BayesSearchCV, fold_stopping=True),
        "multi-objective": twice,
        "hyperband": HyperbandSearchCV,
        # With one rung it does what GridSearchCV does, to the last column.
        "hyperband-one-rung": functools.partial(
            HyperbandSearchCV, resource="n_samples", factor=10**6
        ),
        # Most models of the suite cannot be trained on: they live for one generation.
        "population-one-generation": functools.partial(
            PopulationSearchCV, resource="n_samples", step=1.0, population_size=50
        ),
    },
    expected_failed_checks={
        "bayes-racing": {"check_worker_death": "by design: it has one split"},
        "multi-objective": {
            "check_one_failed_fold": NO_BEST,
            "check_refit_false": NO_BEST,
            "check_routing_nested": TWICE,
            "check_routing_weights": TWICE,
            "check_weights_follow_rows": TWICE,
        },
        "hyperband": {
            "check_same_table_as_grid_search": BY_RESOURCE,
            "check_multimetric": BY_RESOURCE,
            "check_refit_false": BY_RESOURCE,
            "check_scoring_monitor": BY_RESOURCE,
        },
    },
)
def test_our_search(check):
    check()


# That scikit-learn's own searches pass shows that the suite asks nothing more of ours.
@parametrize_with_search_checks(
    {"grid": GridSearchCV}, expected_failed_checks={"grid": SKLEARN}
)
def test_scikit_learn(check):
    check()


# The same two, but for who proposes the candidates.
@pytest.mark.slow
@parametrize_with_search_checks(
    {
        "bayes-random": functools.partial(BayesSearchCV, optimizer="random"),
        "randomized": RandomizedSearchCV,
    },
    expected_failed_checks={"randomized": SKLEARN},
)
def test_random_candidates(check):
    check()


def test_names_are_unique_and_lead_to_their_checks():
    names = [name for name, _ in search_checks(GridSearchCV)]
    assert len(set(names)) == len(names)
    for name, check in search_checks(GridSearchCV):
        assert check.__name__ == name
        assert check.__doc__


def test_a_factory_is_as_good_as_a_class():
    def make_search(estimator, space, **params):
        return GridSearchCV(estimator, space, **params)

    outcomes = check_search_estimator(make_search, checks=["check_clone"])
    assert outcomes == {"check_clone": "passed"}


def test_outcomes_are_reported():
    outcomes = check_search_estimator(
        GridSearchCV,
        checks=["check_clone", "check_ctrl_c_keeps_results"],
        expected_failed_checks={"check_ctrl_c_keeps_results": LOSES},
    )
    assert outcomes == {
        "check_clone": "passed",
        "check_ctrl_c_keeps_results": f"expected failure: {LOSES}",
    }


def test_an_unexpected_failure_names_its_row():
    with pytest.raises(AssertionError, match="row 19, check_ctrl_c_keeps_results"):
        check_search_estimator(GridSearchCV, checks=["check_ctrl_c_keeps_results"])


def test_an_expected_failure_that_passes_is_an_error():
    with pytest.raises(AssertionError, match="Remove it from expected_failed_checks"):
        check_search_estimator(
            GridSearchCV,
            checks=["check_clone"],
            expected_failed_checks={"check_clone": "no reason"},
        )


def test_unknown_names_are_errors():
    with pytest.raises(ValueError, match=r"\['check_nothing'\] are no checks"):
        check_search_estimator(GridSearchCV, checks=["check_nothing"])
    with pytest.raises(ValueError, match=r"\['grid'\] are no checks"):
        parametrize_with_search_checks({}, expected_failed_checks={"grid": SKLEARN})


def test_pytest_and_pandas_are_imported_lazily():
    code = (
        "import sys, sklearn.model_selection; before = set(sys.modules);"
        "import sksearch.testing; print(*set(sys.modules) - before)"
    )
    command = [sys.executable, "-c", code]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert not {"pytest", "pandas", "matplotlib"} & set(output.split())
