"""What a search found, as a file that people and programs read."""

import datetime
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from sksearch._plain_values import names_in, to_plain
from sksearch._whole_files import write_whole
from sksearch.estimators._fingerprints import versions
from sksearch.exceptions import MetadataError
from sksearch.space._identity import text

__all__ = ["FORMAT", "Exported"]

FORMAT = 1  # of the file; larger where older versions could not read it


class Exported:
    """Writes what was found into a file."""

    cv_results_: dict[str, Any]

    def export_metadata(
        self,
        path: Any,
        *,
        index: int | None = None,
        scores: Mapping[str, Any] | None = None,
    ) -> Path:
        """Write how the best model was found, and how to build it, as JSON.

        The file has the estimator with its parameters, the score of each fold, seeds,
        versions, fingerprints of the data, and what the search cost; no data, and no
        fitted model: for that use skops or joblib.

        Parameters
        ----------
        path : str or path-like
            Where to; a file that is there is replaced.
        index : int, default=None
            The row of `cv_results_` to write; None is the best.
        scores : dict of str to object, default=None
            More scores by what they are, such as ``{"nested": nested_scores}`` from
            `nested_cross_validate`, or numbers in dicts.

        Returns
        -------
        path : Path
            The file, for `sksearch.load_metadata`.

        Raises
        ------
        NotFittedError
            If there was no search yet.
        IndexError
            If there is no such row.
        MetadataError
            If a parameter of the estimator has no plain form: a lambda, a class of a
            notebook, a fitted model.

        Examples
        --------
        >>> import os, tempfile
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.svm import SVC
        >>> from sksearch import BayesSearchCV, load_metadata
        >>> search = BayesSearchCV(SVC(), {"C": [0.01, 1.0, 100.0]}, random_state=0)
        >>> search = search.fit(*load_iris(return_X_y=True))
        >>> path = os.path.join(tempfile.mkdtemp(), "metadata.json")
        >>> load_metadata(search.export_metadata(path)).estimator
        SVC(C=100.0)
        """
        check_is_fitted(self, "cv_results_")
        document = _document(self, _checked_row(self, index), index is None)
        for name, found in (scores or {}).items():
            document["scores"][str(name)] = _of_scores(found, f"scores[{name!r}]")
        written = json.dumps(document, allow_nan=False, indent=2)
        return write_whole(Path(path), written + "\n")


def _checked_row(search: Any, index: int | None) -> int:
    if index is None:
        if not hasattr(search, "best_params_"):
            raise MetadataError(
                "With several scores and refit=False no candidate is the best. Pass "
                "index, a row of cv_results_."
            )
        return int(search.best_index_)
    if not 0 <= index < len(search.cv_results_["params"]):
        raise IndexError(
            f"index={index} is no row of cv_results_, which has "
            f"{len(search.cv_results_['params'])}."
        )
    return int(index)


def _document(search: Any, row: int, is_best: bool) -> dict[str, Any]:
    table = search.cv_results_
    params = (
        search.best_params_
        if is_best
        else search._ended(table["params"][row], table, row, {})
    )
    chosen = clone(search.estimator).set_params(**clone(params, safe=False))
    estimator = to_plain(chosen, "estimator")
    return {
        "sksearch_metadata": FORMAT,
        "exported": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "estimator": estimator,
        "best_params": to_plain(params, "best_params"),
        "resource": _of_resource(search, row, is_best),
        "scores": {"cross_validated": _cross_validated(search, row)},
        "search": _of_search(search, row),
        "seeds": {
            "search": search.history_.seed,
            "random_state": text(search.random_state),
            "seed_fits": bool(search.seed_fits),
        },
        "versions": _versions(search.estimator, estimator),
        "data": dict(getattr(search, "_data_facts", {})),
        "cost": to_plain(_cost(search), "cost"),
    }


def _of_resource(search: Any, row: int, is_best: bool) -> dict[str, Any] | None:
    """Return how far the candidate is trained, where that was searched on rungs."""
    if "n_resources" not in search.cv_results_:
        return None
    training = search._fidelity.training
    amount = (
        search.best_resource_ if is_best else search.cv_results_["n_resources"][row]
    )
    return {
        "name": training.resource,
        "amount": int(amount),
        "is_parameter": training.parameter is not None,
    }


def _cross_validated(search: Any, row: int) -> dict[str, Any]:
    """Return by scorer the mean, its spread over the folds, and each of them."""
    table, names = search.cv_results_, "mean_test_"
    return {
        name.removeprefix(names): {
            "mean": to_plain(float(table[name][row])),
            "std": to_plain(float(table[name.replace("mean", "std", 1)][row])),
            "folds": to_plain(_folds(table, name.removeprefix(names), row)),
        }
        for name in table
        if name.startswith(names)
    }


def _folds(table: Mapping[str, Any], name: str, row: int) -> list[float]:
    n_splits = sum(column.endswith(f"_test_{name}") for column in table)
    columns = (f"split{fold}_test_{name}" for fold in range(n_splits))
    return [float(table[column][row]) for column in columns if column in table]


def _of_search(search: Any, row: int) -> dict[str, Any]:
    """Return the settings of the search; as text what has no plain form."""
    params = {}
    for name, value in search.get_params(deep=False).items():
        try:
            params[name] = to_plain(value, name)
        except MetadataError:
            params[name] = {"$text": text(value)}
    return {
        "class": type(search).__name__,
        "objectives": [str(name) for name in search.history_.goals],
        "row": row,
        "n_candidates": len(search.history_.trials),
        "params": params,
    }


def _versions(searched: Any, form: Any) -> dict[str, str]:
    """Return the versions of what the estimator is made of."""
    packages = {path.partition(":")[0].partition(".")[0] for path in names_in(form)}
    if "skorch" in packages:
        packages.add("torch")
    packages -= {"builtins", "sklearn"}
    found = {
        name: getattr(sys.modules.get(name), "__version__", None) for name in packages
    }
    known = {name: v for name, v in sorted(found.items()) if isinstance(v, str)}
    return {**versions(searched), **known}


def _cost(search: Any) -> dict[str, Any]:
    refit = getattr(search, "refit_time_", None)
    return {**search.cost_, "refit_seconds": refit}


def _of_scores(found: Any, where: str) -> Any:
    """Return scores as numbers; of `NestedScores` the mean and how sure it is."""
    if not callable(getattr(found, "confidence_interval", None)):
        return to_plain(found, where)
    low_high = found.confidence_interval()
    return {
        name: {
            "mean": to_plain(float(mean)),
            "standard_error": to_plain(float(found.standard_error[name])),
            "interval_95": [to_plain(float(end)) for end in low_high[name]],
            "folds": to_plain(np.asarray(found.test_scores[name], float).tolist()),
        }
        for name, mean in found.mean.items()
    }
