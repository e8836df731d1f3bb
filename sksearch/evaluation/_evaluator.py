"""How one fit is run: a trial on a fold."""

import contextlib
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
from sklearn.utils import _safe_indexing

from sksearch._autologging import autologging_suspended
from sksearch._sklearn_compat import (
    check_method_params,
    is_multimetric,
    safe_split,
    score,
    scorer_names,
)
from sksearch.evaluation._boosters import best_iteration, stops_early
from sksearch.evaluation._costs import CostMeter
from sksearch.evaluation._device_pool import DevicePool, Lease
from sksearch.evaluation._devices import device_of
from sksearch.evaluation._fitting import HeldOut, fit_rows
from sksearch.evaluation._fresh_splits import Reshuffled
from sksearch.evaluation._full_memory import is_about_memory, is_memory_error
from sksearch.evaluation._hold_out import HoldOut
from sksearch.evaluation._kept_rows import keeps_data, unchangeable
from sksearch.evaluation._leasing import Clock, run_leased
from sksearch.evaluation._nets import dtype_hint
from sksearch.evaluation._seeding import fit_seed, seed_estimator, seeded_generators
from sksearch.evaluation._threads import share_threads
from sksearch.exceptions import CheckpointError
from sksearch.history import Evaluation, Status, Trial

__all__ = ["Evaluator", "Fit", "Segment", "finalized"]

Segment = tuple[Trial, int]  # who was trained, and up to which resource


