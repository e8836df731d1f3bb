"""A search in TensorBoard: a folder, and one more in it for each candidate."""

import contextlib
import os
from pathlib import Path
from typing import Any

from sksearch.callbacks._finished import Finished, best_scores, log_name
from sksearch.callbacks._ledger import Ledger
from sksearch.callbacks._plan import Plan
from sksearch.callbacks._tracker import Task, Tracker, Writer, required
from sksearch.history import History

__all__ = ["TensorBoardTracker"]


class TensorBoardTracker(Tracker):
    """Logs a search for TensorBoard: scalars and hparams of each candidate.

    A search has a folder in `log_dir`, ``<class>-<name of its log>``, and in that each
    candidate one, ``trial-<number>``, with its scores at the resource as the step, by
    the names that `cv_results_` has for them, and its parameters for the view
    "HParams". In the search's folder is the best score so far, at the number of
    finished trainings.

    Parameters
    ----------
    log_dir : str or path, default="runs"
        Where the search's folder is made.

    Raises
    ------
    ImportError
        If torch or tensorboard is not installed, with the command that does it.

    Notes
    -----
    Events are written by ``torch.utils.tensorboard``. A search that goes on from its
    journal goes on in its folder, where the file ``logged.txt`` tells what is there: no
    candidate's training is logged twice, and none that is unfinished.

    Examples
    --------
    >>> import os
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sksearch import BayesSearchCV
    >>> from sksearch.callbacks import TensorBoardTracker
    >>> search = BayesSearchCV(
    ...     DecisionTreeClassifier(),
    ...     {"max_depth": range(1, 10)},
    ...     callbacks=[TensorBoardTracker("runs")],
    ... )
    >>> os.path.basename(search.callbacks[0].log_dir)  # made in `fit`
    'runs'
    """

    def __init__(self, log_dir: str | os.PathLike[str] = "runs") -> None:
        required("torch", "TensorBoardTracker", "tensorboard")
        required("tensorboard", "TensorBoardTracker", "tensorboard")
        # Whole: a worker process that gets a copy may stand elsewhere.
        self.log_dir = os.path.abspath(log_dir)

    def _open(self, plan: Plan, history: History) -> Writer:
        return _TensorBoardWriter(Path(self.log_dir), plan, history)


class _TensorBoardWriter:
    """Writes each task at once, in files of its own.

    Parameters
    ----------
    log_dir : Path
        Where the search's folder is made, once there is a result.
    plan : Plan
        What the search will do.
    history : History
        As it is at the begin.
    """

    def __init__(self, log_dir: Path, plan: Plan, history: History) -> None:
        self._log_dir, self._plan = log_dir, plan
        self._history = history
        self._best: Any = None  # the writer of the search's folder
        self._n_logged = 0

    def _folder(self) -> Path:
        return self._log_dir / f"{self._plan.search}-{log_name(self._history)}"

    def _ledger(self) -> Ledger:
        return Ledger(self._folder() / "logged.txt")

    def logged(self) -> set[Task]:
        """Return what the file in the search's folder says."""
        if not any(self._history.evaluations(*task) for task in self._history.tasks()):
            return set()
        known = self._ledger().read()
        self._n_logged = len(known)
        return known

    def write(self, history: History, finished: Finished) -> None:
        """Write scalars and hparams of a task."""
        folder = self._folder() / f"trial-{finished.trial_id:04d}"
        # One file for each task: what a search that was killed left there stays whole.
        with contextlib.closing(_writer(folder, f".{finished.resource}")) as writer:
            for name, value in finished.metrics.items():
                writer.add_scalar(name, value, finished.resource)
            if finished.error is not None:
                writer.add_text("error", finished.error, finished.resource)
            self._add_hparams(writer, finished)
        self._ledger().add(finished.trial_id, finished.resource)
        self._n_logged += 1
        best = self._best = self._best or _writer(self._folder(), "")
        for name, value in best_scores(history).items():
            best.add_scalar(name, value, self._n_logged)
        best.flush()

    def _add_hparams(self, writer: Any, finished: Finished) -> None:
        """Write what the view of hparams reads, beside the scalars.

        `SummaryWriter.add_hparams` would make a folder more, named by the time.
        """
        from torch.utils.tensorboard.summary import hparams

        means = {k: v for k, v in finished.metrics.items() if k.startswith("mean_")}
        params = dict(finished.params)
        for summary in hparams(params, dict.fromkeys(means, 0.0)):
            writer.file_writer.add_summary(summary)
        ok = finished.status == "complete"
        writer.add_text("status", finished.status, finished.resource)
        writer.add_scalar("is_complete", float(ok), finished.resource)

    def close(self, search: Any, history: History, error: BaseException | None) -> None:
        """Close what is open: all is written."""
        if self._best is not None:
            self._best.close()


def _writer(folder: Path, suffix: str) -> Any:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(log_dir=str(folder), filename_suffix=suffix)
