"""Callbacks that end a search: at the first moment that they may, and not before."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.neighbors import KNeighborsClassifier

from sksearch import BayesSearchCV, HyperbandSearchCV
from sksearch._search_loop import Search, run_search
from sksearch.callbacks import (
    CostLimit,
    FitLimit,
    NoImprovement,
    RegretBelowNoise,
    TargetScore,
)
from sksearch.callbacks._regret import standard_error
from sksearch.evaluation import SerialExecutor
from sksearch.history import Evaluation, History, Task, Trial
from sksearch.optimizers import Bayesian
from sksearch.schedulers import FullEvaluation
from sksearch.space import SearchSpace

SPACE = SearchSpace({"x": (0.0, 1.0)})


def new_history(n_splits=2, space=SPACE, **options):
    return History(space, seed=0, n_splits=n_splits, **options)


def records_of(scores, n_splits=2, resource=1):
    """Trials one after the other; None is one that fails on its last fold."""
    for trial_id, score in enumerate(scores):
        yield Trial(trial_id, {"x": trial_id / 1000.0}, resource)
        for fold in range(n_splits):
            failed = score is None and fold == n_splits - 1
            status = "failed" if failed else "ok"
            value = {"score": math.nan if failed else score or 0.0}
            yield Evaluation(
                trial_id, resource, fold, value, status=status, fit_time=1.0,
                score_time=0.5,
            )  # fmt: skip


def stops_after(callback, records, history=None):
    """How many results there are when it says stop; None if it never does."""
    history = new_history() if history is None else history
    callback.on_search_begin(history)
    n_results = sum(isinstance(r, Evaluation) for r in history.records)
    for record in records:
        history.record(record)
        if isinstance(record, Evaluation):
            n_results += 1
            if callback.on_evaluation(history, record):
                return n_results
    return None


SCORES = st.lists(st.none() | st.sampled_from([0.1, 0.2, 0.3, 0.4]), max_size=12)


@given(SCORES, st.sampled_from([0.15, 0.3, 0.9]))
def test_a_target_ends_a_search_with_the_first_that_has_it(scores, target):
    reached = [i for i, s in enumerate(scores) if s is not None and s >= target]
    expected = 2 * (reached[0] + 1) if reached else None
    assert stops_after(TargetScore(target), records_of(scores)) == expected


def test_a_target_is_for_those_that_meet_the_constraints():
    history = new_history(1, constraints={"b": 1.0}, objective="a")
    scores = [{"a": 0.9, "b": 0.0}, {"a": 0.5, "b": 1.0}, {"a": 0.8, "b": 1.0}]
    records = []
    for i, score in enumerate(scores):
        records += [Trial(i, {"x": i / 10}), Evaluation(i, 1, 0, score)]
    assert stops_after(TargetScore(0.7), records, history) == 3


def test_a_target_is_for_those_that_were_trained_farthest():
    records = [
        Trial(0, {"x": 0.0}), Evaluation(0, 1, 0, {"score": 0.5}),
        Task(0, 3), Evaluation(0, 3, 0, {"score": 0.6}),
        Trial(1, {"x": 0.1}), Evaluation(1, 1, 0, {"score": 0.9}),
        Task(1, 3), Evaluation(1, 3, 0, {"score": 0.9}),
    ]  # fmt: skip
    assert stops_after(TargetScore(0.8), records, new_history(1)) == 4


def in_vain(scores, patience, tolerance):
    """The oracle: after how many trials `patience` of them have brought nothing."""
    best, since = -math.inf, 0
    for n, score in enumerate(scores, start=1):
        improves = score is not None and score > best + tolerance
        best, since = (score, 0) if improves else (best, since + 1)
        if since >= patience and math.isfinite(best):
            return 2 * n
    return None


@given(SCORES, st.integers(1, 4), st.sampled_from([0.0, 0.15]), st.integers(0, 30))
def test_no_improvement_counts_trials_also_over_a_pause(
    scores, patience, tolerance, cut
):
    callback, records = NoImprovement(patience, tolerance), list(records_of(scores))
    expected = in_vain(scores, patience, tolerance)
    assert stops_after(callback, records) == expected
    n_before = sum(isinstance(r, Evaluation) for r in records[:cut])
    if expected is None or expected > n_before:
        history = new_history()
        for record in records[:cut]:
            history.record(record)
        assert stops_after(callback, records[cut:], history) == expected


def test_a_higher_rung_is_an_improvement():
    records = [
        Trial(0, {"x": 0.0}), Evaluation(0, 1, 0, {"score": 0.9}),
        Trial(1, {"x": 0.1}), Evaluation(1, 1, 0, {"score": 0.8}),
        Task(0, 3), Evaluation(0, 3, 0, {"score": 0.5}),
        Trial(2, {"x": 0.2}), Evaluation(2, 1, 0, {"score": 0.95}),
        Task(2, 3), Evaluation(2, 3, 0, {"score": 0.4}),
    ]  # fmt: skip
    assert stops_after(NoImprovement(2), records, new_history(1)) == 5


def test_of_several_objectives_a_new_point_of_the_front_is_an_improvement():
    history = new_history(1, objectives=["a", "b"])
    scores = [(1, 1), (2, 0), (0, 0), (0, 2), (1, 0), (0, 1)]
    records = []
    for i, (a, b) in enumerate(scores):
        records += [
            Trial(i, {"x": i / 10}),
            Evaluation(i, 1, 0, {"a": float(a), "b": float(b)}),
        ]
    assert stops_after(NoImprovement(2), records, history) == 6
    with pytest.raises(ValueError, match=r"tolerance=0\.1.*2 objectives"):
        NoImprovement(2, 0.1).on_search_begin(history)


@pytest.mark.parametrize("options", [{"n_trials": 0}, {"tolerance": -1.0}])
def test_no_improvement_refuses_what_has_no_meaning(options):
    with pytest.raises(ValueError, match="NoImprovement"):
        NoImprovement(**{"n_trials": 3, **options}).on_search_begin(new_history())


@given(SCORES, st.integers(1, 12), st.integers(0, 30))
def test_a_budget_counts_what_was_there_before(scores, n_fits, cut):
    records = list(records_of(scores))
    complete = [i for i, score in enumerate(scores) if score is not None]
    first = 2 * (complete[0] + 1) if complete else math.inf
    expected = max(n_fits, first)
    expected = None if expected > 2 * len(scores) else expected
    # Each fit takes 1.5 seconds.
    for callback in (FitLimit(n_fits), CostLimit(1.5 * n_fits)):
        assert stops_after(callback, records) == expected
        n_before = sum(isinstance(r, Evaluation) for r in records[:cut])
        if expected is None or expected > n_before:
            history = new_history()
            for record in records[:cut]:
                history.record(record)
            assert stops_after(callback, records[cut:], history) == expected


# -- regret below noise --------------------------------------------------------------


def searched(callback, noise, effects=(0.0, 0.0, 0.0), n_trials=50):
    """Search the maximum of a parabola whose folds differ by `effects`."""
    history = new_history(3)

    def evaluate(fit):
        rng = np.random.default_rng([fit.trial.id, fit.fold])
        score = -((fit.trial.params["x"] - 0.3) ** 2) + noise * rng.normal()
        return Evaluation(*fit.key, {"score": score + effects[fit.fold]})

    search = Search(history, Bayesian(), FullEvaluation(n_trials), 1)
    run_search(search, SerialExecutor(evaluate), callbacks=[callback])
    return history


def test_without_noise_it_goes_on():
    callback = RegretBelowNoise()
    assert len(searched(callback, noise=0.0).trials) == 50
    assert callback.standard_error < 1e-12
    assert 0.0 <= callback.regret < 0.01


@pytest.mark.parametrize("noise", [0.02, 0.1])
def test_with_noise_it_stops_and_what_is_left_is_below_it(noise):
    callback = RegretBelowNoise()
    history = searched(callback, noise)
    assert 20 <= len(history.trials) < 50
    assert callback.regret < callback.standard_error
    best = history.trials[history.incumbent()].params["x"]
    assert (best - 0.3) ** 2 < 2.0 * callback.standard_error


def test_more_noise_does_not_stop_later():
    ends = [len(searched(RegretBelowNoise(), s).trials) for s in (0.0, 0.01, 0.1)]
    assert ends == sorted(ends, reverse=True)


def test_what_the_folds_share_is_no_noise():
    plain, shifted = RegretBelowNoise(), RegretBelowNoise()
    ends = [
        len(searched(plain, 0.02).trials),
        len(searched(shifted, 0.02, effects=(-1.0, 0.0, 1.0)).trials),
    ]
    assert ends[0] == ends[1]
    assert shifted.standard_error == pytest.approx(plain.standard_error)


def test_the_standard_error_is_that_of_the_means():
    rng = np.random.default_rng(0)
    errors = []
    for _ in range(300):
        scores = rng.normal(scale=0.5, size=(40, 5)) + rng.normal(size=5)
        errors.append(standard_error(scores + np.linspace(0, 50, 40)[:, None]) ** 2)
    # s^2 (1/K + 1/(K-1)) with s = 0.5, as far as 300 tables tell.
    assert np.mean(errors) == pytest.approx(0.25 * (1 / 5 + 1 / 4), rel=0.05)


def test_candidates_that_diverged_are_no_noise():
    rng = np.random.default_rng(0)
    scores = rng.normal(scale=0.01, size=(20, 5))
    wild = scores - (np.arange(20) < 8)[:, None] * rng.exponential(1e6, (20, 5))
    assert standard_error(wild) < 0.02


def test_a_space_that_is_known_in_full_has_no_regret_but_the_noise():
    callback = RegretBelowNoise()
    search = BayesSearchCV(
        KNeighborsClassifier(), {"n_neighbors": range(1, 60)}, n_iter=59,
        callbacks=[callback], random_state=0,
    )  # fmt: skip
    search.fit(*load_iris(return_X_y=True))
    assert len(search.history_.observed()) < 59
    assert callback.regret < callback.standard_error


@pytest.mark.parametrize("options", [{"n_initial": 2}, {"delta": 0.0}, {"delta": 1.0}])
def test_it_refuses_what_has_no_meaning(options):
    with pytest.raises(ValueError, match="RegretBelowNoise"):
        RegretBelowNoise(**options).on_search_begin(new_history())


def test_it_refuses_searches_in_which_it_cannot_tell():
    with pytest.raises(ValueError, match="single split"):
        RegretBelowNoise().on_search_begin(new_history(1))
    with pytest.raises(ValueError, match="several"):
        RegretBelowNoise().on_search_begin(new_history(objectives=["a", "b"]))


def test_equal_scores_tell_nothing():
    callback = RegretBelowNoise()
    assert stops_after(callback, records_of([0.5] * 30)) is None
    assert callback.regret == math.inf


def test_on_rungs_it_looks_at_the_highest():
    callback = RegretBelowNoise(n_initial=5)
    search = HyperbandSearchCV(
        KNeighborsClassifier(), {"n_neighbors": range(1, 20)}, resource="n_samples",
        callbacks=[callback], cv=3, random_state=0,
    )  # fmt: skip
    search.fit(*load_iris(return_X_y=True))
    assert math.isfinite(callback.standard_error)


def test_searches_that_continue_forget_the_last_look():
    callback = RegretBelowNoise()
    searched(callback, 0.02)
    callback.on_search_begin(new_history())
    assert callback.regret == math.inf
