import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sksearch.history import Evaluation, History, Trial
from sksearch.optimizers import Bayesian, Random
from sksearch.space import Categorical, Integer, Real, SearchSpace
from sksearch.surrogates import GaussianProcess, NotPositiveDefiniteError
from sksearch.testing._optimizer_checks import end_trial, grow, score_of


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
    history = grow(Bayesian(), make_space(), 12, n_pending=0)
    made_by = [trial.tags["by"] for trial in history.trials]
    assert made_by == ["sobol"] * 8 + ["gp"] * 4
    made_by = [
        trial.tags["by"]
        for trial in grow(Bayesian(n_initial=7), make_space(), 9).trials
    ]
    assert made_by == ["sobol"] * 7 + ["gp"] * 2


def test_tags_hold_the_hyperparameters():
    tags = grow(Bayesian(), make_space(), 10).trials[-1].tags
    numbers = {"lengthscales", "scale", "additive", "noise"}
    assert set(tags) == {"by", "is_local", "models"}
    [model] = tags["models"].values()
    assert set(model) == numbers
    assert len(model["lengthscales"]) == 4
    assert all(isinstance(value, float) for value in model["lengthscales"])


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

    history = grow(Bayesian(), make_space(), 10, n_pending=0)
    assert history.trials[-1].tags["by"] == "gp"
    monkeypatch.setattr(GaussianProcess, "fit", fail)
    proposal = Bayesian().ask(history, np.random.default_rng(0))
    assert proposal.tags["by"] == "sobol"


def test_equal_scores_fall_back_to_the_design():
    history = grow(Bayesian(), make_space(), 11, lambda *_: 0.5, n_pending=0)
    assert {trial.tags["by"] for trial in history.trials} == {"sobol"}


def test_foreign_tags_do_not_matter():
    history = grow(Bayesian(), make_space(), 9, n_pending=0)
    history.record(
        Trial(9, {"rate": 0.1, "depth": 3, "loss": "a", "x": 0.5}, tags={"by": "me"})
    )
    assert Bayesian().ask(history, np.random.default_rng(0)) is not None


def test_foreign_hyperparameters_are_not_taken_over():
    history = grow(Bayesian(), make_space(), 9, n_pending=0)
    model = {"lengthscales": [1.0], "scale": 1.0, "additive": 1.0, "noise": 0.1}
    params = {"rate": 0.1, "depth": 3, "loss": "a", "x": 0.5}
    for number, tags in enumerate([{}, {"models": {}}, {"models": {"0": model}}], 9):
        history.record(Trial(number, params, tags={"by": "gp", **tags}))
        proposal = Bayesian().ask(history, np.random.default_rng(0))
        assert len(proposal.tags["models"]["0"]["lengthscales"]) == 4


def test_long_histories_are_fitted_now_and_then():
    space = make_space()
    history = grow(Random(), space, 160, n_pending=0)
    found = []
    for number in range(160, 172):
        proposal = Bayesian().ask(history, np.random.default_rng(number))
        found.append(tuple(proposal.tags["models"]["0"]["lengthscales"]))
        history.record(Trial(number, proposal.params, tags=proposal.tags))
        score = score_of(space, dict(proposal.params))
        history.record(Evaluation(number, 1, 0, {"score": score}))
    assert 3 <= len(set(found)) <= 5  # every third of the first, as 160 // 50 is 3


def plateau(space, params):
    """A hill with a flat top: whoever stands on it gets no further."""
    return min(0.9, 1.0 - abs(params["x"] - 0.4) - abs(params["y"] - 0.6))


def test_a_plateau_turns_the_search_to_its_best_points():
    space = SearchSpace({"x": Real(0.0, 1.0), "y": Real(0.0, 1.0)})
    history = grow(Bayesian(), space, 60, plateau, n_pending=0)
    scores = [history.score(trial.id) for trial in history.trials]
    for trial in history.trials:
        if trial.tags["by"] == "gp":
            since = trial.id - int(np.argmax(scores[: trial.id]))
            stalled = since > 15
            assert trial.tags["is_local"] == (stalled and trial.id % 2 == 0)
    assert 5 < sum(trial.tags.get("is_local", False) for trial in history.trials) < 25


def narrow_peak(space, params):
    """A branch that is fair everywhere; one that is bad but for its peak."""
    if params["kind"] == "fair":
        return 0.5 - 0.01 * params["x"]
    return max(-1.0, 1.0 - 20.0 * abs(params["y"] - 0.3))


