"""Proposals that earlier searches guide, and how far."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sksearch.history import Evaluation, History, Trial
from sksearch.optimizers import Auto, Source, Transfer
from sksearch.optimizers._transfer import best_of_sources
from sksearch.space import SearchSpace

SPACE = {"x": (0.0, 1.0), "y": (0.0, 1.0)}


def make_source(score, n=40, seed=0):
    rng = np.random.default_rng(seed)
    points = [{"x": float(x), "y": float(y)} for x, y in rng.random((n, 2))]
    return Source(points, [score(**point) for point in points])


def run(optimizer, score, n, first=(), seed=0):
    history = History(SearchSpace(SPACE), seed=seed, n_splits=1)
    for i in range(n):
        proposal = None
        if i < len(first):
            params, tags = first[i], {}
        else:
            proposal = optimizer.ask(history, np.random.default_rng([seed, i]))
            params, tags = proposal.params, proposal.tags
        history.record(Trial(i, params, tags=tags))
        scores = {"score": float(score(**params))}
        history.record(Evaluation(i, 1, fold=0, scores=scores))
    return history


def hill(x, y, at=0.3):
    return -((x - at) ** 2) - (y - 0.6) ** 2


def test_nothing_changes_without_sources():
    logs = [run(o, hill, 12).to_json() for o in (Auto(), Transfer())]
    assert logs[0] == logs[1]


def test_a_related_source_leads_near_the_best_at_once():
    history = run(
        Transfer(sources=[make_source(hill)]), lambda x, y: hill(x, y, 0.35), 8
    )
    best = history.trials[history.incumbent()].params
    assert hill(**best, at=0.35) > -0.01


def test_where_all_that_a_source_likes_is_alike_others_are_looked_at():
    """Ties say nothing against a source: left alone it would keep the search."""
    source = make_source(lambda x, y: x)

    def score(x, y):
        return 1.0 if x < 0.2 else 0.1 if x > 0.4 else 0.08

    given = [{"x": x, "y": 0.5} for x in (0.95, 0.9, 0.25, 0.28, 0.33)]
    for seed in range(2):
        history = run(Transfer(sources=[source]), score, 25, given, seed)
        assert any(trial.params["x"] < 0.2 for trial in history.trials)


def record(ranks, seed, weights=()):
    """Random points by their rank, the least first; sources that counted."""
    points = make_source(hill, len(ranks), seed).points
    points = sorted(points, key=lambda point: hill(**point))
    history = History(SearchSpace(SPACE), seed=seed, n_splits=1)
    for i, rank in enumerate(ranks):
        tags = {"by": "gp", "sources": weights} if weights else {}
        history.record(Trial(i, points[rank], tags=tags))
        scores = {"score": hill(**points[rank])}
        history.record(Evaluation(i, 1, fold=0, scores=scores))
    return history


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(12)), st.integers(5, 12), st.integers(0, 100))
def test_where_sources_never_counted_proposals_are_those_of_the_search_alone(
    order, n, seed
):
    """To the last digit, and also while results get no better."""
    upside_down = make_source(lambda x, y: -hill(x, y))
    history = record([rank for rank in order if rank < n], seed)
    warm, cold = (
        optimizer.ask(history, np.random.default_rng(seed))
        for optimizer in (Transfer(sources=[upside_down]), Auto())
    )
    assert any(warm.tags.get("sources", ())) or warm == cold


@pytest.mark.parametrize(
    ("weights", "by"), [([0.5], "sobol"), ([0.0], "gp"), ([], "gp")]
)
def test_a_search_that_is_stuck_looks_aside_if_sources_have_led_it(weights, by):
    for seed in range(3):
        history = record(range(7, -1, -1), seed, weights)  # the first is the best
        optimizer = Transfer(sources=[make_source(lambda x, y: -hill(x, y))])
        proposal = optimizer.ask(history, np.random.default_rng(seed))
        assert proposal.tags["by"] == by


def missed(history, n):
    return -max(history.score(i) for i in range(n))


def test_sources_upside_down_are_not_followed():
    upside_down = make_source(lambda x, y: -hill(x, y))
    found = {"cold": [], "misled": []}
    for seed in range(4):
        misled = run(Transfer(sources=[upside_down]), hill, 15, seed=seed)
        weights = [t.tags["sources"][0] for t in misled.trials if "sources" in t.tags]
        assert max(weights, default=0.0) <= 0.0
        found["misled"].append(missed(misled, 15))
        found["cold"].append(missed(run(Auto(), hill, 15, seed=seed), 15))
    assert np.mean(found["misled"]) < 2.0 * np.mean(found["cold"]) + 1e-4


def test_sources_of_the_same_task_help():
    sources = [make_source(hill, seed=seed) for seed in range(3)]
    warm, cold = (
        [missed(run(o, hill, 7, seed=seed), 7) for seed in range(4)]
        for o in (Transfer(sources=sources), Auto())
    )
    assert np.mean(warm) < 0.5 * np.mean(cold)


def test_a_source_whose_scores_are_all_alike_does_not_silence_the_others():
    points = [{"x": x, "y": 0.5} for x in (0.1, 0.5, 0.9)]
    alike = Source(points, [0.5, 0.5, 0.5])
    logs = [
        run(Transfer(sources=sources), hill, 9).to_json()
        for sources in ([make_source(hill)], [alike, make_source(hill)])
    ]
    assert logs[0] == logs[1]


def test_the_best_of_several_sources_is_good_for_most():
    sources = [make_source(hill, seed=seed) for seed in range(3)]
    [point] = best_of_sources(sources, SearchSpace(SPACE), 1)
    assert hill(**point) > -0.02
    both = best_of_sources(sources, SearchSpace(SPACE), 2)
    assert both[0] == point
    assert both[1] != point


@pytest.mark.parametrize("scores", [[0.5, 0.5, 0.5], [1.0, 0.0, 1.0]])
def test_sources_too_small_for_a_model_do_no_harm(scores):
    points = [{"x": x, "y": 0.5} for x in (0.1, 0.5, 0.9)]
    assert len(run(Transfer(sources=[Source(points, scores)]), hill, 10).trials) == 10


# -- several objectives ------------------------------------------------------------


def two_hills(x, y, at=0.0):
    away = 4.0 * (y - 0.7 + at) ** 2
    return {"low": -((x - 0.2) ** 2) - away, "high": -((x - 0.6) ** 2) - away}


def run_several(optimizer, n, seed=0, at=0.0):
    space = SearchSpace(SPACE)
    history = History(space, seed=seed, n_splits=1, objectives=["low", "high"])
    for i in range(n):
        proposal = optimizer.ask(history, np.random.default_rng([seed, i]))
        history.record(Trial(i, proposal.params, tags=proposal.tags))
        scores = two_hills(**proposal.params, at=at)
        history.record(Evaluation(i, 1, fold=0, scores=scores))
    return history


def make_source_of_several(sign=1.0, told=True):
    rng = np.random.default_rng(0)
    points = [{"x": float(x), "y": float(y)} for x, y in rng.random((40, 2))]
    goals = [tuple(sign * v for v in two_hills(**p).values()) for p in points]
    return Source(points, [sum(each) for each in goals], goals if told else ())


def test_with_several_objectives_a_related_source_guides_some_of_the_proposals():
    histories = [
        run_several(Transfer(sources=[make_source_of_several()]), 12, seed, at=0.05)
        for seed in range(3)
    ]
    guided = [t.params for h in histories for t in h.trials if "sources" in t.tags]
    assert len(guided) >= 6
    off = [abs(params["y"] - 0.65) for params in guided]
    assert np.median(off) < 0.1
    aside = [t for h in histories for t in h.trials[6:] if "sources" not in t.tags]
    assert aside  # and some are proposed without


def test_with_several_objectives_sources_upside_down_are_not_followed():
    upside_down = make_source_of_several(-1.0)
    history = run_several(Transfer(sources=[upside_down]), 20)
    weights = [t.tags["sources"][0] for t in history.trials if "sources" in t.tags]
    assert max(weights, default=0.0) <= 0.0


def test_a_source_that_does_not_tell_of_all_objectives_guides_nothing():
    untold = make_source_of_several(told=False)
    logs = [run_several(o, 12).to_json() for o in (Auto(), Transfer(sources=[untold]))]
    assert logs[0] == logs[1]
