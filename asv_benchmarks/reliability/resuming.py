"""Kill a search again and again, let it end, and see what was lost."""

import collections
import random
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
from numpy.testing import assert_equal
from sklearn.model_selection import check_cv

from asv_benchmarks.reliability.killed import size
from asv_benchmarks.reliability.searches import RECHECK_CV, X, Y, make_search
from sksearch.exceptions import JournalWarning
from sksearch.history import Evaluation, History

__all__ = [
    "Reference",
    "Resumed",
    "finished",
    "is_equal",
    "kill_and_resume",
    "reference_of",
    "trained",
    "without_times",
]

N_KILLS = 5
Training = tuple[str, ...]  # candidate, fold, epoch
Ask = Callable[..., dict[str, Any]]

_SPLITS = {"": check_cv(3, Y, classifier=True), ".recheck": RECHECK_CV}
_FOLDS = {  # by what follows the name of the journal
    suffix: [str(int(X[train, 0].sum())) for train, _ in cv.split(X, Y)]
    for suffix, cv in _SPLITS.items()
}
_REFIT = str(int(X[:, 0].sum()))


@dataclass(frozen=True)
class Reference:
    """What a search comes to that nobody kills.

    Parameters
    ----------
    results : dict
        Its `cv_results_` without times.
    length : int
        How many bytes its journal has, with that of its re-check.
    """

    results: dict[str, Any]
    length: int


@dataclass(frozen=True)
class Resumed:
    """What came of a search that was killed, and went on to its end.

    Parameters
    ----------
    n_killed : int
        How often it was killed; it may have ended before a kill.
    n_fitted_twice : int
        Trainings whose result was in the journal, and that were done again.
    most_in_flight : int
        Of one kill, fits that had trained and whose result was not in the journal.
    is_same : bool
        Whether `cv_results_` without times is that of the reference.
    leaves_checkpoints : bool
        Whether the folder of checkpoints is still there.
    """

    n_killed: int
    n_fitted_twice: int
    most_in_flight: int
    is_same: bool
    leaves_checkpoints: bool


def reference_of(name: str, folder: Path) -> Reference:
    """Run a search without a journal, and with one to see its length."""
    path = folder / "search.jsonl"
    plain = make_search(name).fit(X, Y)
    points = [repr(trial.params) for trial in plain.history_.trials]
    assert len(set(points)) == len(points), "trainings are told apart by parameters"
    make_search(name, journal=str(path)).fit(X, Y)
    return Reference(without_times(plain), size(str(path)))


def kill_and_resume(
    ask: Ask, reference: Reference, folder: Path, name: str, backend: str, seed: int
) -> Resumed:
    """Kill a search at five moments, one after the other, and let it end.

    Parameters
    ----------
    ask : callable
        From `killed.server`.
    reference : Reference
        The same search without a kill.
    folder : Path
        Empty, for its files.
    name : str
        As `searches.make_search` takes it.
    backend : {"sequential", "threading"}
        Of joblib; threading has two workers, and fits that sleep.
    seed : int
        Of the moments.
    """
    rng = random.Random(f"{name} {backend} {seed}")
    path, log = folder / "search.jsonl", folder / "fits.txt"
    options: dict[str, Any] = {"log": str(log), "journal": str(path)}
    if backend == "threading":
        options |= {"n_jobs": 2, "pause": 0.004}
    n_killed, n_twice, in_flight = 0, 0, [0]
    for moment in sorted(rng.random() for _ in range(N_KILLS)):
        before, done = trained(log), finished(path)
        length, delay = 1 + int(moment * reference.length), rng.random() * 0.004
        answer = ask(name=name, backend=backend, length=length, delay=delay, **options)
        if not answer["killed"] and answer["status"] != 0:
            raise RuntimeError(f"The search did not end well: {answer}.")
        n_killed += answer["killed"]
        n_twice += _trained_again(before, log, done)
        in_flight.append(_n_in_flight(trained(log), finished(path)))
    before, done = trained(log), finished(path)
    with warnings.catch_warnings(), joblib.parallel_config(backend):
        warnings.simplefilter("ignore", JournalWarning)
        search = make_search(name, **options).fit(X, Y)
    n_twice += _trained_again(before, log, done)
    return Resumed(
        n_killed,
        n_twice,
        max(in_flight),
        is_equal(without_times(search), reference.results),
        Path(f"{path}.checkpoints").exists(),
    )


def without_times(search: Any) -> dict[str, Any]:
    """Return `cv_results_` without what a clock has said."""
    return {k: v for k, v in search.cv_results_.items() if "time" not in k}


def trained(log: str | Path) -> "collections.Counter[Training]":
    """Return how often each (candidate, fold, epoch) was trained."""
    lines = Path(log).read_text().splitlines() if Path(log).exists() else []
    return collections.Counter(tuple(line.split()) for line in lines)


def finished(path: str | Path) -> set[Training]:
    """Return what a journal has the results of, as `trained` names it."""
    done: set[Training] = set()
    for suffix, folds in _FOLDS.items():
        done |= _finished(Path(f"{path}{suffix}"), folds)
    return done


def _finished(path: Path, folds: Sequence[str]) -> set[Training]:
    if not path.exists() or not path.stat().st_size:
        return set()
    history = History.load(path)
    done: set[Training] = set()
    for one in history.records:
        if isinstance(one, Evaluation) and one.status == "ok":
            name = _name(history.trials[one.trial_id].params)
            epochs = range(1, one.resource + 1)
            done |= {(name, folds[one.fold], str(n)) for n in epochs}
    return done


def _name(params: Mapping[str, Any]) -> str:
    """Return what a line of the log begins with; choices are texts already."""
    values = [params[name] for name in sorted(params)]
    return "".join(each if isinstance(each, str) else repr(each) for each in values)


def _trained_again(before: Any, log: Path, done: set[Training]) -> int:
    after = trained(log)
    return sum(after[each] - before[each] for each in done)


def _n_in_flight(trainings: Any, done: set[Training]) -> int:
    """Count the fits without a result, but for the refit, which is in no journal."""
    return len({each[:2] for each in set(trainings) - done if each[1] != _REFIT})


def is_equal(one: Any, other: Any) -> bool:
    """Return whether two tables of results are the same, NaN like NaN."""
    try:
        assert_equal(one, other)
    except AssertionError:
        return False
    return True