@dataclass(frozen=True, slots=True)
class Fit:
    """One fit to run: a trial on a fold, up to a resource.

    Parameters
    ----------
    trial : Trial
        Which parameters.
    resource : int
        How far.
    fold : int
        On which split.
    earlier : tuple of int, default=()
        The resources that the trial was trained to before, in rising order.
    context : object, default=None
        The callback context of scikit-learn for this fit.
    before : dict of str to float, default={}
        The scores of the training that this one goes on from, where they are needed.
    inherited : tuple of (Trial, int), default=()
        Whose trainings the trial went on from when it started, as
        `History.inherited` tells them.
    together : bool, default=False
        Whether it travels with fits that are trained with it as one net.
    ready : tuple or None, default=None
        The state to which it has been trained so, and those of the generators.
    """

    trial: Trial
    resource: int
    fold: int
    earlier: tuple[int, ...] = ()
    context: Any = None
    before: Mapping[str, float] = field(default_factory=dict)
    inherited: tuple[Segment, ...] = ()
    together: bool = False
    ready: tuple[Any, Any] | None = None

    @property
    def path(self) -> tuple[Segment, ...]:
        """All trainings that lead to the result of this fit, itself the last."""
        own = ((self.trial, resource) for resource in (*self.earlier, self.resource))
        return *self.inherited, *own

    @property
    def key(self) -> tuple[int, int, int]:
        """What tells this fit from every other of its search."""
        return self.trial.id, self.resource, self.fold


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
        device = device_of(estimator)
        data = self.rows(fit, estimator)
        try:
            with meter.memory():
                estimator, best = self._fit(fit, estimator, data)
                # After a checkpoint was written, if any: training goes on from there.
                estimator = finalized(estimator, self.finalize)
        except CheckpointError:  # no failing fit either: none could be trained on
            raise
        except Exception as reason:
            hint = dtype_hint(estimator, data[0], data[1], reason)
            if hint:
                reason.add_note(hint)
            if self.error_score == "raise":
                raise
            seconds = time.time() - begin
            text, status = traceback.format_exc(), _status_of(reason)
            failure = self.failure(fit, status, text, begin, seconds)
            return dataclasses.replace(failure, device=device)
        fitted = time.time()
        scorer = meter.scorer(fitted - begin, fit.before)
        knowing = dataclasses.replace(self, scorer=scorer)
        scores, train_scores, error = knowing._score(estimator, fit, data)
        if error is not None and is_about_memory(error):
            failure = self.failure(fit, "out_of_memory", error, begin, fitted - begin)
            return dataclasses.replace(failure, device=device)
        result = Evaluation(
            *fit.key,
            scores=scores,
            train_scores=train_scores,
            fit_time=fitted - begin,
            score_time=time.time() - fitted,
            n_test=len(self.splits[fit.fold][1]),
            error=error,
            started=begin - self.origin,
            worker=_worker(),
            device=device,
            curve=knowing._curve(estimator, fit, data),
            best_iteration=best,
        )
        return result if self.keep is None else self.keep(result, estimator, data[2])

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

    def rows(self, fit: Fit, estimator: BaseEstimator) -> tuple[Any, ...]:
        """Return the rows of a fold, the same ones again where a net keeps them.

        Parameters
        ----------
        fit : Fit
            On the fold.
        estimator : estimator
            Its candidate.

        Returns
        -------
        rows : tuple
            X and y to train on, X and y to score.
        """
        keeps = keeps_data(estimator)
        if not any(keeps):
            return self._new_split(fit, estimator)
        if fit.fold not in self._kept:
            rows = self._new_split(fit, estimator)
            self._kept[fit.fold] = unchangeable(rows, *keeps)
        return self._kept[fit.fold]

    @functools.cached_property
    def _kept(self) -> dict[int, tuple[Any, ...]]:
        return {}

    def _new_split(self, fit: Fit, estimator: BaseEstimator) -> tuple[Any, ...]:
        train, test = self.splits[fit.fold]
        return (
            *safe_split(estimator, self.X, self.y, train),
            *safe_split(estimator, self.X, self.y, test, train),
        )

    def _fit(
        self, fit: Fit, estimator: BaseEstimator, data: tuple[Any, ...]
    ) -> tuple[BaseEstimator, int | None]:
        """Return the fitted estimator, and its best round if it stopped by itself."""
        train, _ = self.splits[fit.fold]
        X, y, _, _ = data
        params = check_method_params(self.X, params=self.fit_params, indices=train)
        stops = self._stops_early(estimator, params)
        if stops:
            X, y, params = self._without_held_out(fit.fold, X, y, params)
        with self._observed(fit, estimator, X, y, params):
            if self.train is not None:
                estimator = self.train(fit, estimator, X, y, params)
            else:
                fit_rows(estimator, X, y, params)
        return estimator, best_iteration(estimator) if stops else None

    def _stops_early(self, estimator: BaseEstimator, params: Mapping[str, Any]) -> bool:
        """Whether rows are held out; what is trained on has its end from the search."""
        continues = self.train is not None and self.train.continues
        can_stop = self.hold_out is not None and not continues
        return can_stop and stops_early(estimator, params)

    def _without_held_out(
        self, fold: int, X: Any, y: Any, params: Mapping[str, Any]
    ) -> tuple[Any, Any, dict[str, Any]]:
        """Return the rows to train on, and parameters that have those held out."""
        assert self.hold_out is not None
        fitted, held_out = self.hold_out(fold, self.splits[fold][0], y)
        rows, held = (
            HeldOut(
                _safe_indexing(X, part),
                _safe_indexing(y, part),
                check_method_params(X, params=params, indices=part),
            )
            for part in (fitted, held_out)
        )
        return rows.X, rows.y, {**rows.params, "eval_set": held}

    @contextlib.contextmanager
    def _observed(
        self, fit: Fit, estimator: BaseEstimator, X: Any, y: Any, params: Any
    ) -> Iterator[None]:
        """Tell scikit-learn's callbacks about the fit inside the block."""
        if fit.context is None:
            yield
            return
        weight = params.get("sample_weight")
        task = {
            "estimator": self.caller,
            "X": X,
            "y": y,
            "metadata": None if weight is None else {"sample_weight": weight},
        }
        try:
            with fit.context.propagate_callback_context(estimator):
                fit.context.call_on_fit_task_begin(**task)
                yield
        finally:
            fit.context.call_on_fit_task_end(**task)

    def _score(
        self, estimator: BaseEstimator, fit: Fit, data: tuple[Any, ...]
    ) -> tuple[dict[str, float], dict[str, float], str | None]:
        """Return test scores, train scores and what went wrong, if anything did."""
        X_train, y_train, X_test, y_test = data
        train, test = self.splits[fit.fold]
        scores, error = self._scores(estimator, X_test, y_test, test)
        train_scores: dict[str, float] = {}
        if self.return_train_score:
            train_scores, _ = self._scores(estimator, X_train, y_train, train)
        return scores, train_scores, error

    def _curve(
        self, estimator: BaseEstimator, fit: Fit, data: tuple[Any, ...]
    ) -> dict[int, dict[str, float]]:
        """Return the scores of what a candidate was after less training."""
        if self.train is None or self.finalize is not None:
            return {}  # what was less trained is not what was finalized
        test = self.splits[fit.fold][1]
        return {
            resource: self._scores(shorter, data[2], data[3], test)[0]
            for resource, shorter in self.train.curve(fit, estimator)
        }

    def _scores(
        self, estimator: BaseEstimator, X: Any, y: Any, indices: Any
    ) -> tuple[dict[str, float], str | None]:
        params = check_method_params(self.X, params=self.score_params, indices=indices)
        scorer = self.scorer if is_multimetric(self.scorer) else _Noting(self.scorer)
        scores = score(estimator, X, y, scorer, params, self.error_score)
        scores = scores if isinstance(scores, dict) else {"score": scores}
        scores = {name: float(value) for name, value in scores.items()}
        bad = [name for name, value in scores.items() if not math.isfinite(value)]
        error = f"No finite score: {', '.join(bad)}" if bad else None
        return scores, getattr(scorer, "error", None) or error


def finalized(estimator: Any, finalize: Callable[[Any], Any] | None) -> Any:
    """Return what a user makes of a fitted estimator.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    finalize : callable or None
        None leaves it as it is.

    Returns
    -------
    model : estimator
        What `finalize` returns.

    Raises
    ------
    TypeError
        If that is nothing.
    """
    if finalize is None:
        return estimator
    model = finalize(estimator)
    if model is None:
        raise TypeError(
            f"finalize={finalize!r} returned None. It has to return the model, also "
            "where it changes it in place."
        )
    return model


def _status_of(reason: Exception) -> Status:
    """How a fit ended that raised."""
    return "out_of_memory" if is_memory_error(reason) else "failed"


def _worker() -> str:
    """The process, and the thread unless it is the main one."""
    thread = threading.current_thread()
    main = thread is threading.main_thread()
    return str(os.getpid()) if main else f"{os.getpid()}/{thread.name}"


class _Noting:
    """A scorer that remembers why it failed; scikit-learn only warns about it."""

    def __init__(self, scorer: Any) -> None:
        self.scorer = scorer
        self.error: str | None = None

    def __call__(self, *args: Any, **params: Any) -> Any:
        try:
            return self.scorer(*args, **params)
        except Exception:
            self.error = traceback.format_exc()
            raise

    def __repr__(self) -> str:
        return repr(self.scorer)
