"""A report of a search as one file for a browser."""

import base64
import hashlib
import os
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import indexable

from sksearch._whole_files import check_folder, write_whole
from sksearch.displays._candidates import Candidates, history_of
from sksearch.history import History
from sksearch.report import _sections as sections
from sksearch.report._candidates_table import candidates_table
from sksearch.report._data_checks import DataFindings, check_data
from sksearch.report._failures import grouped_failures
from sksearch.report._figures import figures
from sksearch.report._html import Markup, section, tag

__all__ = ["write_report"]


def write_report(
    search: Any,
    path: str | os.PathLike[str],
    X: Any = None,
    y: Any = None,
    *,
    groups: Any = None,
    title: str | None = None,
) -> Path:
    """Write what a search found, and what that cost, into one HTML file.

    The file needs no network: figures, style and the few lines that sort its table are
    inside. All texts of the search are escaped, and a browser is told to run nothing
    but these lines.

    Parameters
    ----------
    search : BaseSearch or History
        A search that was fitted, also one whose `fit` raised; or a log, such as
        `History.load` reads it.
    path : str or path-like
        Where to; a file that is there is replaced.
    X : array-like or sparse matrix of shape (n_samples, n_features), default=None
        The data of the search. With them the report has warnings about constant
        columns, and rows that are in the training and the test part of a split.
    y : array-like of shape (n_samples,), default=None
        The target. With it, and X, the report has the classes of each split.
    groups : array-like of shape (n_samples,), default=None
        As they went to `fit`, where the splitter needs them.
    title : str, default=None
        The heading; None names the class of the search.

    Returns
    -------
    path : Path
        The file.

    Raises
    ------
    NotFittedError
        If the search has no history.
    ValueError
        If X and y do not fit together or to the splitter.
    OSError
        If the file cannot be written.

    Notes
    -----
    Figures need matplotlib; without it the report says so in their place. Splits are
    made again from ``search.cv``: those of a shuffled one without a seed are others
    than the search had, and the report says that too.

    Examples
    --------
    >>> import os, tempfile
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.report import write_report
    >>> from sksearch.space import SearchSpace
    >>> history = History(SearchSpace({"C": [1, 10]}), seed=0, n_splits=1)
    >>> history.record(Trial(0, {"C": 10}))
    >>> history.record(Evaluation(0, 1, fold=0, scores={"score": 0.9}))
    >>> folder = tempfile.mkdtemp()
    >>> path = write_report(history, os.path.join(folder, "report.html"))
    >>> path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    True
    """
    check_folder(Path(path))
    history = search if isinstance(search, History) else history_of(search)
    findings = None if X is None else _findings(search, X, y, groups)
    if title is None:
        name = "a search" if search is history else type(search).__name__
        title = f"Report of {name}"
    source = search if _is_of(search, history) else history
    with np.errstate(all="ignore"):  # scores and times may be of any size
        parts = _body(source, history, findings)
    page = _page(title, parts)
    return write_whole(Path(path), page)


def _body(search: Any, history: History, findings: DataFindings | None) -> list[Markup]:
    given = _candidates(search, history)
    space = sections.space_warnings(history)
    parts = [
        section("Summary", sections.summary(search, history, given)),
        section("Best parameters", sections.best_parameters(search, history, given)),
        section("Cost", sections.cost(search, history)),
        section("Data", sections.data_warnings(findings)),
    ]
    if space is not None:
        parts.append(section("Space", space))
    if given is not None:
        parts.append(section("Figures", *figures(search, given)))
    parts.append(section("Failures", sections.failures(grouped_failures(history))))
    if given is not None:
        parts.append(section("Candidates", candidates_table(history, given)))
    return parts


def _is_of(search: Any, history: History) -> bool:
    """Whether the attributes of a search are those of its newest log.

    After a `fit` that raised they are not there, or those of the one before.
    """
    rows = [task for task in history.tasks() if history.evaluations(*task)]
    return len(getattr(search, "cv_results_", {"params": ()})["params"]) == len(rows)


def _candidates(search: Any, history: History) -> Candidates | None:
    """Return the candidates; None while there is no result."""
    if not any(history.evaluations(*task) for task in history.tasks()):
        return None
    if search is history:
        return Candidates.from_history(history)
    return Candidates.from_search(search)


def _findings(search: Any, X: Any, y: Any, groups: Any) -> DataFindings:
    X, y, groups = indexable(X, y, groups)
    if isinstance(search, History):
        return check_data(X, y, [], has_classes=False)
    has_classes = is_classifier(search.estimator)
    cv = check_cv(search.cv, y, classifier=has_classes)
    splits, again = (list(cv.split(X, y, groups)) for _ in range(2))
    found = check_data(X, y, splits, has_classes=has_classes)
    if not all(map(_is_same_split, splits, again)):
        found.warnings.append(
            f"cv={search.cv!r} splits otherwise each time, so these splits are not "
            "those of the search. Give it a random_state."
        )
    return found


def _is_same_split(one: Any, two: Any) -> bool:
    return all(map(np.array_equal, one, two))


def _page(title: str, parts: list[Markup]) -> str:
    style, script = _resource("_page.css"), _resource("_page.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; "
        f"script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", style),
    )
    body = tag("body", tag("main", tag("h1", title), *parts), tag("script", script))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _resource(name: str) -> Markup:
    """Return a file of this package; it is the page's own, and goes in as it is."""
    return Markup(files("sksearch.report").joinpath(name).read_text("utf-8"))


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