def test_a_search_that_stalls_looks_into_branches_that_seemed_bad():
    space = SearchSpace(
        [
            {"kind": ["fair"], "x": Real(0.0, 1.0)},
            {"kind": ["peaked"], "x": Real(0.0, 1.0), "y": Real(0.0, 1.0)},
        ]
    )
    history = grow(Bayesian(), space, 80, narrow_peak, n_pending=0)
    scores = [history.score(trial.id) for trial in history.trials]
    for trial in history.trials[10:]:
        stalled = trial.id - int(np.argmax(scores[: trial.id])) > 15
        aside = stalled and trial.id % 2 == 0
        assert trial.tags["by"] == ("sobol" if aside else "gp")
    assert max(scores) > 0.9


def test_many_points_at_the_level_of_chance_do_not_stop_the_model():
    """As where most settings of a classifier predict the same class."""
    space = SearchSpace({"x": Real(0.0, 1.0), "y": Real(0.0, 1.0)})

    def mostly_chance(space, params):
        return max(0.5, 1.0 - 2.0 * abs(params["x"] - 0.3) - abs(params["y"] - 0.6))

    history = grow(Random(), space, 25, mostly_chance, n_pending=0)
    scores = [history.score(trial.id) for trial in history.trials]
    assert np.mean(np.array(scores) == 0.5) > 0.5
    proposal = Bayesian().ask(history, np.random.default_rng(0))
    assert proposal.tags["by"] == "gp"
    assert mostly_chance(space, proposal.params) > 0.7


def test_local_proposals_are_near():
    space = SearchSpace({"x": Real(0.0, 1.0), "y": Real(0.0, 1.0)})
    history = grow(Random(), space, 40, lambda _, p: -abs(p["x"] - 0.5), n_pending=0)
    top = history.incumbent()
    assert 40 - top > 15, "the best came late: choose another seed"
    proposal = Bayesian().ask(history, np.random.default_rng(0))
    assert proposal.tags["is_local"]
    best = sorted(history.trials, key=lambda t: -history.score(t.id))[:8]
    distance = [
        np.abs(space.encode([t.params]) - space.encode([proposal.params])).max()
        for t in best
    ]
    assert min(distance) < 0.3


SCORES = st.one_of(
    st.floats(),
    st.sampled_from([0.0, 1.0, -1.0, 1e300, -1e300, 1e-300, np.nan, np.inf, -np.inf]),
)


@given(st.lists(SCORES, min_size=4, max_size=40), st.booleans(), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_the_model_never_raises(scores, same_points, n_columns):
    names = ["x", "y", "z"][:n_columns]
    space = SearchSpace({"only": ["value"], **{n: Real(0.0, 1.0) for n in names}})
    history = History(space, seed=0, n_splits=1)
    rng = np.random.default_rng(0)
    for number, score in enumerate(scores):
        params = {"only": "value", **dict.fromkeys(names, 0.5)}
        if not same_points:
            params |= {name: float(rng.random()) for name in names}
        history.record(Trial(number, params))
        end_trial(history, number, score)
    proposal = Bayesian(n_initial=1).ask(history, np.random.default_rng(0))
    assert proposal is None if not names else space.allows(proposal.params)


def test_500_points_that_are_one():
    space = SearchSpace({"x": Real(0.0, 1.0), "y": Real(0.0, 1.0)})
    history = History(space, seed=0, n_splits=1)
    noise = np.random.default_rng(0).normal(size=500)
    for number in range(500):
        history.record(Trial(number, {"x": 0.5, "y": 0.5}))
        end_trial(history, number, float(noise[number]))
    proposal = Bayesian().ask(history, np.random.default_rng(0))
    assert proposal.tags["by"] == "gp"
    assert proposal.params != {"x": 0.5, "y": 0.5}


@pytest.mark.parametrize("wrong", [0, 2.5, "all", None])
def test_bad_n_initial(wrong):
    with pytest.raises(ValueError, match=r"n_initial=.* at least 1.*'auto'"):
        Bayesian(n_initial=wrong)


def test_is_a_value():
    assert Bayesian() == Bayesian(n_initial="auto")
    with pytest.raises(dataclasses.FrozenInstanceError):
        Bayesian().n_initial = 3
