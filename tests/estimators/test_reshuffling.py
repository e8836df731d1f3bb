"""Each candidate has splits of its own, the same ones however it is run."""

import numpy as np
import pytest
from joblib import parallel_config
from numpy.testing import assert_equal
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import (
    GroupShuffleSplit,
    KFold,
    PredefinedSplit,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV, HyperbandSearchCV, MultiObjectiveSearchCV
from sksearch.callbacks import Callback
from sksearch.evaluation import reseeded, split_seed
from sksearch.exceptions import HistoryMismatchError
from sksearch.optimizers._observations import Observations

X, Y = load_breast_cancer(return_X_y=True)
X, Y = X[::5], Y[::5]
SPACE = {"max_depth": (1, 8), "ccp_alpha": (1e-4, 0.1, "log-uniform")}
HOLDOUT = ShuffleSplit(1, test_size=0.3)


def make_search(kind=BayesSearchCV, **options):
    options = {"cv": HOLDOUT, "random_state": 0, "reshuffle": True, **options}
    if kind is HyperbandSearchCV:
        model = SGDClassifier(random_state=0)
        space = {"alpha": (1e-5, 1.0, "log-uniform")}
        return kind(model, space, max_resources=9, **options)
    if kind is MultiObjectiveSearchCV:
        options = {"scoring": ["accuracy", "neg_log_loss"], **options}
    model = DecisionTreeClassifier(random_state=0)
    return kind(model, SPACE, **{"n_iter": 10, **options})


KINDS = [BayesSearchCV, HyperbandSearchCV, MultiObjectiveSearchCV]


def without_times(table):
    return {name: column for name, column in table.items() if "time" not in name}


@pytest.mark.parametrize(
    "cv", [HOLDOUT, StratifiedKFold(3), RepeatedKFold(n_splits=2, n_repeats=2)]
)
def test_scores_are_those_of_the_candidates_own_splits(cv):
    fitted = make_search(cv=cv).fit(X, Y)
    for trial in fitted.history_.trials:
        own = reseeded(cv, split_seed(fitted.history_.seed, trial.id))
        model = clone(fitted.estimator).set_params(**trial.params)
        expected = cross_val_score(model, X, Y, cv=own)
        found = fitted.history_.fold_scores(trial.id)
        np.testing.assert_array_equal(found, expected)


def test_splits_differ_from_candidate_to_candidate():
    tests = set()
    for trial_id in range(20):
        [(_, test)] = reseeded(HOLDOUT, split_seed(0, trial_id)).split(X)
        tests.add(tuple(test))
    assert len(tests) == 20


def test_candidates_that_are_equal_have_other_scores():
    model, space = DecisionTreeClassifier(max_depth=1), {"random_state": (0, 10_000)}
    for reshuffle in (False, True):
        search = BayesSearchCV(
            model, space, n_iter=12, cv=ShuffleSplit(1, random_state=0), random_state=0
        )
        search.set_params(reshuffle=reshuffle, optimizer="random").fit(X, Y)
        n_different = len(set(search.cv_results_["mean_test_score"]))
        assert (n_different > 2) == reshuffle


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_workers_change_nothing(kind, backend):
    alone = make_search(kind).fit(X, Y)
    with parallel_config(backend, n_jobs=2):
        together = make_search(kind).fit(X, Y)
    tables = (without_times(each.cv_results_) for each in (alone, together))
    assert_equal(*tables)


def test_a_candidate_that_is_trained_on_keeps_its_split():
    fitted = make_search(HyperbandSearchCV).fit(X, Y)
    history = fitted.history_
    for trial in history.trials:
        [(train, test)] = reseeded(HOLDOUT, split_seed(history.seed, trial.id)).split(X)
        for resource in history.resources(trial.id):
            model = SGDClassifier(random_state=0, **trial.params)
            for number in range(resource):  # each pass shuffles anew
                model.set_params(random_state=number)
                model.partial_fit(X[train], Y[train], classes=np.unique(Y))
            assert history.score(trial.id, resource) == model.score(X[test], Y[test])


class Dying(Callback):
    def __init__(self, after):
        self.after = after

    def on_evaluation(self, history, evaluation):
        self.after -= 1
        if self.after == 0:
            raise KeyError("killed")


@pytest.mark.parametrize("seed", [0, None])
def test_it_goes_on_from_a_journal(tmp_path, seed):
    path = tmp_path / "search.jsonl"
    options = {"random_state": seed, "cv": KFold(3, shuffle=True)}
    with pytest.raises(KeyError):
        make_search(journal=path, callbacks=[Dying(7)], **options).fit(X, Y)
    resumed = make_search(journal=path, **options).fit(X, Y)
    if seed is not None:
        expected = without_times(make_search(**options).fit(X, Y).cv_results_)
        assert_equal(without_times(resumed.cv_results_), expected)
    for trial in resumed.history_.trials:
        own = reseeded(options["cv"], split_seed(resumed.history_.seed, trial.id))
        model = clone(resumed.estimator).set_params(**trial.params)
        found = resumed.history_.fold_scores(trial.id)
        np.testing.assert_array_equal(found, cross_val_score(model, X, Y, cv=own))


@pytest.mark.parametrize("first", [False, True])
def test_a_journal_is_of_one_kind(tmp_path, first):
    path = tmp_path / "search.jsonl"
    options = {"journal": path, "cv": KFold(3, shuffle=True, random_state=0)}
    make_search(reshuffle=first, **options).fit(X, Y)
    with pytest.raises(HistoryMismatchError):
        make_search(reshuffle=not first, **options).fit(X, Y)


def test_groups_stay_together():
    groups = np.arange(len(X)) // 10
    cv = GroupShuffleSplit(1, test_size=0.3)
    seen = []

    class Groups(GroupShuffleSplit):
        def split(self, X, y=None, groups=None):
            for train, test in super().split(X, y, groups):
                seen.append(set(groups[train]) & set(groups[test]))
                yield train, test

    own = Groups(1, test_size=0.3)
    fitted = make_search(cv=own).fit(X, Y, groups=groups)
    assert len(seen) > 10
    assert not any(seen)
    assert_equal(
        without_times(fitted.cv_results_),
        without_times(make_search(cv=cv).fit(X, Y, groups=groups).cv_results_),
    )


def test_models_learn_from_complete_candidates_only():
    """What folds do to one candidate says nothing of another one's."""
    options = {"cv": 3, "n_iter": 14, "max_fits": 40, "optimizer": "random"}
    own = make_search(**options).fit(X, Y)
    shared = make_search(reshuffle=False, **options).fit(X, Y)
    assert own.cv_results_["status"][-1] == "stopped"
    assert len(Observations.of(own.history_)) == 13
    assert len(Observations.of(shared.history_)) == 14
    last = own.history_.trials[-1].id
    assert np.isnan(own.history_.fold_scores(last)).all()
    assert len(own.history_.evaluations(last)) == 1


def test_a_recheck_scores_all_on_the_same_splits():
    again = ShuffleSplit(3, random_state=1)
    fitted = make_search(n_recheck=3, recheck_cv=again).fit(X, Y)
    for trial in fitted.recheck_history_.trials:
        model = clone(fitted.estimator).set_params(**trial.params)
        found = fitted.recheck_history_.fold_scores(trial.id)
        np.testing.assert_array_equal(found, cross_val_score(model, X, Y, cv=again))


def test_of_sizes_that_differ_each_result_tells_its_own():
    groups = np.repeat(np.arange(12), np.arange(12) + 3)[: len(X)]
    cv = GroupShuffleSplit(1, test_size=0.3)
    rows = slice(0, len(groups))
    fitted = make_search(cv=cv).fit(X[rows], Y[rows], groups=groups)
    for trial in fitted.history_.trials:
        own = reseeded(cv, split_seed(fitted.history_.seed, trial.id))
        [(_, test)] = own.split(X[rows], Y[rows], groups)
        assert fitted.history_.evaluations(trial.id)[0].n_test == len(test)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"fold_stopping": True, "cv": 3}, "compares candidates fold by fold"),
        ({"cv": TimeSeriesSplit(3)}, "has one set of them"),
        ({"cv": PredefinedSplit(np.arange(len(X)) % 2)}, "has one set of them"),
        ({"cv": list(KFold(3).split(X))}, "has one set of them"),
        ({"reshuffle": "yes"}, "The 'reshuffle' parameter"),
    ],
)
def test_what_makes_no_sense_is_told(options, match):
    with pytest.raises(ValueError, match=match):
        make_search(**options).fit(X, Y)
