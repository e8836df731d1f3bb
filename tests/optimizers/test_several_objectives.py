"""Several objectives: turns of two models, what they remember, and what has no say."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sksearch._pareto import nondominated_boxes, preference_order
from sksearch.history import Evaluation, History, Trial
from sksearch.optimizers import EHVI, ParEGO, _ehvi
from sksearch.space import Real, SearchSpace

NAMES = ("near 0.2", "near 0.8")


def searched(optimizer, n, scores, cost=lambda params: 1.0):
    space = SearchSpace({f"x{i}": Real(0.0, 1.0) for i in range(2)})
    history = History(space, seed=0, n_splits=1, objectives=NAMES)
    for i in range(n):
        proposal = optimizer.ask(history, np.random.default_rng(i))
        history.record(Trial(i, proposal.params, tags=proposal.tags))
        found = dict(zip(NAMES, scores(proposal.params), strict=True))
        times = {"fit_time": cost(proposal.params), "score_time": 0.0}
        history.record(Evaluation(i, 1, fold=0, scores=found, **times))
    return history


def two_peaks(params):
    others = sum((x - 0.5) ** 2 for name, x in params.items() if name != "x0")
    return [-((params["x0"] - peak) ** 2) - others for peak in (0.2, 0.8)]


def new_models(history):
    """The models that each proposal fitted anew."""
    tags = [trial.tags.get("models", {}) for trial in history.trials]
    return [
        {name for name in after if after[name] != before.get(name)}
        for before, after in itertools.pairwise(tags)
    ]


def test_volume_and_weights_take_turns_and_keep_the_models_of_each_other():
    history = searched(EHVI(), 24, two_peaks)
    turns = new_models(history)[-16:]
    assert 4 <= turns.count({"weighted"}) == 16 - turns.count({"0", "1"}) <= 12
    assert history.trials[-1].tags["models"].keys() == {"0", "1", "weighted"}


@pytest.mark.slow
def test_in_a_long_search_all_models_are_fitted_anew_now_and_then():
    """Beyond a hundred trials models are fitted every second time only."""
    fitted = new_models(searched(EHVI(), 124, two_peaks))[-22:]
    assert {"weighted"} in fitted
    assert {"0", "1"} in fitted


def test_a_reference_point_that_is_given_is_never_left_aside():
    history = searched(EHVI(reference_point=(-1.0, -1.0)), 10, two_peaks)
    assert history.trials[-1].tags["models"].keys() == {"0", "1"}


@pytest.mark.parametrize("optimizer", [EHVI(), EHVI(reference_point=(-1.0, -1.0))])
def test_most_proposals_of_a_model_lie_near_the_front(optimizer):
    history = searched(optimizer, 24, two_peaks)
    late = [trial.params for trial in history.trials[-10:]]
    near = [0.1 < p["x0"] < 0.9 and abs(p["x1"] - 0.5) < 0.15 for p in late]
    assert sum(near) >= 7


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_the_front_is_of_what_is_expected_not_of_lucky_scores(noise, monkeypatch):
    fronts = []

    def boxes_of(front, corner):
        fronts.append(front)
        return nondominated_boxes(front, corner)

    def scores(params):
        return noise * rng.normal(size=2) + (1.0 - noise) * np.array(two_peaks(params))

    monkeypatch.setattr(_ehvi, "nondominated_boxes", boxes_of)
    rng = np.random.default_rng(0)
    history = searched(EHVI(reference_point=(-9.0, -9.0)), 21, scores)
    known = [[history.score(i, name=name) for name in NAMES] for i in range(20)]
    best, on_front = np.max(known, axis=0), np.max(fronts[-1], axis=0)
    if noise:  # nothing else is there to see
        assert (on_front < best - 1.0).all()
    else:
        np.testing.assert_allclose(on_front, best, atol=0.01)


@given(arrays(float, (20, 3), elements=st.integers(0, 4)), st.lists(st.booleans()))
def test_near_the_best_of_all_is_looked_though_not_all_are_put_in_order(means, flags):
    meets = np.resize([*flags, True], 20)
    places = np.argsort(preference_order(means))
    expected = sorted(range(20), key=lambda row: (not meets[row], places[row]))[:8]
    assert _ehvi._best(means, meets) == expected


@pytest.mark.parametrize("optimizer", [EHVI(), ParEGO()])
def test_an_objective_that_does_not_vary_has_no_say(optimizer):
    def scores(params):
        return [two_peaks(params)[0], 7.0]

    history = searched(optimizer, 20, scores)
    best = max(history.score(i) for i in range(20))
    assert best > -0.002
    late = [abs(trial.params["x0"] - 0.2) for trial in history.trials[-6:]]
    assert np.median(late) < 0.2


@pytest.mark.parametrize("make", [EHVI, ParEGO])
def test_what_fits_cost_counts(make):
    """Only y matters, and x makes fits dear."""

    def mean_seconds(budget):
        optimizer = make(cost_budget=budget)
        history = searched(optimizer, 20, lambda p: (p["x1"], 1.0 - p["x1"]), cost=dear)
        late = [dear(trial.params) for trial in history.trials[-8:]]
        return np.mean(np.log(late))

    assert mean_seconds(200) < mean_seconds(None) - 1.0


def dear(params):
    return float(np.exp(8.0 * params["x0"]))
