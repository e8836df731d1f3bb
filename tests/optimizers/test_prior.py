"""Proposals that a user's belief draws, and how far."""

import numpy as np
import pytest

from sksearch.history import Evaluation, History, Trial
from sksearch.optimizers import (
    EHVI,
    NSGA2,
    TPE,
    Auto,
    Bayesian,
    ParEGO,
    Sobol,
    Source,
    Transfer,
)
from sksearch.optimizers._prior import believed
from sksearch.space import SearchSpace

SPACE = {"x": (0.0, 1.0), "y": (1e-3, 1.0, "log-uniform"), "k": ["a", "b"]}
NEAR = {"x": (0.75, 0.1), "y": (0.1, 2.0), "k": ("a", 0.9)}
FAR = {"x": (0.0, 0.1), "y": (1e-3, 2.0), "k": ("b", 0.9)}


def hill(x, y, k):
    return -((x - 0.7) ** 2) - (np.log10(y) + 1.1) ** 2 / 9 - 0.3 * (k != "a")


def run(optimizer, prior, n, score=hill, seed=0, goals=1):
    names = [f"s{j}" for j in range(goals)]
    several = {"objectives": names} if goals > 1 else {}
    space = SearchSpace(SPACE, prior=prior)
    history = History(space, seed=seed, n_splits=1, **several)
    for i in range(n):
        proposal = optimizer.ask(history, np.random.default_rng([seed, i]))
        history.record(Trial(i, proposal.params, tags=proposal.tags))
        value = float(score(**proposal.params))
        scores = {name: value * (j + 1) for j, name in enumerate(names)}
        scores = scores if goals > 1 else {"score": value}
        history.record(Evaluation(i, 1, fold=0, scores=scores))
    return history


def log_densities(history, prior, first=0):
    space = SearchSpace(SPACE, prior=prior)
    points = [trial.params for trial in history.trials[first:]]
    return space.prior.log_density(space.encode(points))


def make_source():
    space, rng = SearchSpace(SPACE), np.random.default_rng(0)
    points = [space.sample(rng) for _ in range(25)]
    return Source(points, [hill(**point) for point in points])


MODELS = [
    (Bayesian(), 1),
    (Bayesian(cost_budget=20), 1),
    (Auto(), 1),
    (TPE(), 1),
    (Transfer(sources=[make_source()]), 1),
    (EHVI(), 2),
    (EHVI(reference_point=(-2.0, -4.0)), 2),
    (ParEGO(), 4),
    (NSGA2(12), 2),
]


@pytest.mark.parametrize(("optimizer", "goals"), MODELS, ids=str)
def test_a_prior_draws_every_optimizer_that_has_a_model(optimizer, goals):
    n = 24 if isinstance(optimizer, TPE) else 12
    plain = run(optimizer, None, n, goals=goals)
    drawn = run(optimizer, NEAR, n, goals=goals)
    assert log_densities(drawn, NEAR).mean() > log_densities(plain, NEAR).mean()


def test_every_other_point_of_the_design_is_that_of_the_sobol_sequence():
    tags = [trial.tags["by"] for trial in run(Bayesian(n_initial=8), NEAR, 8).trials]
    assert tags == ["prior", "sobol"] * 4
    believing, plain = run(Bayesian(n_initial=8), NEAR, 8), run(Sobol(), None, 4)
    filling = [t.params for t in believing.trials if t.tags["by"] == "sobol"]
    assert filling == [trial.params for trial in plain.trials]


def test_a_prior_does_not_touch_what_reads_no_scores():
    plain, believing = run(Sobol(), None, 6), run(Sobol(), NEAR, 6)
    assert [t.params for t in plain.trials] == [t.params for t in believing.trials]


@pytest.mark.parametrize("seed", range(3))
def test_a_good_prior_helps_at_once_and_a_wrong_one_is_recovered_from(seed):
    def best(prior, n):
        history = run(Bayesian(), prior, n, seed=seed)
        return max(hill(**trial.params) for trial in history.trials)

    assert best(NEAR, 6) > best(FAR, 6)
    assert best(FAR, 40) > -0.001


def test_what_is_believed_decays_and_is_dropped_where_results_deny_it():
    history = run(Bayesian(), NEAR, 10)
    X = history.space.encode([trial.params for trial in history.trials])
    likely = history.space.prior.log_density(X)
    [term] = believed(history, X, likely)
    assert term.share == 0.5
    assert np.allclose(term.value(X), 0.5 * likely)
    assert believed(history, X, -likely) == []
    assert believed(run(Bayesian(), None, 5), X, likely) == []


def test_failures_count_when_results_deny_what_is_believed():
    history = run(Bayesian(), NEAR, 10)
    X = history.space.encode([trial.params for trial in history.trials])
    likely = history.space.prior.log_density(X)
    failed = likely > np.median(likely)
    assert believed(history, X, np.where(failed, -np.inf, -likely)) == []
    assert believed(history, X, np.where(failed, likely, -np.inf)) != []


def test_a_constraint_holds_for_what_is_believed():
    space = SearchSpace(SPACE, lambda p: p["x"] < 0.5, prior={"x": (0.9, 0.2)})
    history = History(space, seed=0, n_splits=1)
    for i in range(6):
        proposal = Auto().ask(history, np.random.default_rng(i))
        history.record(Trial(i, proposal.params, tags=proposal.tags))
        assert proposal.params["x"] < 0.5


def test_a_prior_in_which_nothing_is_legal_leaves_the_design():
    space = SearchSpace(SPACE, lambda p: p["x"] < 0.1, prior={"x": (1.0, 0.01)})
    history = History(space, seed=0, n_splits=1)
    assert Auto().ask(history, np.random.default_rng(0)).tags["by"] == "sobol"
