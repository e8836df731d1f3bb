"""That scikit-learn's callbacks (1.9 and later) see every task begin and end."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from typing import Any
from unittest import SkipTest

from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from sksearch.testing._factory import MakeSearch, grid_search, log_file
from sksearch.testing._toys import (
    FailingClassifier,
    ToyClassifier,
    numbered_rows,
    read_events,
    write_event,
)

EIGHT = {"quality": [float(quality) for quality in range(8)]}


class TaskLog:
    """A callback that appends to a file: it works from any process."""

    def __init__(self, log: str) -> None:
        self.log = log

    def setup(self, estimator: Any, context: Any) -> None:
        """Log the beginning of a fit."""
        write_event(self.log, event="setup")

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Log the beginning of a task."""
        write_event(self.log, event="begin", task=_path(context))

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Log the end of a task."""
        write_event(self.log, event="end", task=_path(context))

    def teardown(self, estimator: Any, context: Any) -> None:
        """Log the end of a fit."""
        write_event(self.log, event="teardown")


def _path(context: Any) -> list[str]:
    """Return the names and numbers of a task's ancestors and of itself."""
    path: list[str] = []
    while context is not None:
        path.insert(0, f"{context.task_name} {context.task_id}")
        context = context.parent
    return path


def check_callbacks_are_balanced(make_search: MakeSearch) -> None:
    """Every task begins once and ends once, in whichever process it runs."""
    _require_callbacks()
    for n_jobs in (1, 2):
        for n_iter in (8, 5):  # all points of the grid, and a choice among them
            search = make_search(
                ToyClassifier(), EIGHT, cv=2, n_jobs=n_jobs, n_iter=n_iter
            )
            _assert_balanced(search)


def check_callbacks_of_failing_fits(make_search: MakeSearch) -> None:
    """The task of a fit that fails ends as well."""
    _require_callbacks()
    _assert_balanced(make_search(FailingClassifier(fails=(1.0, 2.0)), EIGHT, cv=2))


def _assert_balanced(search: Any) -> None:
    with log_file() as log:
        search.set_callbacks(TaskLog(log))
        search.fit(*numbered_rows())
        events = read_events(log)
    kinds = Counter(event["event"] for event in events)
    assert kinds["setup"] == kinds["teardown"] == 1
    assert events[0]["event"] == "setup"
    assert events[-1]["event"] == "teardown"
    begins, ends = (_positions(events, kind) for kind in ("begin", "end"))
    assert set(begins) == set(ends), f"unbalanced: {set(begins) ^ set(ends)}"
    n_fits = len(search.cv_results_["params"]) * search.n_splits_ + 1
    parents = {task[:-1] for task in begins}
    n_leaves = len(set(begins) - parents)
    assert n_leaves == n_fits, f"{n_fits} fits, but {n_leaves} tasks without subtasks"
    for task, begin in begins.items():
        assert begin < ends[task], f"{task} ends before it begins"
        if len(task) > 1:
            assert begins[task[:-1]] < begin < ends[task[:-1]], f"{task} is stray"


def _positions(events: list[dict[str, Any]], kind: str) -> dict[tuple[str, ...], int]:
    positions: dict[tuple[str, ...], int] = {}
    for position, event in enumerate(events):
        if event["event"] == kind:
            task = tuple(event["task"])
            assert task not in positions, f"{kind} of {task} is called twice"
            positions[task] = position
    return positions


def check_without_callbacks(make_search: MakeSearch) -> None:
    """Where no callbacks are set, or not any more, nothing is called."""
    _require_callbacks()
    with log_file() as log:
        search = make_search(ToyClassifier(), EIGHT, cv=2, n_iter=5)
        search.set_callbacks(TaskLog(log))
        search.set_callbacks().fit(*numbered_rows())
        assert not read_events(log)
    make_search(ToyClassifier(), EIGHT, cv=2).fit(*numbered_rows())


def check_scoring_monitor(make_search: MakeSearch) -> None:
    """A ScoringMonitor inside gets the scores of every fit, from every process."""
    _require_callbacks()
    expected = _monitored(grid_search, n_jobs=1)
    for n_jobs in (1, 2):
        assert _monitored(make_search, n_jobs) == expected, f"with n_jobs={n_jobs}"


def _monitored(make_search: MakeSearch, n_jobs: int) -> list[int]:
    """Return how many scores were logged in each run."""
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring="accuracy")
    inner = LogisticRegression(max_iter=5).set_callbacks(monitor)
    search = make_search(inner, {"C": [0.1, 1.0]}, cv=2, n_jobs=n_jobs)
    search.fit(*load_iris(return_X_y=True))
    return [len(run.data) for run in monitor.get_logs("all")]


def check_progress_bar(make_search: MakeSearch) -> None:
    """A ProgressBar has a line for the search and one for each of its fits."""
    _require_callbacks()
    try:
        from sklearn.callback import ProgressBar

        callback = ProgressBar()
    except ImportError as error:
        raise SkipTest(str(error)) from None
    for n_jobs in (1, 2):
        inner = LogisticRegression(max_iter=5)
        search = make_search(inner, {"C": [0.1, 1.0]}, cv=2, n_jobs=n_jobs)
        with contextlib.redirect_stdout(io.StringIO()) as output:
            search.set_callbacks(callback).fit(*load_iris(return_X_y=True))
        lines = [line for line in output.getvalue().splitlines() if line.strip()]
        assert len(lines) >= 6, f"five fits have {len(lines)} lines of progress"


def _require_callbacks() -> None:
    try:
        import sklearn.callback  # noqa: F401
    except ImportError:
        raise SkipTest("this version of scikit-learn has no callbacks") from None
