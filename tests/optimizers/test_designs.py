"""Random, Sobol and Grid: optimizers that read no scores."""

import numpy as np
import pytest
from sklearn.model_selection import ParameterGrid

from sksearch.history import History, Trial
from sksearch.optimizers import Grid, Optimizer, Proposal, Random, Sobol
from sksearch.space import Integer, Real, SearchSpace
from sksearch.testing._optimizer_checks import grow


def make_square():
    return SearchSpace({"x": Real(0.0, 1.0), "y": Real(0.0, 1.0)})


@pytest.mark.parametrize("optimizer", [Random(), Sobol(), Grid()], ids=repr)
def test_no_scores_are_read(optimizer):
    space = SearchSpace({"x": list(range(20))})
    params = [
        [trial.params for trial in grow(optimizer, space, score=score).trials]
        for score in (lambda *_: 0.0, lambda _, params: -params["x"])
    ]
    assert params[0] == params[1]
    assert optimizer.max_pending >= 100
    assert isinstance(optimizer, Optimizer)


def test_random_draws_from_the_prior():
    space = SearchSpace({"x": Real(1e-4, 1.0, prior="log-uniform")})
    drawn = [trial.params["x"] for trial in grow(Random(), space, n=400).trials]
    assert np.mean(np.array(drawn) < 1e-2) == pytest.approx(0.5, abs=0.1)


def test_sobol_fills_every_quarter_equally():
    trials = grow(Sobol(), make_square(), n=64).trials
    cells = [(int(4 * t.params["x"]), int(4 * t.params["y"])) for t in trials]
    assert set(map(cells.count, cells)) == {4}


def test_sobol_is_scrambled_by_the_seed():
    first = [grow(Sobol(), make_square(), n=1, seed=seed).trials[0] for seed in (0, 1)]
    assert first[0].params != first[1].params


def test_sobol_goes_on_after_other_points():
    history = History(make_square(), seed=0, n_splits=1)
    history.record(Trial(0, {"x": 0.5, "y": 0.5}))
    points = []
    for number in range(1, 4):
        proposal = Sobol().ask(history, np.random.default_rng(0))
        history.record(Trial(number, proposal.params, tags=proposal.tags))
        points.append(proposal.tags["point"])
    assert points == [0, 1, 2]


def test_sobol_is_not_held_up_by_a_strict_constraint():
    space = SearchSpace({"x": Real(0.0, 1.0)}, lambda params: params["x"] < 0.01)
    history = grow(Sobol(), space, n=20)
    assert all(trial.params["x"] < 0.01 for trial in history.trials)


def test_grid_is_scikit_learns():
    param_grid = [{"a": [3, 1], "b": ["u", "v"]}, {"c": [None, 0.5]}]
    trials = grow(Grid(), SearchSpace(param_grid), n=9).trials
    assert [trial.params for trial in trials] == list(ParameterGrid(param_grid))


def test_grid_passes_over_points_that_were_tried():
    space = SearchSpace({"a": [3, 1, 2]})
    history = History(space, seed=0, n_splits=1)
    history.record(Trial(0, {"a": 1}))
    rest = []
    while (proposal := Grid().ask(history, np.random.default_rng(0))) is not None:
        rest.append(proposal.params["a"])
        history.record(Trial(len(rest), proposal.params, tags=proposal.tags))
    assert rest == [3, 2]


def test_grid_of_an_infinite_space():
    history = History(make_square(), seed=0, n_splits=1)
    with pytest.raises(ValueError, match="infinitely many points"):
        Grid().ask(history, np.random.default_rng(0))


def test_proposals_do_not_share_their_params():
    space = SearchSpace({"a": Integer(0, 3)})
    history = History(space, seed=0, n_splits=1)
    first, second = (Grid().ask(history, np.random.default_rng(0)) for _ in range(2))
    assert first == second == Proposal({"a": 0}, {"by": "grid", "point": 0})
    assert first.params is not second.params
