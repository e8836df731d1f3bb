"""The file that `export_metadata` writes, read as data from strangers."""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sksearch._plain_values import from_plain, names_in
from sksearch.estimators._export import FORMAT
from sksearch.exceptions import MetadataError

__all__ = ["SearchMetadata", "load_metadata"]

_SECTIONS = "scores", "search", "seeds", "versions", "data", "cost"


@dataclass(frozen=True, eq=False)
class SearchMetadata:
    """What a file from `export_metadata` says; made by `load_metadata`.

    Parameters
    ----------
    document : dict
        The file as JSON has it: "estimator", "best_params", "resource", "scores",
        "search", "seeds", "versions", "data" and "cost".
    trusted : tuple of str, default=()
        What may be imported besides the libraries that are on our list.

    Examples
    --------
    >>> from sksearch import SearchMetadata
    >>> estimator = {"$object": "sklearn.svm:SVC", "params": {"C": 10.0}}
    >>> SearchMetadata({"estimator": estimator}).estimator
    SVC(C=10.0)
    """

    document: Mapping[str, Any]
    trusted: tuple[str, ...] = ()

    @functools.cached_property
    def estimator(self) -> Any:
        """The unfitted estimator with its parameters; imported and built when asked.

        Raises
        ------
        MetadataError
            If the file names what is not trusted, or was changed.
        """
        return from_plain(self.document.get("estimator"), self.trusted, "estimator")

    @functools.cached_property
    def best_params(self) -> dict[str, Any]:
        """The parameters that were searched, of the chosen candidate."""
        form = self.document.get("best_params")
        return dict(from_plain(form, self.trusted, "best_params"))

    @property
    def scores(self) -> dict[str, Any]:
        """By what they are ("cross_validated", ...), scores with their spread."""
        return dict(from_plain(self.document.get("scores"), (), "scores"))

    @property
    def cost(self) -> dict[str, Any]:
        """What the search spent, as `cost_`."""
        return dict(from_plain(self.document.get("cost"), (), "cost"))

    @property
    def versions(self) -> dict[str, str]:
        """Of the libraries with which the file was written."""
        return dict(self.document.get("versions", {}))

    @property
    def names(self) -> list[str]:
        """All classes and functions that `estimator` would import; nothing is."""
        return list(dict.fromkeys(names_in(self.document.get("estimator"))))


def load_metadata(path: Any, *, trusted: Sequence[str] = ()) -> SearchMetadata:
    """Read a file that `export_metadata` wrote, and build its estimator, unfitted.

    The file may come from strangers: it is JSON, nothing in it is unpickled or
    evaluated, and only classes and functions of scikit-learn, LightGBM, XGBoost,
    CatBoost, skorch, torch, numpy, scipy and this package that do nothing but keep
    parameters or compute are imported. What it takes to *fit* the estimator is another
    matter: look at its parameters first, which may name files, as ``memory`` does.

    Parameters
    ----------
    path : str or path-like
        The file.
    trusted : sequence of str, default=()
        What else may be imported and called: packages ("mypackage"), modules or names
        ("mypackage.nets:Net").

    Returns
    -------
    metadata : SearchMetadata
        With ``estimator``, ``best_params``, ``scores`` and the rest.

    Raises
    ------
    MetadataError
        If the file is no metadata, of a newer format, names what is not trusted, or if
        its estimator cannot be built here.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import Ridge
    >>> from sksearch import BayesSearchCV, load_metadata
    >>> search = BayesSearchCV(Ridge(), {"alpha": [0.01, 1.0]}, random_state=0)
    >>> path = os.path.join(tempfile.mkdtemp(), "metadata.json")
    >>> _ = search.fit(*load_iris(return_X_y=True)).export_metadata(path)
    >>> metadata = load_metadata(path)
    >>> metadata.best_params == search.best_params_, metadata.estimator
    (True, Ridge(alpha=0.01))
    >>> len(metadata.scores["cross_validated"]["score"]["folds"])
    5
    """
    if isinstance(trusted, str):
        raise TypeError(f"trusted={trusted!r} must be a list, as in [{trusted!r}].")
    metadata = SearchMetadata(_read(Path(path)), tuple(trusted))
    _ = metadata.estimator, metadata.best_params, metadata.scores, metadata.cost
    return metadata


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(
            path.read_text(encoding="utf-8"),
            parse_constant=_no_constant,
            object_pairs_hook=_distinct,
        )
    except (ValueError, RecursionError) as error:
        raise MetadataError(
            f"{str(path)!r} is no metadata of a search: {error}. Pass a file that "
            "export_metadata wrote."
        ) from error
    _check_document(document, path)
    return dict(document)


def _check_document(document: Any, path: Path) -> None:
    version = document.get("sksearch_metadata") if isinstance(document, dict) else None
    if type(version) is not int:
        raise MetadataError(
            f"{str(path)!r} is no metadata of a search: it has no number as "
            "'sksearch_metadata'. Pass a file that export_metadata wrote."
        )
    if version != FORMAT:
        raise MetadataError(
            f"{str(path)!r} has format {version}, and this version of sksearch reads "
            f"{FORMAT}. Upgrade sksearch."
        )
    wrong = [name for name in _SECTIONS if not isinstance(document.get(name), dict)]
    if wrong or "estimator" not in document or "best_params" not in document:
        raise MetadataError(
            f"{str(path)!r} is damaged: {wrong or ['estimator', 'best_params']} are "
            "not there. Export the file again."
        )


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found
