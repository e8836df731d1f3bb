"""That scikit-learn's callbacks (1.9 and later) see every task begin and end."""

from __future__ import annotations

from collections import Counter
from typing import Any
from unittest import SkipTest

from sksearch.testing._factory import MakeSearch, log_file
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
    for n_jobs in (1, 2):
        for n_iter in (8, 5):  # all points of the grid, and a choice among them
            search = make_search(
                ToyClassifier(), EIGHT, cv=2, n_jobs=n_jobs, n_iter=n_iter
            )
            _assert_balanced(search)


def check_callbacks_of_failing_fits(make_search: MakeSearch) -> None:
    """The task of a fit that fails ends as well."""
    _assert_balanced(make_search(FailingClassifier(fails=(1.0, 2.0)), EIGHT, cv=2))


def _assert_balanced(search: Any) -> None:
    with log_file() as log:
        _set_callback(search, TaskLog(log))
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


def _set_callback(search: Any, callback: TaskLog) -> None:
    try:
        import sklearn.callback  # noqa: F401
    except ImportError:
        raise SkipTest("this version of scikit-learn has no callbacks") from None
    search.set_callbacks(callback)


def check_without_callbacks(make_search: MakeSearch) -> None:
    """Where no callbacks are set, or not any more, nothing is called."""
    with log_file() as log:
        search = make_search(ToyClassifier(), EIGHT, cv=2, n_iter=5)
        _set_callback(search, TaskLog(log))
        search.set_callbacks().fit(*numbered_rows())
        assert not read_events(log)
    make_search(ToyClassifier(), EIGHT, cv=2).fit(*numbered_rows())
