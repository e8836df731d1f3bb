"""What a model learns from those who were trained little, and what it does not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sksearch.history import Evaluation, History, Task, Trial
from sksearch.optimizers import EHVI, NSGA2, Bayesian
from sksearch.optimizers._corner import guessed_corner, is_trained
from sksearch.optimizers._models import Data
from sksearch.optimizers._parego import scalarised
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


def log_of_two(little, far=full_score, size=lambda x: -x):
    """The same with the size of a model, which no training changes, or the like."""
    space = SearchSpace({"x": Real(0.0, 1.0)})
    history = History(space, seed=0, n_splits=1, objectives=["score", "size"])
    for number, x in enumerate(np.linspace(0.0, 1.0, 20).tolist()):
        history.record(Trial(number, {"x": x}, LITTLE))
        scores = {"score": little(x), "size": size(x)}
        history.record(Evaluation(number, LITTLE, 0, scores))
        if number % 4 == 0:
            history.record(Task(number, FAR))
            scores = {"score": far(x), "size": size(x)}
            history.record(Evaluation(number, FAR, 0, scores))
    return history


def by_volume(history):
    """Propose by the volume: with this seed it is its turn."""
    proposal = EHVI().ask(history, np.random.default_rng(0))
    assert proposal.tags["models"].keys() == {"0", "1"}
    return proposal.params["x"]


@settings(deadline=None, max_examples=15)
@given(power=st.floats(0.2, 8.0), low=st.floats(-9.0, 0.0))
def test_how_bad_little_training_is_moves_no_reference_point(power, low):
    one = log_of_two(lambda x: 0.5 * x)
    other = log_of_two(lambda x: low + 0.5 * x**power)
    assert by_volume(other) == pytest.approx(by_volume(one), abs=1e-6)


def test_the_reference_point_is_below_those_trained_far_and_below_all_sizes():
    history = log_of_two(lambda x: 0.5 * x)
    data = Data.of(history, np.random.default_rng(0))
    score, size = guessed_corner(data)
    far = [history.score(trial.id, FAR) for trial in history.observed(FAR)]
    assert 0.9 < score < np.quantile(far, 0.25)
    assert size < -1.0  # of what was trained far the largest is 0.84
    assert is_trained(data).tolist() == [True, False]


def test_a_size_that_is_measured_with_noise_is_still_no_matter_of_training():
    rng = np.random.default_rng(0)
    history = log_of_two(lambda x: 0.5 * x, size=lambda x: 0.01 * rng.normal() - x)
    data = Data.of(history, rng)
    assert is_trained(data).tolist() == [True, False]


def test_what_little_training_costs_is_no_unit_of_the_objectives():
    """Trees are few and small at first: all far ones would look alike beside them."""
    far = np.array([[0.9, -9.0], [0.95, -10.0]])
    little = np.array([[0.1, -0.1], [0.2, -1.0]])
    is_far = np.array([True, True, False, False])
    weights = np.array([0.1, 0.9])
    alone, _ = scalarised(far, np.zeros_like(far), weights, is_far[:2])
    Y = np.concatenate([far, little])
    beside, _ = scalarised(Y, np.zeros_like(Y), weights, is_far)
    np.testing.assert_array_equal(beside[:2], alone)


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


def test_those_trained_little_are_no_parents():
    """Few trees are small: on the front of all tasks hardly any is trained far."""
    space = SearchSpace({"x": Real(0.0, 1.0)})
    history = History(space, seed=0, n_splits=1, objectives=["score", "size"])
    for number in range(40):
        is_far = number < 12
        x = 0.7 + 0.02 * number if is_far else 0.01 * (number - 12)
        resource = FAR if is_far else LITTLE
        history.record(Trial(number, {"x": x}, resource))
        scores = {"score": x + 0.1 * is_far, "size": -x * resource}
        history.record(Evaluation(number, resource, 0, scores))
    rngs = map(np.random.default_rng, range(20))
    children = [NSGA2(20).ask(history, rng) for rng in rngs]
    assert all(child.tags["by"] == "nsga2" for child in children)
    assert sum(child.params["x"] > 0.5 for child in children) >= 18
