"""The model that is in production, and whether it can be compared on new rows."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from sksearch import _sklearn_compat as compat
from sksearch.estimators._keeping import own_score
from sksearch.estimators._load import SearchMetadata
from sksearch.estimators._paired_gain import Draws, HeldOut
from sksearch.estimators._retune_scores import Scored, scored
from sksearch.monitoring._columns import difference_in_columns

__all__ = [
    "all_classes",
    "champion_of",
    "check_champion",
    "fitted_champion",
    "score_of_champion",
]


def champion_of(search: Any, champion: Any) -> Any:
    """Return the model in production, or a `SearchMetadata` of which one is fitted.

    Parameters
    ----------
    search : BaseSearch
        Whose best model it is where no other one is given.
    champion : estimator, search, SearchMetadata or None
        What is given.

    Raises
    ------
    NotFittedError
        If there is none, or it is not fitted.
    ValueError
        If parameters alone do not tell how it was trained.
    """
    if isinstance(champion, SearchMetadata):
        return _checked_metadata(champion)
    if champion is None and not hasattr(search, "best_estimator_"):
        raise NotFittedError(
            f"search={type(search).__name__} is not fitted, so that it has no model to "
            "compare with. Pass the model in production as champion."
        )
    model = search if champion is None else champion
    model = getattr(model, "best_estimator_", model)
    try:
        check_is_fitted(model)
    except (NotFittedError, TypeError) as error:
        raise NotFittedError(
            f"champion={model!r:.80} is not a fitted model. Pass the one that is in "
            "production, or what load_metadata returns, which is fitted here."
        ) from error
    return model


def _checked_metadata(metadata: SearchMetadata) -> SearchMetadata:
    resource = metadata.document.get("resource") or {"is_parameter": True}
    if not (resource["is_parameter"] or resource["name"] == "n_samples"):
        raise ValueError(
            f"The champion was trained by {resource['amount']} {resource['name']}, "
            "which its parameters do not say. Pass the fitted model as champion."
        )
    return metadata


def check_champion(champion: Any, search: Any, scorer: Any, X: Any, y: Any) -> None:
    """Refuse a champion that other rows, or another score, are not for.

    Parameters
    ----------
    champion : estimator
        Fitted.
    search : BaseSearch
        Of the challenger.
    scorer : callable
        By which both are compared.
    X, y : array-like
        The new data.

    Raises
    ------
    ValueError
        With what differs.
    """
    what = difference_in_columns(champion, X)
    if what:
        raise ValueError(
            f"X_new has other columns than the champion was fitted with: {what}. Pass "
            "the same ones, or as champion a pipeline that makes its columns of these. "
            "If there is nothing to compare with any more, call fit instead."
        )
    estimator = search.estimator
    theirs, ours = own_score(champion), own_score(estimator)
    is_same = theirs == ours and (ours or type(champion) is type(estimator))
    if compat.is_passthrough(scorer) and not is_same:
        raise ValueError(
            f"Champion and challenger ({type(champion).__name__}, "
            f"{type(estimator).__name__}) score by methods of their own, which may "
            "differ. Pass scoring, such as 'accuracy' or 'r2'."
        )
    if is_classifier(estimator) != is_classifier(champion):
        raise ValueError(
            f"champion={champion!r:.80} and the estimator of the search, "
            f"{estimator!r:.80}, are not both classifiers, so that no score compares "
            "them. Pass the model that the search is to replace."
        )
    _check_classes(champion, y, all_classes(estimator, y, None))


def _check_classes(champion: Any, y: Any, classes: Any) -> None:
    """Refuse a champion of other classes; warn of such as it has never seen."""
    known = getattr(champion, "classes_", None)
    if classes is None or known is None or isinstance(known, list):
        return
    known, given = np.asarray(known).tolist(), classes.tolist()
    new = [each for each in given if each not in known]
    if len(new) == len(given):
        raise ValueError(
            f"y_new has the classes {given[:5]}, and the champion knows {known[:5]}: "
            "none in common. Encode the target as it was."
        )
    if new:
        rows = int(np.isin(np.asarray(y), new).sum())
        warnings.warn(
            f"The champion has never seen the classes {new[:5]}, of {rows} rows of "
            "y_new: it is wrong on all of them, and its probability for them counts "
            "as 0.",
            UserWarning,
            stacklevel=4,
        )


def all_classes(estimator: Any, y: Any, champion: Any) -> Any:
    """Return all classes that data or champion know, sorted; None without classes.

    Parameters
    ----------
    estimator : estimator
        A classifier, or not.
    y : array-like
        The target.
    champion : estimator or None
        Fitted, with `classes_` if it is a classifier.
    """
    if y is None or not is_classifier(estimator) or np.ndim(y) != 1:
        return None
    known = getattr(champion, "classes_", [])
    classes = np.unique(np.asarray(y))
    if isinstance(known, list) or np.isin(known, classes).all():
        return classes
    return np.unique(np.concatenate([classes, known]))


def fitted_champion(champion: Any, X: Any, y: Any, params: Mapping[str, Any]) -> Any:
    """Return the model; of a `SearchMetadata` one that is fitted on these rows."""
    if not isinstance(champion, SearchMetadata):
        return champion
    # What only splitters take is not for an estimator.
    own = {k: v for k, v in params.items() if k != "groups"}
    target = () if y is None else (y,)
    return clone(champion.estimator).fit(X, *target, **own)


def score_of_champion(held_out: HeldOut, draws: Draws, champion: Any) -> Scored:
    """Return the scores of the champion.

    Raises
    ------
    ValueError
        If it has none.
    """
    try:
        return scored(held_out, draws, champion)
    except Exception as error:  # whatever a model does with rows that it cannot take
        raise ValueError(
            f"The champion has no score {held_out.name!r} on the held-out rows: "
            f"{error}. Pass rows as it was fitted with, more of them, or another "
            "scoring."
        ) from error
