"""Fit the equal heads of pipelines once."""

import contextlib
import dataclasses
from collections.abc import Iterator

from joblib import Memory
from sklearn.base import clone

from sksearch.evaluation._evaluator import Evaluator
from sksearch.evaluation._shipping import make_folder, remove_folder

__all__ = ["reused_transformers"]


@contextlib.contextmanager
def reused_transformers(evaluator: Evaluator) -> Iterator[Evaluator]:
    """Give a pipeline a memory for the length of a search.

    Transformers with equal parameters are then fitted once per fold, by whichever
    worker meets them first; the others read what it stored.

    Parameters
    ----------
    evaluator : Evaluator
        Of a `Pipeline`; one that has a `memory` of its own keeps it.

    Yields
    ------
    evaluator : Evaluator
        With the same results.

    Raises
    ------
    ValueError
        If the estimator is not a pipeline.
    """
    estimator = evaluator.estimator
    if not {"memory", "steps"} <= set(estimator.get_params(deep=False)):
        raise ValueError(
            f"reuse_transformers=True needs a Pipeline, but estimator={estimator!r} "
            f"has no steps to reuse. Pass a Pipeline, or reuse_transformers=False."
        )
    if estimator.memory is not None:
        yield evaluator
        return
    folder = make_folder()
    try:
        memory = Memory(folder, verbose=0)
        remembering = clone(estimator).set_params(memory=memory)
        yield dataclasses.replace(evaluator, estimator=remembering)
    finally:
        remove_folder(folder)
