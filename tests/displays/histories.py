"""Logs of searches, made without a fit."""

import numpy as np

from sksearch.history import Evaluation, History, Task, Trial
from sksearch.space import Integer, Real, SearchSpace

SPACE = {
    "rate": Real(1e-4, 1.0, prior="log-uniform"),
    "size": Integer(1, 50),
    "kind": ["u", "v", None],
    "fixed": [7],
}


def function(params):
    bonus = {"u": 0.0, "v": 0.1, None: 0.05}[params["kind"]]
    return 0.5 + bonus - 0.1 * (np.log10(params["rate"]) + 2.0) ** 2


def grown(n, *, n_splits=3, fails=(), stops=(), seed=0, **settings):
    """A log of n candidates with the scores "good" and "small"."""
    history = History(SearchSpace(SPACE), seed=seed, n_splits=n_splits, **settings)
    rng = np.random.default_rng(seed)
    for i in range(n):
        params = history.space.sample(rng)
        history.record(Trial(i, params))
        for fold in range(n_splits):
            scores = {
                "good": function(params) + 0.01 * rng.standard_normal(),
                "small": -float(params["size"]) + 0.1 * fold,
            }
            status, at = "ok", {"started": float(i), "fit_time": 0.5 + 0.1 * fold}
            if i in fails and fold == 1:
                scores, status = dict.fromkeys(scores, np.nan), "failed"
            if i in stops and fold > 0:
                scores, status = {}, "skipped"
            history.record(Evaluation(i, 1, fold, scores, status=status, **at))
    return history


def trained(n=27, rungs=(1, 3, 9), n_splits=2, fails=(), seed=0):
    """A log of successive halving, by the score itself."""
    history = History(SearchSpace(SPACE), seed=seed, n_splits=n_splits)
    rng = np.random.default_rng(seed)
    alive = list(range(n))
    for resource in rungs:
        for i in alive:
            if resource == rungs[0]:
                history.record(Trial(i, history.space.sample(rng), resource=resource))
            else:
                history.record(Task(i, resource))
            for fold in range(n_splits):
                score = function(history.trials[i].params) - 0.3 / resource
                bad = (i, resource) in fails
                history.record(
                    Evaluation(
                        i,
                        resource,
                        fold,
                        {"score": np.nan if bad else score},
                        status="failed" if bad else "ok",
                        error="ValueError: no" if bad else None,
                    )
                )
        alive = [i for i in history.ranked(resource) if i in alive][: len(alive) // 3]
    return history


def conditional(fails=()):
    """Two branches with parameters of their own, on both scales, and a fixed one."""
    space = SearchSpace(
        [
            {"kind": ["a"], "rate": Real(1e-4, 1.0, prior="log-uniform"), "fixed": [7]},
            {"kind": ["b"], "size": Integer(1, 50), "fixed": [7]},
        ]
    )
    history, rng = History(space, seed=0, n_splits=2), np.random.default_rng(0)
    for i in range(40):
        params = space.sample(rng)
        history.record(Trial(i, params))
        score = np.log10(params["rate"]) if "rate" in params else -5.0
        for fold in range(2):
            status = "failed" if i in fails else "ok"
            scores = {"score": score + 0.01 * fold}
            history.record(Evaluation(i, 1, fold, scores, status=status))
    return history
