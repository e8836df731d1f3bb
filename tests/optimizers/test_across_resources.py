"""What a model learns from those who were trained little, and what it does not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sksearch.history import Evaluation, History, Task, Trial
from sksearch.optimizers import EHVI, Bayesian
from sksearch.space import Real, SearchSpace

LITTLE, FAR = 1, 27


def full_score(x):
    return 0.97 - 0.03 * (x - 0.3) ** 2


def new_log(little_score, n_little=30, n_far=8, far_score=full_score):
    """Return a log of trials that were trained little, and of some that went on."""
    history = History(SearchSpace({"x": Real(0.0, 1.0)}), seed=0, n_splits=1)
    for number, x in enumerate(np.linspace(0.0, 1.0, n_little).tolist()):
        history.record(Trial(number, {"x": x}, LITTLE))
        history.record(Evaluation(number, LITTLE, 0, {"score": little_score(x)}))
    for number in np.linspace(0, n_little - 1, n_far).astype(int).tolist():
        history.record(Task(number, FAR))
        x = history.trials[number].params["x"]
        history.record(Evaluation(number, FAR, 0, {"score": far_score(x)}))
    return history


def proposed(history):
    return Bayesian().ask(history, np.random.default_rng(0)).params["x"]


@settings(deadline=None, max_examples=15)
@given(power=st.floats(0.2, 8.0), low=st.floats(-0.9, 0.0))
def test_those_trained_little_count_by_their_order(power, low):
    """How far they are below those in full is no measure of how these differ."""
    one = new_log(lambda x: 0.5 * x)
    other = new_log(lambda x: low + 0.5 * x**power)
    assert proposed(other) == pytest.approx(proposed(one), abs=1e-6)


def test_a_disaster_far_on_lets_nobody_in():
    """As one of the worst it counts by its order, and those trained little with it."""
    logs = [
        new_log(
            lambda x: 0.2 + 0.5 * x,
            far_score=lambda x, least=least: least if x == 1.0 else full_score(x),
        )
        for least in (0.1, -0.9)
    ]
    first, second = map(proposed, logs)
    assert first == pytest.approx(second, abs=1e-6)


def test_small_differences_far_on_are_seen():
    """Little training is misleading, and differs much more than what is to be found."""
    history = new_log(lambda x: 0.1 + 0.5 * x)
    for number in range(30, 34):
        x = proposed(history)
        history.record(Trial(number, {"x": x}, FAR))
        history.record(Evaluation(number, FAR, 0, {"score": full_score(x)}))
    assert abs(history.trials[-1].params["x"] - 0.3) < 0.02


def test_higher_scores_of_little_training_do_no_harm():
    """Where more training is worse nobody is below those in full."""
    history = new_log(lambda x: 2.0 + 0.1 * full_score(x))
    assert 0.0 <= proposed(history) <= 1.0


def test_several_objectives_across_resources():
    space = SearchSpace({"x": Real(0.0, 1.0)})
    history = History(space, seed=0, n_splits=1, objectives=["low", "high"])
    for number, x in enumerate(np.linspace(0.0, 1.0, 12).tolist()):
        history.record(Trial(number, {"x": x}, LITTLE))
        scores = {"low": -((x - 0.2) ** 2), "high": -((x - 0.4) ** 2)}
        history.record(Evaluation(number, LITTLE, 0, scores))
        if number % 3 == 0:
            history.record(Task(number, FAR))
            history.record(Evaluation(number, FAR, 0, scores))
    proposal = EHVI().ask(history, np.random.default_rng(12))
    assert proposal.tags["by"] == "gp"
