"""Optuna with its `HyperbandPruner`: trials that are trained fold by fold, in rungs."""

import importlib
from time import process_time
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.metrics import check_scoring

from asv_benchmarks.quality.timed.goals import Done, Goal
from asv_benchmarks.quality.trained.problems import Problem

PRUNED = "Optuna + HyperbandPruner"
_FACTOR = 3


def pruned(problem: Problem, seed: int, goal: Goal) -> list[Done]:
    """Run trials until the goal is met or the time is over."""
    optuna = importlib.import_module("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        study_name=str(seed),  # brackets are drawn by it
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=optuna.pruners.HyperbandPruner(
            min_resource=problem.least,
            max_resource=problem.most,
            reduction_factor=_FACTOR,
        ),
    )
    path: list[Done] = []
    start, folds = process_time(), _folds(problem, seed)
    while not (path and goal.is_over(path[-1])) and process_time() - start < goal.limit:
        trial = study.ask()
        score = _train(trial, problem, seed, folds)
        if score is None:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            continue
        study.tell(trial, score)
        path.append(Done(process_time() - start, score))
    return path


def _folds(problem: Problem, seed: int) -> list[tuple[Any, ...]]:
    X, y = problem.data()
    return [
        (X[train], y[train], X[test], y[test])
        for train, test in problem.splits(seed).split(X, y)
    ]


def _train(
    trial: Any, problem: Problem, seed: int, folds: list[tuple[Any, ...]]
) -> float | None:
    """Return the mean score after all epochs, None if the trial was pruned before."""
    params = suggested(trial, problem.space)
    estimator = problem.estimator(seed, problem.most).set_params(**params)
    nets, done = [clone(estimator) for _ in folds], 0
    score = float("nan")
    for rung in rungs(problem.least, problem.most):
        for net, (X, y, _, _) in zip(nets, folds, strict=True):
            for _ in range(rung - done):
                net.partial_fit(X, y, classes=np.unique(y))
        done, score = rung, _mean_score(problem, nets, folds)
        trial.report(score, rung)
        if rung < problem.most and trial.should_prune():
            return None
    return score


def _mean_score(
    problem: Problem, nets: list[Any], folds: list[tuple[Any, ...]]
) -> float:
    score = check_scoring(nets[0], problem.scoring)
    tested = zip(nets, folds, strict=True)
    return float(np.mean([score(net, X, y) for net, (_, _, X, y) in tested]))


def rungs(least: int, most: int) -> list[int]:
    """Return where the pruner looks: least times powers of the factor, and the end.

    >>> rungs(1, 81)
    [1, 3, 9, 27, 81]
    """
    found = [least]
    while found[-1] * _FACTOR < most:
        found.append(found[-1] * _FACTOR)
    return [*found, most]


def suggested(trial: Any, space: dict[str, Any]) -> dict[str, Any]:
    """Return a trial's parameters: lists are categories, the others logarithmic."""
    return {
        name: trial.suggest_categorical(name, values)
        if isinstance(values, list)
        else trial.suggest_float(name, *values.support(), log=True)
        for name, values in space.items()
    }
