"""One line of progress."""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

from sksearch._durations import duration_text
from sksearch._numbers import check_count
from sksearch.callbacks._base import Callback
from sksearch.history import Evaluation, History

__all__ = ["ProgressLine"]


class ProgressLine(Callback):
    r"""Print how far a search is, its best score so far, and when it will be done.

    Of several objectives it tells how many candidates are on the front instead.

    Parameters
    ----------
    n_fits : int
        How many fits the search will run at most.
    verbose : int, default=1
        1 prints one line that renews itself, cut where the terminal ends; where the
        output is no terminal there is one line for every tenth of the work. 2 prints a
        line for every finished trial; 3 one for every fit too.
    stream : file or None, default=None
        Where to print; None is `sys.stdout` at that time.
    clock : callable, default=time.monotonic
        Returns seconds.
    resource : str or None, default=None
        What trials are trained on with; told of each trial where it is not None.

    Examples
    --------
    >>> from sksearch.callbacks import ProgressLine
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.space import SearchSpace
    >>> history = History(SearchSpace({"C": [1, 10]}), seed=0, n_splits=1)
    >>> progress = ProgressLine(n_fits=1, clock=lambda: 0.0)
    >>> progress.on_search_begin(history)
    >>> history.record(Trial(0, {"C": 10}))
    >>> history.record(Evaluation(0, 1, fold=0, scores={"score": 0.9}))
    >>> progress.on_evaluation(history, history.records[-1])
    [search] 1/1 fits, best 0.9 (trial 0), ETA 0 s
    """

    def __init__(
        self,
        n_fits: int,
        verbose: int = 1,
        stream: Any = None,
        clock: Callable[[], float] = time.monotonic,
        resource: str | None = None,
    ) -> None:
        self.n_fits = n_fits
        self.verbose = verbose
        self.stream = stream
        self.clock = clock
        self.resource = resource

    def on_search_begin(self, history: History) -> None:
        """Start the clock.

        Parameters
        ----------
        history : History
            The log.

        Raises
        ------
        ValueError
            If the number of fits is none.
        """
        check_count(self.n_fits, "n_fits", least=0)
        self._begin = self.clock()
        # Results of an earlier run, from a journal: they are done, and took no time.
        self._known = sum(isinstance(each, Evaluation) for each in history.records)
        self._done = self._known
        self._written = False

    def on_evaluation(self, history: History, evaluation: Evaluation) -> None:
        """Print what the level asks for.

        Parameters
        ----------
        history : History
            The log.
        evaluation : Evaluation
            The newest result.
        """
        self._done += 1
        task = evaluation.trial_id, evaluation.resource
        if self.verbose >= 3:
            self._print(self._fit_line(evaluation))
        is_finished = len(history.evaluations(*task)) == history.n_splits
        if self.verbose >= 2 and is_finished:
            self._print(self._trial_line(history, *task))
        if self.verbose == 1:
            self._renew(self._line(history))

    def on_search_end(self, history: History) -> None:
        """End the line.

        Parameters
        ----------
        history : History
            The log.
        """
        if self.verbose == 1 and self._written:
            self._print("")
        elif self.verbose > 1:
            self._print(self._line(history))

    def _out(self) -> Any:
        return self.stream or sys.stdout

    def _print(self, line: str) -> None:
        print(line, file=self._out(), flush=True)

    def _renew(self, line: str) -> None:
        """Write over the last line on a terminal; elsewhere, one line per tenth."""
        out = self._out()
        if getattr(out, "isatty", bool)():
            # What has gone on in a second row would not be written over.
            out.write("\r\x1b[2K" + line[: _columns(out)])
            out.flush()
            self._written = True
        elif self._done * 10 // self.n_fits > (self._done - 1) * 10 // self.n_fits:
            self._print(line)

    def _line(self, history: History) -> str:
        elapsed = self.clock() - self._begin
        n_new = max(self._done - self._known, 1)
        left = elapsed / n_new * max(self.n_fits - self._done, 0)
        done = f"{self._done}/{self.n_fits} fits"
        return f"[search] {done}, {_found(history)}, ETA {duration_text(left)}"

    def _trial_line(self, history: History, trial_id: int, resource: int) -> str:
        params = history.trials[trial_id].params
        shown = ", ".join(f"{name}={value}" for name, value in params.items())
        goals = history.goals if len(history.goals) > 1 else (None,)
        means = [history.score(trial_id, resource, goal) for goal in goals]
        what = ", ".join(
            f"{goal or 'score'} {mean:.6g}"
            for goal, mean in zip(goals, means, strict=True)
        )
        status = history.status(trial_id, resource)
        return f"[{self._named(trial_id, resource)}] {status}, {what}: {shown}"

    def _fit_line(self, evaluation: Evaluation) -> str:
        trial = self._named(evaluation.trial_id, evaluation.resource)
        scores = ", ".join(f"{k}={_shown(evaluation, k)}" for k in evaluation.scores)
        told = f"{evaluation.status}, {scores}, {evaluation.fit_time:.3g}s"
        return f"[{trial}, fold {evaluation.fold}] {told}"

    def _named(self, trial_id: int, resource: int) -> str:
        at = "" if self.resource is None else f", {self.resource}={resource}"
        return f"trial {trial_id}{at}"


def _columns(out: Any) -> int | None:
    """Return how many characters a terminal has in a row, None if it says nothing."""
    try:
        return os.get_terminal_size(out.fileno()).columns - 1 or None
    except (AttributeError, OSError, ValueError):
        return None


def _found(history: History) -> str:
    """Return what is best so far, or how long the front is."""
    best = history.incumbent()
    if best is None:
        return "best -"
    if len(history.goals) > 1:
        return f"front of {len(history.front())}"
    return f"best {history.score(best):.6g} (trial {best})"


def _shown(evaluation: Evaluation, name: str) -> str:
    """Return a score in the words of scikit-learn's own fit lines."""
    test = f"{evaluation.scores[name]:.6g}"
    if name not in evaluation.train_scores:
        return test
    return f"(train={evaluation.train_scores[name]:.6g}, test={test})"
