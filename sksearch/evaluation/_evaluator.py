"""How one fit is run: a trial on a fold."""

import dataclasses
import functools
import math
import os
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sklearn.base import BaseEstimator, clone

from sksearch._autologging import autologging_suspended
from sksearch._sklearn_compat import check_method_params, scorer_names
from sksearch.evaluation._boosters import best_iteration, stops_early
from sksearch.evaluation._callback_tasks import observed
from sksearch.evaluation._costs import CostMeter
from sksearch.evaluation._device_pool import DevicePool, Lease
from sksearch.evaluation._devices import device_of
from sksearch.evaluation._finalizing import finalized
from sksearch.evaluation._fits import Fit
from sksearch.evaluation._fitting import fit_rows
from sksearch.evaluation._fold_rows import FoldRows, rows_of
from sksearch.evaluation._fresh_splits import Reshuffled
from sksearch.evaluation._full_memory import is_about_memory, is_memory_error
from sksearch.evaluation._hold_out import HoldOut
from sksearch.evaluation._kept_rows import keeps_data, unchangeable
from sksearch.evaluation._leasing import Clock, beside_others, run_leased
from sksearch.evaluation._nets import dtype_hint
from sksearch.evaluation._scoring import Scoring
from sksearch.evaluation._seeding import fit_seed, seed_estimator, seeded_generators
from sksearch.evaluation._threads import share_threads
from sksearch.exceptions import CheckpointError
from sksearch.history import Evaluation, Status, Trial

__all__ = ["Evaluator", "Trainer"]


class Trainer(Protocol):
    """Trains candidates in steps; `TrainOn` is one.

    Attributes
    ----------
    continues : bool
        Whether a candidate is trained on, so that the search says how far.
    """

    @property
    def continues(self) -> bool: ...
    def __call__(
        self, fit: Fit, estimator: Any, X: Any, y: Any, params: Mapping[str, Any]
    ) -> Any:
        """Return the trained candidate."""
        ...

    def curve(self, fit: Fit, estimator: Any) -> Iterator[tuple[int, Any]]:
        """Yield (resource, candidate) of less training, where that is known."""
        ...


