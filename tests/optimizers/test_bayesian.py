import dataclasses

import numpy as np
import pytest

import sksearch.optimizers._bayesian as bayesian
from sksearch.history import Evaluation, History, Trial
from sksearch.optimizers import Bayesian, Random
from sksearch.space import Categorical, Integer, Real, SearchSpace
from sksearch.surrogates import NotPositiveDefiniteError
from sksearch.testing._optimizer_checks import grow, score_of


def make_space():
    return SearchSpace(
        {
            "rate": Real(1e-4, 1.0, prior="log-uniform"),
            "depth": Integer(1, 50),
            "loss": Categorical(["a", "b", "c"]),
            "x": Real(0.0, 1.0),
        }
    )


def median_regret(optimizer, space, n, score=score_of, seeds=9):
    best = [
        max(filter(np.isfinite, map(history.score, range(n))))
        for history in (
            grow(optimizer, space, n, score, n_pending=0, seed=seed)
            for seed in range(seeds)
        )
    ]
    return -float(np.median(best))


def test_much_better_than_random_on_a_sphere():
    space = SearchSpace({f"x{i}": Real(0.0, 1.0) for i in range(4)})
    assert median_regret(Bayesian(), space, 25) < 0.1 * median_regret(
        Random(), space, 25
    )


def test_better_than_random_on_a_mixed_space():
    def score(space, params):
        shift = {"a": 0.0, "b": 0.2, "c": 1.0}[params["loss"]]
        rate = 1 + np.log10(params["rate"]) / 4 - 0.3
        return -shift - 4 * rate**2 - (params["depth"] / 50 - 0.6) ** 2

    space = make_space()
    random = median_regret(Random(), space, 25, score)
    assert median_regret(Bayesian(), space, 25, score) < 0.3 * random


def test_failures_are_avoided():
    def score(space, params):
        return np.nan if params["x"] > 0.5 else params["x"]

    space = SearchSpace({"x": Real(0.0, 1.0), "y": Real(0.0, 1.0)})
    history = grow(Bayesian(), space, 30, score, n_pending=0)
    assert len(history.failed()) < 12
    assert max(filter(np.isfinite, map(history.score, range(30)))) > 0.48


def test_design_first_and_then_the_model():
    history = grow(Bayesian(), make_space(), 9, n_pending=0)
    made_by = [trial.tags["by"] for trial in history.trials]
    assert made_by == ["sobol"] * 5 + ["gp"] * 4
    made_by = [
        trial.tags["by"]
        for trial in grow(Bayesian(n_initial=7), make_space(), 9).trials
    ]
    assert made_by == ["sobol"] * 7 + ["gp"] * 2


def test_tags_hold_the_hyperparameters():
    tags = grow(Bayesian(), make_space(), 9).trials[-1].tags
    assert set(tags) == {"by", "lengthscales", "scale", "noise"}
    assert len(tags["lengthscales"]) == 4
    assert all(isinstance(value, float) for value in tags["lengthscales"])


def test_a_pending_point_pushes_the_next_one_away():
    history = grow(Bayesian(), make_space(), 10, n_pending=0)
    points = []
    for _ in range(2):
        proposal = Bayesian().ask(history, np.random.default_rng(0))
        history.record(Trial(len(history.trials), proposal.params, tags=proposal.tags))
        points.append(history.space.encode([proposal.params])[0])
    assert np.linalg.norm(points[1] - points[0]) > 0.1


@pytest.mark.parametrize(
    "error",
    [
        NotPositiveDefiniteError("x"),
        FloatingPointError(),
        np.linalg.LinAlgError(),
        ValueError("array must not contain infs or NaNs"),
        MemoryError(),
    ],
)
def test_a_failing_model_falls_back_to_the_design(monkeypatch, error):
    def fail(*_):
        raise error

    history = grow(Bayesian(), make_space(), 8, n_pending=0)
    monkeypatch.setattr(bayesian.GaussianProcess, "fit", fail)
    proposal = Bayesian().ask(history, np.random.default_rng(0))
    assert proposal.tags["by"] == "sobol"


def test_equal_scores_fall_back_to_the_design():
    history = grow(Bayesian(), make_space(), 9, lambda *_: 0.5, n_pending=0)
    assert {trial.tags["by"] for trial in history.trials} == {"sobol"}


def test_foreign_tags_do_not_matter():
    history = grow(Bayesian(), make_space(), 9, n_pending=0)
    history.record(
        Trial(9, {"rate": 0.1, "depth": 3, "loss": "a", "x": 0.5}, tags={"by": "me"})
    )
    assert Bayesian().ask(history, np.random.default_rng(0)) is not None


def test_a_stopped_trial_has_not_failed():
    history = grow(Bayesian(), make_space(), 9, n_pending=0)
    for number, status in enumerate(["skipped", "failed"], start=9):
        params = {"rate": 0.1, "depth": number, "loss": "a", "x": 0.5}
        history.record(Trial(number, params))
        history.record(Evaluation(number, 1, 0, status=status))
    assert [trial.id for trial in bayesian._failed(history)] == [10]


def test_many_trials_are_thinned():
    space = SearchSpace({"x": Real(0.0, 1.0)})
    history = History(space, seed=0, n_splits=1)
    for number in range(700):
        history.record(Trial(number, {"x": number / 700}))
        history.record(Evaluation(number, 1, 0, {"score": float(number % 97)}))
    chosen = bayesian._informative(history, np.random.default_rng(0))
    numbers = [trial.id for trial in chosen]
    assert len(numbers) == 500
    assert numbers == sorted(set(numbers))
    assert set(range(500, 700)) <= set(numbers)
    assert {t.id for t in history.trials if history.score(t.id) >= 91} <= set(numbers)
    assert Bayesian().ask(history, np.random.default_rng(0)) is not None


@pytest.mark.parametrize("wrong", [0, 2.5, "all", None])
def test_bad_n_initial(wrong):
    with pytest.raises(ValueError, match=r"n_initial=.* at least 1.*'auto'"):
        Bayesian(n_initial=wrong)


def test_is_a_value():
    assert Bayesian() == Bayesian(n_initial="auto")
    with pytest.raises(dataclasses.FrozenInstanceError):
        Bayesian().n_initial = 3
