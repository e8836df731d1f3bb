"""A search in Weights & Biases: a group of runs, one for each candidate."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sksearch.callbacks._finished import (
    Finished,
    best_params,
    best_scores,
    log_name,
    spent,
)
from sksearch.callbacks._ledger import Ledger
from sksearch.callbacks._plan import Plan
from sksearch.callbacks._tracker import Task, Tracker, Writer, required
from sksearch.history import History

__all__ = ["WandbTracker"]


class WandbTracker(Tracker):
    """Logs a search to Weights & Biases: a group of runs, one for each candidate.

    A candidate's run has its parameters as its config and, at the resource as the step,
    the scores of each fold and their means by the names that `cv_results_` has for
    them. One more run, with the job type "search", has the best parameters and scores,
    what was spent, and the versions of packages.

    Parameters
    ----------
    project : str or None, default=None
        The project; None is what the environment says.
    group : str or None, default=None
        The name of the group; None is ``<class>-<name of the log>``.
    folder : str or path, default="."
        Where W&B makes its folder ``wandb``.
    init_options : dict, default={}
        More arguments for ``wandb.init``, such as ``{"mode": "offline"}``, ``entity``
        or ``tags``.

    Raises
    ------
    ImportError
        If wandb is not installed, with the command that does it.

    Notes
    -----
    Runs are made beside one that is active, and do not end it. A candidate's run is
    written when nobody can train it on any more: at once where all are trained in full,
    at the end of the search where some wait to be trained on.

    A search that goes on from its journal goes on in its group: runs have the names of
    the log and of the candidate as their id, and a file in the folder ``wandb`` tells
    what is there, so that nothing is logged twice. Only a candidate that is trained on
    further has its run continued: with a server in the same run, offline in a further
    folder with the same id.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sksearch import BayesSearchCV
    >>> from sksearch.callbacks import WandbTracker
    >>> search = BayesSearchCV(
    ...     DecisionTreeClassifier(),
    ...     {"max_depth": range(1, 10)},
    ...     callbacks=[WandbTracker("iris", init_options={"mode": "offline"})],
    ... )
    >>> search.callbacks[0].project  # nothing is asked of W&B before `fit`
    'iris'
    """

    def __init__(
        self,
        project: str | None = None,
        *,
        group: str | None = None,
        folder: str | os.PathLike[str] = ".",
        init_options: Mapping[str, Any] | None = None,
    ) -> None:
        required("wandb", "WandbTracker", "wandb")
        self.project = project
        self.group = group
        # Whole: a worker process that gets a copy may stand elsewhere.
        self.folder = os.path.abspath(folder)
        self.init_options = dict(init_options or {})

    def _open(self, plan: Plan, history: History) -> Writer:
        return _WandbWriter(self, plan, history)


class _WandbWriter:
    """Writes a run at once and ends it.

    Parameters
    ----------
    tracker : WandbTracker
        With what the user asked for.
    plan : Plan
        What the search will do.
    history : History
        As it is at the begin.
    """

    def __init__(self, tracker: WandbTracker, plan: Plan, history: History) -> None:
        self._tracker, self._plan, self._history = tracker, plan, history
        self._waiting: dict[int, list[Finished]] = {}

    def _ledger(self) -> Ledger:
        name = f"sksearch-{log_name(self._history)}.txt"
        return Ledger(Path(self._tracker.folder) / "wandb" / name)

    def logged(self) -> set[Task]:
        """Return what the file in the folder says."""
        if not any(self._history.evaluations(*task) for task in self._history.tasks()):
            return set()
        return self._ledger().read()

    def write(self, history: History, finished: Finished) -> None:
        """Keep a task; write the run of its candidate if nothing can follow."""
        self._waiting.setdefault(finished.trial_id, []).append(finished)
        is_last = finished.resource >= self._plan.max_resource
        if is_last or finished.status != "complete":
            self._write_trial(finished.trial_id)

    def _write_trial(self, trial_id: int) -> None:
        tasks = self._waiting[trial_id]
        run = self._init(
            id=f"{log_name(self._history)}-{trial_id}",
            name=f"trial {trial_id}",
            job_type="trial",
            config=dict(tasks[0].params),
        )
        for task in tasks:
            run.log({**task.metrics, "resource": task.resource}, step=task.resource)
        run.summary["status"] = tasks[-1].status
        if tasks[-1].error is not None:
            run.summary["error"] = tasks[-1].error
        run.finish(exit_code=int(tasks[-1].status == "failed"))
        for task in tasks:
            self._ledger().add(task.trial_id, task.resource)
        del self._waiting[trial_id]

    def close(self, search: Any, history: History, error: BaseException | None) -> None:
        """Write the candidates that waited to be trained on, and the search."""
        for trial_id in list(self._waiting):
            self._write_trial(trial_id)
        if not any(history.evaluations(*task) for task in history.tasks()):
            return
        run = self._init(
            id=log_name(history),
            name=f"{self._plan.search} of {self._plan.estimator}",
            job_type="search",
            config={"versions": dict(self._plan.versions), "seed": history.seed},
        )
        run.summary.update({**spent(search), **best_scores(history)})
        best = best_params(search, history, error)
        run.summary.update({f"best_{name}": value for name, value in best.items()})
        run.finish(exit_code=int(error is not None))

    def _init(self, **of_run: Any) -> Any:
        import wandb

        group = f"{self._plan.search}-{log_name(self._history)}"
        options: dict[str, Any] = {
            "project": self._tracker.project,
            "group": self._tracker.group or group,
            "dir": self._tracker.folder,
            "reinit": "create_new",  # an active run of the user's stays
            "resume": "allow",
            "settings": wandb.Settings(silent=True, console="off"),
            **of_run,
            **self._tracker.init_options,
        }
        return wandb.init(**options)
