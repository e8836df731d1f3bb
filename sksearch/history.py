"""The log of a search: decisions and results in one append-only order.

Whatever a search decides is a function of this log, and whatever it shows is a view
of it. A decision is one record (a `Trial` or a `Task`), a result is one record (an
`Evaluation`); nothing is ever changed or taken back.
"""

import bisect
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any, Literal

from sksearch._frame import frame_of
from sksearch._ranking import front, ranked, violation
from sksearch._records import Evaluation, Status, Task, Trial, TrialStatus
from sksearch._stored_history import from_journal, from_json, json_of
from sksearch.space import SearchSpace

__all__ = ["Evaluation", "History", "Status", "Task", "Trial", "TrialStatus"]


class History:
    """An append-only log of trials, tasks and evaluations.

    Parameters
    ----------
    space : SearchSpace
        The space the trials lie in; it translates their parameters for JSON.
    seed : int
        The seed of the search.
    n_splits : int
        Folds per task.
    objective : str or None, default=None
        The name of the score that the search maximises; None is the first one.
    objectives : sequence of str or "all", default=()
        The names of several scores to be maximised together; the first is `objective`.
        "all" are those of the first fit that succeeds.
    constraints : dict of str to float, default=None
        The least that a score must be, by its name.
    log_scores : collection of str, default=()
        Names of scores that are negative and vary by factors, as minus a time does:
        models see them on a logarithmic scale.

    Attributes
    ----------
    records : list of Trial, Task and Evaluation
        The log, in the order of commitment.
    trials : list of Trial
        By id.
    keys : set
        The identity of every trial's parameters, so that none is proposed twice.
    sink : callable or None
        Called with each record after it was appended; copies have none.

    Examples
    --------
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.space import SearchSpace
    >>> history = History(SearchSpace({"C": [1, 10]}), seed=0, n_splits=1)
    >>> history.record(Trial(0, {"C": 10}))
    >>> history.record(Evaluation(0, 1, fold=0, scores={"score": 0.9}))
    >>> history.status(0), history.score(0)
    ('complete', 0.9)
    >>> same = History.from_json(history.to_json(), history.space)
    >>> same.to_json() == history.to_json()
    True
    """

    def __init__(
        self,
        space: SearchSpace,
        *,
        seed: int,
        n_splits: int,
        objective: str | None = None,
        objectives: Sequence[str] | Literal["all"] = (),
        constraints: Mapping[str, float] | None = None,
        log_scores: Collection[str] = (),
    ) -> None:
        self.space = space
        self.seed = seed
        self.n_splits = n_splits
        self.objectives = objectives if objectives == "all" else tuple(objectives)
        self._objective = objective
        self.constraints = dict(constraints or {})
        self.log_scores = frozenset(log_scores)
        self.sink: Callable[[Trial | Task | Evaluation], None] | None = None
        self.records: list[Trial | Task | Evaluation] = []
        self.trials: list[Trial] = []
        self.keys: set[Any] = set()
        # Views kept on append, so that no question scans the log.
        self._results: dict[tuple[int, int], dict[int, Evaluation]] = {}
        self._open: dict[tuple[int, int], None] = {}
        self._resources: list[list[int]] = []  # of each trial's tasks, in order
        self._scores: dict[int, dict[int, float]] = {}  # by resource and trial
        self._order: dict[int, list[tuple[float, int]]] = {}  # of finite ones: (-s, id)
        self._trained: dict[int, set[int]] = {}  # by resource: who has a task there
        self._settled: dict[int, set[int]] = {}  # and who is not pending any more
        self._means: dict[tuple[int, int], dict[str, float]] = {}  # of every score
        self._names: tuple[str, ...] = ()  # of the first scores

    def __len__(self) -> int:
        return len(self.records)

    def __repr__(self) -> str:
        return (
            f"History({len(self.trials)} trials, {self.n_unfinished} unfinished, "
            f"n_splits={self.n_splits}, objective={self.objective!r})"
        )

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "sink": None}  # an open file does not travel

    @property
    def goals(self) -> tuple[str | None, ...]:
        """The names of all objectives; (None,) while they are not known."""
        if self.objectives == "all":
            return self._names or (None,)
        return self.objectives or (self._objective,)

    @property
    def objective(self) -> str | None:
        """The name of the (first) objective; None is the first score."""
        return self.goals[0]

    # -- writing -----------------------------------------------------------------

    def record(self, record: Trial | Task | Evaluation) -> None:
        """Append one record.

        Parameters
        ----------
        record : Trial, Task or Evaluation
            The next line of the log.

        Raises
        ------
        ValueError
            If the record does not follow from the log: a trial out of order, a task
            of an unknown trial, a result that nobody asked for or that is there.
        """
        if isinstance(record, Evaluation):
            self._add_evaluation(record)
        elif isinstance(record, Trial):
            self._add_trial(record)
        else:
            self._add_task(record.trial_id, record.resource)
        self.records.append(record)
        if self.sink is not None:
            self.sink(record)

    def _add_trial(self, trial: Trial) -> None:
        if trial.id != len(self.trials):
            raise ValueError(f"Trial {trial.id} must have id {len(self.trials)}.")
        if trial.parent is not None:
            self._check_parent(trial.parent, trial.resource)
        self.trials.append(trial)
        self.keys.add(self.space.key(trial.params))
        self._resources.append([])
        self._add_task(trial.id, trial.resource)

    def _check_parent(self, parent: int, resource: int) -> None:
        known = range(len(self.trials))
        if parent not in known or self._resources[parent][0] >= resource:
            raise ValueError(f"Trial {parent} has nothing to train on to {resource=}.")

    def _add_task(self, trial_id: int, resource: int) -> None:
        task = trial_id, resource
        if not 0 <= trial_id < len(self.trials) or task in self._results:
            raise ValueError(f"Trial {trial_id} cannot be asked for {resource=}.")
        self._results[task] = {}
        self._open[task] = None
        self._resources[trial_id].append(resource)
        self._trained.setdefault(resource, set()).add(trial_id)

    def _add_evaluation(self, evaluation: Evaluation) -> None:
        task = evaluation.trial_id, evaluation.resource
        wanted = task in self._open and 0 <= evaluation.fold < self.n_splits
        if not wanted or evaluation.fold in self._results[task]:
            raise ValueError(f"Nobody waits for fold {evaluation.fold} of task {task}.")
        if not self._names and evaluation.status == "ok" and not evaluation.error:
            self._names = tuple(evaluation.scores)
        folds = {**self._results[task], evaluation.fold: evaluation}
        if len(folds) == self.n_splits:
            if all(map(_counts, folds.values())):
                # In the order of the folds: the order of arrival must not show.
                self._finish(task, [folds[k].scores for k in sorted(folds)])
            del self._open[task]
        if task not in self._open or not _counts(evaluation):
            self._settled.setdefault(task[1], set()).add(task[0])
        self._results[task] = folds

    def _finish(
        self, task: tuple[int, int], folds: Sequence[Mapping[str, float]]
    ) -> None:
        self._means[task] = means = _means(folds)
        scores = [_objective(means, name) for name in self.goals]
        score = scores[0] if all(map(math.isfinite, scores)) else math.nan
        self._scores.setdefault(task[1], {})[task[0]] = score
        if math.isfinite(score):
            bisect.insort(self._order.setdefault(task[1], []), (-score, task[0]))

    # -- reading -----------------------------------------------------------------

    @property
    def n_unfinished(self) -> int:
        """How many tasks still wait for results."""
        return len(self._open)

    def open_tasks(self) -> Iterator[tuple[int, int]]:
        """Yield the tasks that wait for results, in order.

        Yields
        ------
        task : tuple of int
            (trial_id, resource).
        """
        yield from self._open

    def tasks(self) -> Iterator[tuple[int, int]]:
        """Yield all tasks, finished or not, in order.

        Yields
        ------
        task : tuple of int
            (trial_id, resource).
        """
        yield from self._results

    def trained(self, resource: int) -> Set[int]:
        """Return the trials that have a task at a resource, finished or not.

        Parameters
        ----------
        resource : int
            How far the task trains.

        Returns
        -------
        trial_ids : set of int
            Which grows with the log.
        """
        return self._trained.get(resource, frozenset())

    def settled(self, resource: int) -> Set[int]:
        """Return the trials whose task at a resource is not "pending" any more.

        Parameters
        ----------
        resource : int
            How far the task trains.

        Returns
        -------
        trial_ids : set of int
            Which grows with the log: a task that has failed on one fold, or is stopped,
            is among them though other folds may be awaited.
        """
        return self._settled.get(resource, frozenset())

    def resources(self, trial_id: int) -> list[int]:
        """Return how far the tasks of a trial train, in order.

        Parameters
        ----------
        trial_id : int
            The trial.

        Returns
        -------
        resources : list of int
            At least one.
        """
        return list(self._resources[trial_id])

    def inherited(self, trial_id: int) -> tuple[tuple[Trial, int], ...]:
        """Return by which trainings of others a trial came to where it started.

        Parameters
        ----------
        trial_id : int
            The trial.

        Returns
        -------
        segments : tuple of (Trial, int)
            Who was trained, and up to which resource, in rising order; empty where the
            trial has no parent. Its own trainings go on from the last one.
        """
        trial, segments = self.trials[trial_id], list[tuple[Trial, int]]()
        while trial.parent is not None:
            start, parent = trial.resource, self.trials[trial.parent]
            known = self._resources[parent.id]
            segments += [(parent, r) for r in reversed(known) if r < start]
            trial = parent
        return tuple(reversed(segments))

    def evaluations(
        self, trial_id: int, resource: int | None = None
    ) -> Mapping[int, Evaluation]:
        """Return the results of a trial by fold.

        Parameters
        ----------
        trial_id : int
            The trial.
        resource : int or None, default=None
            Which of its tasks; None is the newest.

        Returns
        -------
        evaluations : dict of int to Evaluation
            The folds committed so far.
        """
        if resource is None:
            resource = self._resources[trial_id][-1]
        return self._results[trial_id, resource]

    def status(self, trial_id: int, resource: int | None = None) -> TrialStatus:
        """Return where a task stands.

        Parameters
        ----------
        trial_id : int
            The trial.
        resource : int or None, default=None
            Which of its tasks; None is the newest.

        Returns
        -------
        status : {"pending", "complete", "stopped", "failed"}
            "failed" when a fit or a scorer failed, "stopped" when a fold was skipped.
        """
        if resource is None:
            resource = self._resources[trial_id][-1]
        folds = self._results[trial_id, resource].values()
        if any(fold.status != "skipped" and not _counts(fold) for fold in folds):
            return "failed"
        if any(fold.status == "skipped" for fold in folds):
            return "stopped"
        if len(folds) < self.n_splits:
            return "pending"
        score = self.score(trial_id, resource)
        return "complete" if math.isfinite(score) else "failed"

    def score(
        self, trial_id: int, resource: int | None = None, name: str | None = None
    ) -> float:
        """Return a trial's mean score over its folds.

        Parameters
        ----------
        trial_id : int
            The trial.
        resource : int or None, default=None
            Of which task; None is the newest of those that are complete.
        name : str or None, default=None
            Which score; None is the (first) objective.

        Returns
        -------
        score : float
            Greater is better; NaN where there is no such task, or where an objective
            is NaN.
        """
        known = self._resources[trial_id] if resource is None else [resource]
        for which in reversed(known):
            if trial_id in self._scores.get(which, ()):
                score = self._scores[which][trial_id]
                return score if name is None else self._mean(trial_id, which, name)
        return math.nan

    def _mean(self, trial_id: int, resource: int, name: str | None) -> float:
        return _objective(self._means[trial_id, resource], name)

    def violation(self, trial_id: int, resource: int | None = None) -> float:
        """Return how far a trial is from meeting the constraints.

        Parameters
        ----------
        trial_id : int
            The trial.
        resource : int or None, default=None
            Of which task; None is the newest of those that are complete.

        Returns
        -------
        violation : float
            The sum of what is missing to each bound, as a share of the bound's size
            (of 1 where the bound is 0); 0 exactly where all are met, infinite where a
            score is not known.
        """
        return violation(self, trial_id, resource)

    def ranked(
        self, resource: int | None = None, among: Collection[int] | None = None
    ) -> list[int]:
        """Return the trials that have a score at a resource, the best first.

        Parameters
        ----------
        resource : int or None, default=None
            At which they are compared; None is the highest with a score.
        among : collection of int or None, default=None
            The trials that are compared; None is all.

        Returns
        -------
        trial_ids : list of int
            Those that meet the constraints, then the others by violation. With one
            objective the former are in the order of their scores; with several, in that
            of `sksearch._pareto.preference_order`. Of equals the older one is first.
        """
        resource = self.highest() if resource is None else resource
        scores = {} if resource is None else self._scores.get(resource, {})
        if among is None and resource is not None and self._has_one_goal():
            return [trial_id for _, trial_id in self._order.get(resource, ())]
        return ranked(
            self, resource, scores.keys() & (scores if among is None else among)
        )

    def _has_one_goal(self) -> bool:
        return len(self.goals) == 1 and not self.constraints

    def front(self, resource: int | None = None) -> list[int]:
        """Return the trials that no other one beats in all objectives.

        Parameters
        ----------
        resource : int or None, default=None
            At which they are compared; None is the highest with a score.

        Returns
        -------
        trial_ids : list of int
            By id; only such as meet the constraints.
        """
        resource = self.highest() if resource is None else resource
        return front(self, resource)

    def fold_scores(
        self, trial_id: int, resource: int | None = None, name: str | None = None
    ) -> list[float]:
        """Return a score on each fold of a task.

        Parameters
        ----------
        trial_id : int
            The trial.
        resource : int or None, default=None
            Which of its tasks; None is the newest.
        name : str or None, default=None
            Which score; None is the (first) objective.

        Returns
        -------
        scores : list of float
            One for each fold, NaN where there is none.
        """
        name = self.objective if name is None else name
        scores = [math.nan] * self.n_splits
        for fold, result in self.evaluations(trial_id, resource).items():
            if _counts(result):
                scores[fold] = _objective(result.scores, name)
        return scores

    def observed(self, resource: int | None = None) -> list[Trial]:
        """Return the trials that have a finite score.

        Parameters
        ----------
        resource : int or None, default=None
            At which resource; None is any.

        Returns
        -------
        trials : list of Trial
            By id.
        """
        which = self._scores if resource is None else [resource]
        ids = {
            trial_id
            for resource in which
            for trial_id, score in self._scores.get(resource, {}).items()
            if math.isfinite(score)
        }
        return [self.trials[i] for i in sorted(ids)]

    def pending(self) -> list[Trial]:
        """Return the trials that wait for results.

        Returns
        -------
        trials : list of Trial
            By id.
        """
        return [self.trials[i] for i in sorted({trial for trial, _ in self._open})]

    def failed(self) -> list[Trial]:
        """Return the trials whose newest task is finished without a finite score.

        Returns
        -------
        trials : list of Trial
            By id.
        """
        newest = ((trial, self._resources[trial.id][-1]) for trial in self.trials)
        return [
            trial
            for trial, resource in newest
            if (trial.id, resource) not in self._open
            and not math.isfinite(self.score(trial.id, resource))
        ]

    def highest(self) -> int | None:
        """Return the highest resource at which a trial has a finite score.

        Returns
        -------
        resource : int or None
            None when no trial has one.
        """
        return max(self._order, default=None)

    def incumbent(self) -> int | None:
        """Return the id of the best of the trials at the highest resource.

        Returns
        -------
        trial_id : int or None
            The first of `ranked`; None when no trial has a finite score.
        """
        resource = self.highest()
        if resource is None:
            return None
        if self._has_one_goal():  # no list either: this is asked after every fit
            return self._order[resource][0][1]
        return self.ranked(resource)[0]

    # -- JSON --------------------------------------------------------------------

    def header(self) -> dict[str, Any]:
        """Return what this history was made with, its space aside.

        Returns
        -------
        header : dict
            The other parameters, as JSON takes them.
        """
        return {
            "seed": self.seed,
            "n_splits": self.n_splits,
            "objective": self._objective,
            "objectives": self.objectives,
            "constraints": self.constraints,
            "log_scores": sorted(self.log_scores),
        }

    def to_json(self) -> str:
        """Return the log as JSON lines: a header, then one line for each record.

        Returns
        -------
        lines : str
            Choices are stored by index beside a printable text; non-finite numbers
            as strings, so that any JSON reader takes them.
        """
        return json_of(self)

    @classmethod
    def from_json(cls, lines: str, space: SearchSpace) -> "History":
        """Read a log that `to_json` wrote.

        Parameters
        ----------
        lines : str
            The JSON lines.
        space : SearchSpace
            A space equal to the one of the stored search.

        Returns
        -------
        history : History
            With the same records.

        Raises
        ------
        HistoryMismatchError
            If the log was written over another space.
        """
        history: History = from_json(cls, lines, space)
        return history

    @classmethod
    def load(cls, path: str | Path, space: SearchSpace | None = None) -> "History":
        """Read the journal of a search, finished or not; also while it is written.

        Nothing in the file is unpickled or evaluated.

        Parameters
        ----------
        path : str or Path
            The file.
        space : SearchSpace or None, default=None
            A space equal to the one of the search. None shows choices as their texts:
            such a history is for looking, and nothing can be proposed from it.

        Returns
        -------
        history : History
            Results that wait for their turn in the journal stand at its end.

        Raises
        ------
        JournalError
            If the file is broken, or holds nothing.
        HistoryMismatchError
            If the search had another space.
        """
        history: History = from_journal(cls, path, space)
        return history

    def to_frame(self, per: Literal["evaluation", "trial"] = "evaluation") -> Any:
        """Return the log as a table.

        Parameters
        ----------
        per : {"evaluation", "trial"}, default="evaluation"
            What a row is: the result of one fit, in the order of the log, or one trial
            trained up to one resource, with means over its folds.

        Returns
        -------
        frame : pandas.DataFrame
            "trial", "resource", "status", parameters as "param_<name>" and scores as
            "score_<name>"; of evaluations also "fold", "fit_time", "score_time",
            "started", "n_test", "error" and "train_score_<name>", of trials "n_folds",
            "fit_time" (the sum) and "score", which is that of the objective.

        Raises
        ------
        ImportError
            If pandas is not installed.
        ValueError
            If `per` is another word.
        """
        return frame_of(self, per)


def _counts(fold: Evaluation) -> bool:
    """Whether a fold brought a score; of several, the objective alone decides."""
    return fold.status == "ok" and (fold.error is None or len(fold.scores) > 1)


def _means(folds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each score; NaN where a fold lacks it."""
    names = dict.fromkeys(name for scores in folds for name in scores)
    return {
        name: sum(scores.get(name, math.nan) for scores in folds) / len(folds)
        for name in names
    }


def _objective(scores: Mapping[str, float], name: str | None) -> float:
    if name is None or len(scores) == 1:
        return next(iter(scores.values()))
    if name not in scores:
        raise ValueError(
            f"objective={name!r} is not among the scores that scoring returned: "
            f"{sorted(scores)}. Pass one of these as objective."
        )
    return scores[name]
