"""One fit: what it is given, what it hands back, what it leaves alone."""

import math
import random
import threading
import time

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import check_scoring
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sksearch.evaluation import Evaluator, Fit
from sksearch.evaluation._seeding import fit_seed, seed_estimator, seeded_generators
from sksearch.evaluation._threads import (
    share_of_cores,
    share_threads,
    thread_environment,
)
from sksearch.history import Trial

X, Y = load_iris(return_X_y=True)
EVEN, ODD = np.arange(0, 150, 2), np.arange(1, 150, 2)


def new_evaluator(estimator, **options):
    options = {"scorer": check_scoring(estimator), **options}
    return Evaluator(estimator, X, Y, [(EVEN, ODD), (ODD, EVEN)], **options)


def fit_of(params, trial=0, fold=0):
    return Fit(Trial(trial, params), 1, fold)


class Noisy(ClassifierMixin, BaseEstimator):
    """Scores what it draws from every process-wide generator."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.drawn_ = np.random.rand() + random.random()
        return self

    def score(self, X, y):
        return self.drawn_


def test_it_scores_as_scikit_learn_would():
    evaluation = new_evaluator(SVC(), return_train_score=True)(fit_of({"C": 3.0}))
    expected = SVC(C=3.0).fit(X[EVEN], Y[EVEN])
    assert evaluation.scores == {"score": expected.score(X[ODD], Y[ODD])}
    assert evaluation.train_scores == {"score": expected.score(X[EVEN], Y[EVEN])}
    assert evaluation.status == "ok"
    assert evaluation.error is None
    assert evaluation.n_test == 75
    assert evaluation.fit_time > 0


def test_the_estimator_and_the_choices_stay_unfitted():
    scaler = StandardScaler()
    pipeline = make_pipeline(StandardScaler(), SVC())
    new_evaluator(pipeline)(fit_of({"standardscaler": scaler}))
    assert not hasattr(scaler, "mean_")
    assert not hasattr(pipeline[0], "mean_")


def test_a_wrong_name_is_no_failing_fit():
    with pytest.raises(ValueError, match="no_such_parameter"):
        new_evaluator(SVC())(fit_of({"no_such_parameter": 1}))


def test_a_failure_is_a_result():
    evaluation = new_evaluator(SVC(), error_score=-7)(fit_of({"C": -1.0}))
    assert evaluation.status == "failed"
    assert evaluation.scores == {"score": -7.0}
    assert "Traceback" in evaluation.error


def test_a_failure_raises_where_asked():
    with pytest.raises(ValueError, match="C"):
        new_evaluator(SVC(), error_score="raise")(fit_of({"C": -1.0}))


def test_a_failing_scorer_is_told_apart_from_a_failing_fit():
    def bad(estimator, X, y):
        raise ZeroDivisionError("no score today")

    with pytest.warns(UserWarning, match="Scoring failed"):
        evaluation = new_evaluator(SVC(), scorer=bad)(fit_of({}))
    assert evaluation.status == "ok"
    assert "no score today" in evaluation.error
    assert math.isnan(evaluation.scores["score"])


def test_a_score_that_is_not_finite_has_a_reason():
    evaluation = new_evaluator(SVC(), scorer=lambda e, X, y: math.nan)(fit_of({}))
    assert evaluation.error == "No finite score: score"


def test_seeds_belong_to_trial_and_fold_not_to_order():
    evaluator = new_evaluator(Noisy(), seed=3, seed_fits=True)
    fits = [fit_of({}, trial, fold) for trial in range(3) for fold in range(2)]
    there = {fit.key: evaluator(fit).scores["score"] for fit in fits}
    back = {fit.key: evaluator(fit).scores["score"] for fit in reversed(fits)}
    assert there == back
    assert len(set(there.values())) == 6


def test_without_seed_fits_an_unseeded_estimator_stays_random():
    evaluator = new_evaluator(Noisy())
    assert evaluator(fit_of({})).scores != evaluator(fit_of({})).scores


def test_generators_are_put_back():
    states = np.random.get_state()[1].copy(), random.getstate()
    new_evaluator(Noisy(), seed_fits=True)(fit_of({}))
    assert np.array_equal(states[0], np.random.get_state()[1])
    assert states[1] == random.getstate()


def test_torch_draws_alike_and_is_put_back():
    torch = pytest.importorskip("torch", reason="the torch extra is not installed")
    before = torch.get_rng_state()
    with seeded_generators(5):
        first = torch.rand(3)
    with seeded_generators(5):
        assert torch.equal(first, torch.rand(3))
    assert torch.equal(before, torch.get_rng_state())


def test_threads_leave_the_generators_alone():
    state = np.random.get_state()[1].copy()

    def work():
        with seeded_generators(1):
            time.sleep(0.01)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert np.array_equal(state, np.random.get_state()[1])


def test_only_random_states_left_open_are_seeded():
    forest = make_pipeline(StandardScaler(), RandomForestClassifier())
    seed_estimator(forest, 3)
    assert forest[1].random_state is not None
    fixed = RandomForestClassifier(random_state=7)
    seed_estimator(fixed, 3)
    assert fixed.random_state == 7


def test_fit_seeds_do_not_collide():
    seeds = {fit_seed(0, trial, fold) for trial in range(200) for fold in range(10)}
    assert len(seeds) == 2000
    assert max(seeds) < 2**31


class Foreign(BaseEstimator):
    """Like LightGBM: `n_jobs=None` takes every core."""

    def __init__(self, n_jobs=None, num_threads=-1, depth=3):
        self.n_jobs = n_jobs
        self.num_threads = num_threads
        self.depth = depth


class Inherited(RandomForestClassifier):
    """scikit-learn's own parameter, in a class of the user."""


def test_thread_parameters_left_open_get_the_share():
    pipeline = make_pipeline(StandardScaler(), Foreign())
    share_threads(pipeline, 2)
    assert pipeline[1].n_jobs == pipeline[1].num_threads == 2
    assert pipeline[1].depth == 3


@pytest.mark.parametrize("n_jobs", [1, 4, -1])
def test_thread_parameters_of_the_user_stay(n_jobs):
    estimator = Foreign(n_jobs=n_jobs)
    share_threads(estimator, 2)
    assert estimator.n_jobs == n_jobs


@pytest.mark.parametrize("estimator", [RandomForestClassifier(), Inherited()])
def test_one_means_one_in_scikit_learn(estimator):
    before = clone(estimator).get_params()
    share_threads(estimator, 2)
    assert estimator.get_params() == before


def test_lightgbm_gets_the_share():
    lightgbm = pytest.importorskip("lightgbm", reason="the lightgbm extra is missing")
    estimator = lightgbm.LGBMClassifier()
    share_threads(estimator, 1)
    assert estimator.n_jobs == 1


def test_shares_add_up_to_the_cores(monkeypatch):
    monkeypatch.setattr("sksearch.evaluation._threads.cpu_count", lambda: 8)
    assert [share_of_cores(n) for n in (1, 2, 3, 8, 20)] == [8, 4, 2, 1, 1]
    assert share_of_cores(2, limit=7) == 7


def test_the_users_environment_stays_unless_joblib_is_explicit(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert thread_environment(2)["OMP_NUM_THREADS"] == "5"
    assert thread_environment(2)["MKL_NUM_THREADS"] == "2"
    assert thread_environment(2, explicit=True)["OMP_NUM_THREADS"] == "2"
