"""Improvement per second: cheap fits first, dear ones when they promise more."""

import math

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from sksearch.history import Evaluation, History, Trial
from sksearch.optimizers import Auto, Bayesian, Source, Transfer
from sksearch.optimizers._acquisition import Acquisition, Improvement
from sksearch.optimizers._cost import fit_cost
from sksearch.space import Real, SearchSpace
from sksearch.surrogates import Feasibility, GaussianProcess

SPACE = {"x": Real(0.0, 1.0), "size": Real(1.0, 100.0, "log-uniform")}


def score(params):
    """Size helps a little; what costs most is not needed."""
    return -((params["x"] - 0.4) ** 2) + 0.02 * math.log(params["size"])


def wavy(params):
    """Size does not matter."""
    return -((params["x"] - 0.4) ** 2) + 0.2 * math.sin(12.0 * params["x"])


def seconds(params):
    return 0.01 * params["size"]


def searched(optimizer, n=30, seed=0, seconds=seconds, score=score):
    history = History(SearchSpace(SPACE), seed=seed, n_splits=1)
    for number in range(n):
        proposal = optimizer.ask(history, np.random.default_rng([seed, number]))
        params = proposal.params
        history.record(Trial(number, params, tags=proposal.tags))
        result = {"score": score(params)}
        time = seconds(params)
        history.record(Evaluation(number, 1, 0, result, fit_time=time, score_time=0.0))
    return history


def total(history):
    return sum(seconds(trial.params) for trial in history.trials)


@pytest.mark.parametrize("kind", [Auto, Bayesian])
def test_cheap_fits_are_made_first(kind):
    for seed in range(3):
        plain = searched(kind(), seed=seed, score=wavy)
        aware = searched(kind(cost_budget=60), seed=seed, score=wavy)
        assert total(aware) < 0.7 * total(plain)
        found = aware.score(aware.incumbent())
        assert found > plain.score(plain.incumbent()) - 0.05


def test_what_fits_cost_counts_too_where_earlier_searches_guide():
    rng = np.random.default_rng(0)
    points = [{"x": x, "size": 100.0**y} for x, y in rng.random((40, 2)).tolist()]
    source = Source(points, list(map(wavy, points)))
    for seed in range(2):
        logs = [
            searched(Transfer(Auto(cost_budget=budget), [source]), 20, seed, score=wavy)
            for budget in (None, 60)
        ]
        assert all(sum("sources" in t.tags for t in log.trials) >= 8 for log in logs)
        plain, aware = map(total, logs)
        assert aware < 0.7 * plain


def test_the_dear_optimum_is_found_in_the_end():
    aware = searched(Bayesian(cost_budget=40), n=40)
    best = aware.trials[aware.incumbent()].params
    assert best["size"] > 50.0
    assert abs(best["x"] - 0.4) < 0.1


def test_costs_are_learned_on_their_logarithm_and_cool():
    history = searched(Bayesian(), n=20)
    space, trials = history.space, history.trials
    points = [{"x": 0.5, "size": 2.0}, {"x": 0.5, "size": 64.0}]
    for budget, alpha in ((40, 0.5), (80, 0.75)):
        [cost] = fit_cost(history, trials, budget)
        low, high = cost.value(space.encode(points))
        assert low - high == pytest.approx(alpha * math.log(32.0), rel=0.1)
    assert fit_cost(history, trials, 20) == []


def test_without_times_or_differences_costs_do_not_count():
    def nothing(params):
        return math.nan

    for times in (nothing, lambda params: 1.0, lambda params: 1e-6):
        history = searched(Bayesian(), n=12, seconds=times)
        assert fit_cost(history, history.trials, 50) == []
        aware = searched(Bayesian(cost_budget=50), n=12, seconds=times)
        assert [t.params for t in aware.trials] == [t.params for t in history.trials]


def test_the_gradient_is_that_of_the_value():
    history = searched(Bayesian(), n=20)
    X = history.space.encode([trial.params for trial in history.trials])
    y = np.array([score(trial.params) for trial in history.trials])
    groups = history.space.groups
    acquisition = Acquisition(
        [
            Improvement(GaussianProcess.fit(X, y, groups), y.max()),
            Feasibility.fit(X, X[:, 0] < 0.7, groups),
            *fit_cost(history, history.trials, 50),
        ]
    )
    assert len(acquisition.terms) == 3
    for x in np.random.default_rng(0).random((5, X.shape[1])):
        value, gradient = acquisition.value_and_gradient(x[None])
        assert value[0] == pytest.approx(acquisition.value(x[None])[0])
        expected = approx_fprime(x, lambda x: acquisition.value(x[None])[0], 1e-7)
        np.testing.assert_allclose(gradient[0], expected, rtol=2e-3, atol=2e-3)
