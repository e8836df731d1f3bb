"""Whether a batch has the columns that the model was fitted with."""

from typing import Any

from sklearn.exceptions import NotFittedError

__all__ = ["check_columns", "difference_in_columns"]


def check_columns(search: Any, X: Any) -> Any:
    """Return the model of a search if a batch fits it.

    Parameters
    ----------
    search : search
        Fitted, with `best_estimator_`.
    X : array-like of shape (n_samples, n_features)
        The batch.

    Raises
    ------
    NotFittedError
        If there is no model.
    ValueError
        If columns are missing, new, in another order, or of another number.
    """
    if not hasattr(search, "best_estimator_"):
        raise NotFittedError(
            f"{type(search).__name__} has no fitted model. Score the batch where the "
            "model is, and pass the score to update_score."
        )
    model = search.best_estimator_
    what = difference_in_columns(model, X)
    if what:
        raise ValueError(
            f"The batch has other columns than the search was fitted with: {what}. "
            "Pass X[search.feature_names_in_], from the same source."
        )
    return model


def difference_in_columns(model: Any, X: Any) -> str:
    """Say how the columns of rows differ from those that a model was fitted with.

    Parameters
    ----------
    model : estimator
        Fitted; what it does not tell of its columns is not compared.
    X : array-like of shape (n_samples, n_features)
        The rows.

    Returns
    -------
    what : str
        Empty if nothing does.
    """
    known, given = _names(getattr(model, "feature_names_in_", None)), _columns(X)
    if known and given and known != given:
        return _difference(known, given)
    n_known = getattr(model, "n_features_in_", None)
    n_given = getattr(X, "shape", (0, None))[1:2]
    if n_known is not None and n_given and n_given[0] not in (None, n_known):
        return f"it has {n_given[0]} columns, and {n_known} were fitted"
    return ""


def _columns(X: Any) -> list[str]:
    names = _names(getattr(X, "columns", None))
    return names if all(isinstance(name, str) for name in names) else []


def _names(names: Any) -> list[Any]:
    return [] if names is None else list(names)


def _difference(known: list[str], given: list[str]) -> str:
    missing = [name for name in known if name not in given]
    new = [name for name in given if name not in known]
    if missing or new:
        return f"it lacks {missing[:5]} and has {new[:5]} besides"
    return "they are in another order"
