"""Out-of-fold predictions of a search, and the models of its winner's folds.

Predictions of every candidate are kept while the search runs: they are what a search
whose choice is to be judged needs, and fitting every candidate again would cost the
search once more. Models are not: those of hundreds of candidates would have to travel
and to wait, and the winner's are had by fitting its folds again after the search, one
of so many candidates.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.metrics import get_scorer

from sksearch import _sklearn_compat as compat
from sksearch._journal import Journal
from sksearch.estimators._validation import COUNT
from sksearch.evaluation import (
    Evaluator,
    Executor,
    Keep,
    KeepingExecutor,
    PredictionStore,
)

__all__ = [
    "KEEPING_CONSTRAINTS",
    "Keeping",
    "begin_keeping",
    "own_score",
    "tested_rows",
]

KEEPING_CONSTRAINTS: dict[str, list[Any]] = {
    "return_oof": ["boolean"],
    "return_estimator": ["boolean"],
    "max_oof_bytes": [COUNT],
}


@dataclass(frozen=True)
class Keeping:
    """What one search keeps beside its history.

    Parameters
    ----------
    keep : Keep
        Says what of every fit.
    store : PredictionStore
        Where.
    scorers : dict of str to callable or None
        Those of the search, by name; None for one that looks at more than predictions.
    """

    keep: Keep
    store: PredictionStore
    scorers: dict[str, Any]

    def executor(self, executor: Executor) -> Executor:
        """Return an executor that leaves here what is kept."""
        return KeepingExecutor(executor, self.store.take)


def begin_keeping(
    search: Any, evaluator: Evaluator, journal: Journal | None
) -> tuple[Evaluator, Keeping | None]:
    """Have an evaluator keep predictions, if the search wants them.

    Parameters
    ----------
    search : BaseSearch
        With its fidelity.
    evaluator : Evaluator
        With the data and the splits.
    journal : Journal or None
        Beside which they stay.

    Returns
    -------
    evaluator : Evaluator
        The same, or one that keeps.
    keeping : Keeping or None
        None where nothing is kept.

    Raises
    ------
    ValueError
        If candidates are tested on rows of their own.
    """
    if not search.return_oof:
        return evaluator, None
    if search.reshuffle:
        raise ValueError(
            "return_oof=True compares candidates on the same test rows, and "
            "reshuffle=True gives each its own. Pass one of them."
        )
    scorers = _of_predictions(evaluator)
    # What no scorer asks for is wanted all the same: labels, or numbers.
    methods = [
        compat.response_methods(each) or ("predict",) for each in scorers.values()
    ]
    keep = Keep(tuple(dict.fromkeys(methods)), _classes(evaluator))
    store = PredictionStore(
        search.max_oof_bytes,
        _most_trials(search),
        sum(len(rows) for rows in tested_rows(evaluator)),
        None if journal is None else journal.predictions,
    )
    if journal is not None and journal.header is None:
        store.clear_folder()
    return dataclasses.replace(evaluator, keep=keep), Keeping(keep, store, scorers)


def _of_predictions(evaluator: Evaluator) -> dict[str, Any]:
    """Return the scorers; None for one that may look at more than predictions."""
    scorers: dict[str, Any] = compat.scorers_by_name(evaluator.scorer)
    own = own_score(evaluator.estimator)
    for name, scorer in scorers.items():
        if compat.is_passthrough(scorer) and own is not None:
            scorers[name] = get_scorer(own)
        elif not compat.response_methods(scorer):
            scorers[name] = None
    return scorers


# Classes of scikit-learn whose `score` does what its name here does; those of others
# may be anything, as the deviance that PoissonRegressor has.
_PLAIN_SCORES = {
    "ClassifierMixin": "accuracy",
    "RegressorMixin": "r2",
    "DummyClassifier": "accuracy",
    "DummyRegressor": "r2",
    "KNeighborsClassifier": "accuracy",
    "RadiusNeighborsClassifier": "accuracy",
}


def own_score(estimator: Any) -> str | None:
    """Return what an estimator's, or its last step's, own `score` is called."""
    while hasattr(estimator, "steps"):
        estimator = estimator.steps[-1][1]
    classes = (cls for cls in type(estimator).__mro__ if "score" in vars(cls))
    owner = next(classes, object)
    is_known = owner.__module__.startswith("sklearn.")
    return _PLAIN_SCORES.get(owner.__name__) if is_known else None


def _classes(evaluator: Evaluator) -> Any:
    if evaluator.y is None or not is_classifier(evaluator.estimator):
        return None
    labels = np.asarray(evaluator.y)
    return np.unique(labels) if labels.ndim == 1 else None


def _most_trials(search: Any) -> int:
    space = search._space()
    return int(search._fidelity.n_trials(space))


def tested_rows(evaluator: Evaluator) -> list[Any]:
    """Return the numbers of the test rows of each fold, which may be masks."""
    rows = np.arange(compat.num_samples(evaluator.X))
    return [rows[test] for _, test in evaluator.splits]