@dataclass(frozen=True)
class Evaluator:
    """Runs a fit on its fold of the data; picklable, and without memory.

    Parameters
    ----------
    estimator : estimator
        Cloned for every fit.
    X, y : array-like
        The data; `y` may be None.
    splits : sequence of (train, test) index arrays
        One per fold.
    scorer : callable
        Called as `scorer(estimator, X, y)`; returns a number or a dict of them.
    fit_params, score_params : dict
        Metadata; what has one entry per row is split like X.
    error_score : float or "raise"
        The score of a fit that fails.
    return_train_score : bool
        Whether the training rows are scored too.
    seed : int
        The seed of the search.
    seed_fits : bool
        Whether every fit gets its own seed.
    n_threads : int or None
        Threads for estimators that would take every core; None leaves them alone.
    origin : float
        `time.time()` at the start of the search.
    caller : estimator or None
        Handed to scikit-learn's callbacks as the estimator that evaluates.
    train : Trainer or None
        Trains a candidate up to the fit's resource, as `TrainOn` does; None fits it.
    finalize : callable or None
        Takes the fitted estimator and returns what is scored; its time is the fit's.
    hold_out : HoldOut or None
        Which training rows LightGBM and XGBoost stop by, where they are to stop early
        and `fit_params` have none for it.
    keep : callable or None
        Given the result, the model and the test rows, returns the result with what is
        kept of the fit, as `Keep` does.
    reshuffled : Reshuffled or None
        Draws the splits of each trial, in place of `splits`; None has the same for all.
    pool : DevicePool or None
        Of which a fit that takes a device has a share while it runs.
    """

    estimator: BaseEstimator
    X: Any
    y: Any
    splits: Sequence[tuple[Any, Any]]
    scorer: Any
    fit_params: Mapping[str, Any] = field(default_factory=dict)
    score_params: Mapping[str, Any] = field(default_factory=dict)
    error_score: Any = math.nan
    return_train_score: bool = False
    seed: int = 0
    seed_fits: bool = False
    n_threads: int | None = None
    origin: float = 0.0
    caller: Any = None
    train: Trainer | None = None
    finalize: Callable[[Any], Any] | None = None
    hold_out: HoldOut | None = None
    keep: Callable[[Evaluation, Any, Any], Evaluation] | None = None
    reshuffled: Reshuffled | None = None
    pool: DevicePool | None = None

    def __call__(self, fit: Fit, clock: Clock | None = None) -> Evaluation:
        """Fit and score; a failure is a result unless `error_score="raise"`.

        A fit that finds a shared device full is tried once more, with all of it.

        Parameters
        ----------
        fit : Fit
            Which trial on which fold.
        clock : Clock or None, default=None
            Is told while the fit waits for a device, and when it has begun.

        Returns
        -------
        evaluation : Evaluation
            What came out.
        """
        knowing = self._with_splits_of(fit.trial)
        run = functools.partial(knowing._seeded, fit)
        with autologging_suspended():
            if self.pool is None or not self.pool.here():
                return run()
            # A task of scikit-learn's callbacks begins and ends once.
            unobserved = dataclasses.replace(fit, context=None)
            again = functools.partial(knowing._seeded, unobserved)
            return run_leased(self.pool, self.candidate(fit), fit, (run, again), clock)

    def beside_others(self, fit: Fit, lease: Lease | None) -> Evaluation | None:
        """Return the result of a fit whose device is held already, and not by it alone.

        Parameters
        ----------
        fit : Fit
            Of a search whose candidates have the same splits.
        lease : Lease or None
            What is held.

        Returns
        -------
        evaluation : Evaluation or None
            None where it may be the others who fill the memory.
        """
        with autologging_suspended():
            return beside_others(functools.partial(self._seeded, fit), lease)

    def _with_splits_of(self, trial: Trial) -> "Evaluator":
        if self.reshuffled is None:
            return self
        splits = self.reshuffled(self.seed, trial.id, self.X, self.y)
        return dataclasses.replace(self, splits=splits, reshuffled=None)

    def _seeded(self, fit: Fit, lease: Lease | None = None) -> Evaluation:
        if not self.seed_fits:
            return self._evaluate(fit, lease)
        with seeded_generators(self.seed_of(fit)):
            return self._evaluate(fit, lease)

    def _evaluate(self, fit: Fit, lease: Lease | None) -> Evaluation:
        meter = CostMeter(self.scorer)
        begin = time.time()
        # Outside the `try`: a wrong parameter name or split is no failing fit.
        estimator = self.candidate(fit)
        if lease is not None:
            lease.put(estimator, fit.trial.params)
        device, rows = device_of(estimator), self.rows(fit, estimator)
        try:
            with meter.memory():
                trained = self._trained(fit, estimator, rows)
        except CheckpointError:  # no failing fit either: none could be trained on
            raise
        except Exception as reason:
            _explain(reason, estimator, rows)
            if self.error_score == "raise":
                raise
            text, seconds = traceback.format_exc(), time.time() - begin
            result = self.failure(fit, _status_of(reason), text, begin, seconds)
        else:
            seconds = time.time() - begin
            scorer = meter.scorer(seconds, fit.before)
            result = self._scored(fit, trained, rows, scorer, begin, seconds)
        return dataclasses.replace(result, device=device)

    def failure(
        self,
        fit: Fit,
        status: Status,
        error: str,
        begin: float,
        fit_time: float = 0.0,
    ) -> Evaluation:
        """Return the result of a fit that did not succeed.

        Parameters
        ----------
        fit : Fit
            Which fit.
        status : str
            How it ended.
        error : str
            The traceback, or what is known.
        begin : float
            `time.time()` when it began.
        fit_time : float, default=0.0
            Seconds until it ended.

        Returns
        -------
        evaluation : Evaluation
            With `error_score` for every score.
        """
        test = self._with_splits_of(fit.trial).splits[fit.fold][1]
        scores = dict.fromkeys(scorer_names(self.scorer), float(self.error_score))
        return Evaluation(
            *fit.key,
            scores=scores,
            train_scores=dict(scores) if self.return_train_score else {},
            fit_time=fit_time,
            score_time=0.0,
            n_test=len(test),
            status=status,
            error=error,
            started=begin - self.origin,
            worker=_worker(),
        )

    def candidate(self, fit: Fit) -> BaseEstimator:
        """Return the estimator with the trial's parameters, of which none is shared.

        Parameters
        ----------
        fit : Fit
            Of the trial.
        """
        estimator = clone(self.estimator)
        estimator.set_params(**clone(dict(fit.trial.params), safe=False))
        if self.n_threads is not None:
            share_threads(estimator, self.n_threads)
        if self.seed_fits:
            seed_estimator(estimator, self.seed_of(fit))
        return estimator

    def seed_of(self, fit: Fit) -> int:
        """Return from what the generators of a fit begin.

        Parameters
        ----------
        fit : Fit
            Which one.
        """
        # Whoever goes on from another's training goes on with its random numbers.
        founder, _ = fit.path[0]
        return fit_seed(self.seed, founder.id, fit.fold)

    def rows(self, fit: Fit, estimator: BaseEstimator) -> FoldRows:
        """Return the rows of a fold, the same ones again where a net keeps them.

        Parameters
        ----------
        fit : Fit
            On the fold.
        estimator : estimator
            Its candidate.
        """
        keeps = keeps_data(estimator)
        if any(keeps) and fit.fold in self._kept:
            return self._kept[fit.fold]
        rows = rows_of(self.splits[fit.fold], estimator, self.X, self.y)
        if any(keeps):
            rows = self._kept[fit.fold] = unchangeable(rows, *keeps)
        return rows

    @functools.cached_property
    def _kept(self) -> dict[int, FoldRows]:
        return {}

    def _trained(
        self, fit: Fit, estimator: BaseEstimator, rows: FoldRows
    ) -> tuple[Any, int | None]:
        """Return the model, and its best round if it stopped by itself."""
        X, y = rows.X, rows.y
        params = check_method_params(self.X, params=self.fit_params, indices=rows.train)
        held_out = self._held_out_for(estimator, params)
        if held_out is not None:
            X, y, params = held_out.apart(fit.fold, rows.train, X, y, params)
        with observed(fit.context, self.caller, estimator, X, y, params):
            if self.train is not None:
                estimator = self.train(fit, estimator, X, y, params)
            else:
                fit_rows(estimator, X, y, params)
        best = None if held_out is None else best_iteration(estimator)
        # After a checkpoint was written, if any: training goes on from there.
        return finalized(estimator, self.finalize), best

    def _held_out_for(
        self, estimator: BaseEstimator, params: Mapping[str, Any]
    ) -> HoldOut | None:
        """Return what holds out rows, where a candidate is to stop by some."""
        if self.hold_out is None or not stops_early(estimator, params):
            return None
        # What is trained on has its end from the search.
        continues = self.train is not None and self.train.continues
        return None if continues else self.hold_out

    def _scored(
        self,
        fit: Fit,
        trained: tuple[Any, int | None],
        rows: FoldRows,
        scorer: Any,
        begin: float,
        seconds: float,
    ) -> Evaluation:
        """Return the result of a fit that took so many seconds."""
        fitted, (model, best) = time.time(), trained
        scoring = Scoring(scorer, self.score_params, self.X, self.error_score)
        scores, error = scoring.on_test(model, rows)
        trains = self.return_train_score
        train_scores = scoring.on_train(model, rows) if trains else {}
        if error is not None and is_about_memory(error):
            return self.failure(fit, "out_of_memory", error, begin, seconds)
        result = Evaluation(
            *fit.key,
            scores=scores,
            train_scores=train_scores,
            fit_time=seconds,
            score_time=time.time() - fitted,
            n_test=len(rows.test),
            error=error,
            started=begin - self.origin,
            worker=_worker(),
            curve=self._curve(fit, scoring, model, rows),
            best_iteration=best,
        )
        return result if self.keep is None else self.keep(result, model, rows.X_test)

    def _curve(
        self, fit: Fit, scoring: Scoring, model: Any, rows: FoldRows
    ) -> dict[int, dict[str, float]]:
        """Return the scores of what a candidate was after less training."""
        if self.train is None or self.finalize is not None:
            return {}  # what was less trained is not what was finalized
        return {
            resource: scoring.on_test(shorter, rows)[0]
            for resource, shorter in self.train.curve(fit, model)
        }


def _explain(reason: Exception, estimator: BaseEstimator, rows: FoldRows) -> None:
    """Add to an error what to do about it, where that is known."""
    hint = dtype_hint(estimator, rows.X, rows.y, reason)
    if hint:
        reason.add_note(hint)


def _status_of(reason: Exception) -> Status:
    """How a fit ended that raised."""
    return "out_of_memory" if is_memory_error(reason) else "failed"


def _worker() -> str:
    """The process, and the thread unless it is the main one."""
    thread = threading.current_thread()
    main = thread is threading.main_thread()
    return str(os.getpid()) if main else f"{os.getpid()}/{thread.name}"
