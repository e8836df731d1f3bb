import numpy as np
import pytest

from sksearch.estimators._proposals import make_optimizer
from sksearch.history import History
from sksearch.optimizers import (
    EHVI,
    NSGA2,
    TPE,
    Auto,
    Bayesian,
    Grid,
    ParEGO,
    Random,
    Sobol,
)
from sksearch.space import Real, SearchSpace
from sksearch.testing._optimizer_checks import grow, score_of


def unit(n):
    return SearchSpace({f"x{i}": Real(0.0, 1.0) for i in range(n)})


@pytest.mark.parametrize(
    ("n_dimensions", "n_trials", "expected"),
    [(2, 0, Bayesian), (50, 0, Bayesian), (51, 0, TPE), (2, 2000, Bayesian)],
)
def test_the_model_follows_the_size(n_dimensions, n_trials, expected):
    history = grow(Random(), unit(n_dimensions), n_trials, n_pending=0)
    assert type(Auto()._choose(history)) is expected


@pytest.mark.slow
def test_long_searches_go_on_with_tpe():
    history = grow(Random(), unit(3), 2001, n_pending=0)
    proposal = Auto().ask(history, np.random.default_rng(0))
    assert proposal.tags == {"by": "tpe"}


@pytest.mark.parametrize(
    ("n_goals", "n_dimensions", "n_trials", "expected"),
    [(2, 2, 0, EHVI), (3, 2, 2000, EHVI), (4, 2, 0, ParEGO), (2, 51, 0, NSGA2)],
)
def test_the_choice_follows_the_number_of_objectives(
    n_goals, n_dimensions, n_trials, expected
):
    space, names = unit(n_dimensions), [f"goal {i}" for i in range(n_goals)]
    history = History(space, seed=0, n_splits=1, objectives=names)
    history.trials = [None] * n_trials
    assert isinstance(Auto()._choose(history), expected)


def test_the_estimators_choice():
    def chosen(space, optimizer="auto", n_iter=50):
        return type(make_optimizer(optimizer, SearchSpace(space), n_iter, False))

    ranges, grid = {"x": (0.0, 1.0)}, {"x": list(range(20))}
    assert chosen(ranges) is Auto
    assert chosen(grid) is Grid
    assert chosen(grid, n_iter=19) is Auto
    named = {"gp": Bayesian, "tpe": TPE, "sobol": Sobol, "random": Random}
    for name, expected in named.items():
        assert chosen(ranges, optimizer=name) is expected


def test_tpe_is_better_than_random():
    space = unit(4)

    def best(optimizer, seed):
        history = grow(optimizer, space, 150, score_of, n_pending=0, seed=seed)
        return max(map(history.score, range(150)))

    regrets = [[-best(o, seed) for seed in range(7)] for o in (TPE(), Random())]
    assert np.median(regrets[0]) < 0.3 * np.median(regrets[1])


def test_tpe_keeps_away_from_failures():
    space = unit(2)
    grown = grow(
        TPE(), space, 80, lambda _, p: np.nan if p["x0"] > 0.5 else p["x0"], n_pending=0
    )
    failed = [trial.id for trial in grown.failed()]
    assert sum(i >= 40 for i in failed) < 20
    end = max(filter(np.isfinite, map(grown.score, range(80))))
    assert end > 0.45


def test_tpe_with_no_success_goes_on():
    history = grow(TPE(), unit(2), 30, lambda *_: np.nan, n_pending=0)
    assert len(history.failed()) == 30
