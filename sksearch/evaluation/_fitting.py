"""A fit that takes rows to stop by, and queries, as rows.

LightGBM and XGBoost take both in a form of their own: an evaluation set that has gone
through the steps before the model, and the sizes of queries whose rows lie together.
"""

import copy
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.utils import _safe_indexing

from sksearch._sklearn_compat import check_method_params
from sksearch.evaluation._boosters import Booster, booster_of, is_ranker
from sksearch.evaluation._heads import head_of, is_pipeline, shared_out, transformed

__all__ = ["HeldOut", "fit_rows", "queries_of", "with_queries"]

Params = Mapping[str, Any]


@dataclass(frozen=True)
class HeldOut:
    """Rows by which a model stops, and on which nothing is fitted.

    Parameters
    ----------
    X, y : array-like
        The rows as the estimator would be given them.
    params : dict
        Parameters of `fit` for these rows.
    """

    X: Any
    y: Any
    params: Params


def fit_rows(estimator: Any, X: Any, y: Any, params: Params) -> None:
    """Fit an estimator.

    Parameters
    ----------
    estimator : estimator
        Any.
    X, y : array-like
        The training rows; `y` may be None.
    params : dict
        For `fit`. A `HeldOut` as ``eval_set`` is taken through the fitted head of a
        pipeline; ``group`` of a ranker may hold the query of each row.
    """
    held = params.get("eval_set")
    if not isinstance(held, HeldOut) and not is_ranker(estimator):
        estimator.fit(X, *(() if y is None else (y,)), **params)
    elif is_pipeline(estimator):
        X, y, params = _past_the_head(estimator, X, y, params)
        fit_rows(estimator.steps[-1][1], X, y, params)
    else:
        _fit_booster(estimator, X, y, params)


def with_queries(estimator: Any, params: Params, groups: Any) -> dict[str, Any]:
    """Return parameters of `fit` that tell a ranker the query of each row.

    Parameters
    ----------
    estimator : estimator
        A ranker of LightGBM or XGBoost, or a pipeline that ends in one; others get
        what they are given.
    params : dict
        What the user passes to `fit`. What is in it stays.
    groups : array-like of shape (n_samples,) or None
        What the user passes to the splitter.

    Returns
    -------
    params : dict
        With the queries as ``group``.
    """
    by_name = is_pipeline(estimator) and not get_config()["enable_metadata_routing"]
    name = f"{estimator.steps[-1][0]}__group" if by_name else "group"
    if groups is None or not is_ranker(estimator) or name in params:
        return dict(params)
    if is_pipeline(estimator) and not by_name:  # what is routed has to be asked for
        return dict(params)
    return {**params, name: groups}


def queries_of(estimator: Any, params: Params) -> Any:
    """Return the query of each row, None where an estimator does not rank.

    Parameters
    ----------
    estimator : estimator
        Any.
    params : dict
        Parameters of `fit`, as `with_queries` returns them.

    Returns
    -------
    queries : array-like of shape (n_samples,) or None
        As they were passed.
    """
    if not is_ranker(estimator):
        return None
    names = (name for name in params if name.rpartition("__")[2] == "group")
    return next((params[name] for name in names), None)


def _past_the_head(
    pipeline: Any, X: Any, y: Any, params: Params
) -> tuple[Any, Any, dict[str, Any]]:
    """Fit the head; return what the last step is fitted on, and its parameters."""
    plain = {name: v for name, v in params.items() if not isinstance(v, HeldOut)}
    X, y, of_last = transformed(pipeline, X, y, plain, False)
    if len(plain) == len(params):
        return X, y, of_last
    held, head = params["eval_set"], head_of(pipeline)
    rows = held.X if head is None else head.transform(held.X)
    _, of_held = shared_out(pipeline, held.params)
    return X, y, {**of_last, "eval_set": HeldOut(rows, held.y, of_held)}


def _fit_booster(model: Any, X: Any, y: Any, params: Params) -> None:
    held, names = params.get("eval_set"), booster_of(model)
    if isinstance(held, HeldOut):
        assert names is not None
        params = {**names.quiet, **params, **_as_eval_set(model, names, held)}
    X, y, params = _by_query(model, X, y, params)
    if params.get("callbacks"):  # those that stop have a memory: threads share none
        params = {**params, "callbacks": [copy.copy(c) for c in params["callbacks"]]}
    with warnings.catch_warnings():
        # LightGBM 4.7 deprecates it, but does not encode the labels of its `eval_y`:
        # with classes 1 and 2 it would stop by the wrong ones.
        warnings.filterwarnings("ignore", message="The argument 'eval_set' is depr")
        model.fit(X, y, **params)


def _as_eval_set(model: Any, names: Booster, held: HeldOut) -> dict[str, Any]:
    """Return the arguments of `fit` that hold rows to stop by."""
    X, y, params = _by_query(model, held.X, held.y, held.params)
    given = (name for name in names.of_eval if params.get(name) is not None)
    of_eval = {names.of_eval[name]: [params[name]] for name in given}
    return {**of_eval, "eval_set": [(X, y)]}


def _by_query(model: Any, X: Any, y: Any, params: Params) -> tuple[Any, Any, Params]:
    """Return the rows of a ranker query by query, if their queries are known."""
    queries = params.get("group") if is_ranker(model) else None
    if queries is None or np.shape(queries) != (len(y),):
        return X, y, params
    _, codes, sizes = np.unique(
        np.asarray(queries), return_inverse=True, return_counts=True
    )
    order = np.argsort(codes, kind="stable")
    params = check_method_params(X, params=params, indices=order)
    return (
        _safe_indexing(X, order),
        _safe_indexing(y, order),
        {**params, "group": sizes},
    )
