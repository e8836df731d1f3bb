"""One history that grows to its end: who runs its fits, who hears of them."""

import contextlib
import dataclasses
import functools
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sksearch import _sklearn_compat as compat
from sksearch._cost import cost_of
from sksearch._interrupt import Interrupt
from sksearch._journal import Journal
from sksearch._search_loop import MakeFit, Search, run_search
from sksearch.callbacks import Callback
from sksearch.estimators._budgets import limits_of
from sksearch.estimators._device_shares import with_device_shares
from sksearch.estimators._keeping import Keeping
from sksearch.evaluation import (
    Evaluator,
    Executor,
    Fit,
    configured_workers,
    fits_with_costs,
    open_executor,
    reused_transformers,
)
from sksearch.history import Trial

__all__ = ["Run"]


@dataclass(frozen=True)
class Run:
    """What a history needs to grow, beside the rules by which it does.

    Parameters
    ----------
    search : BaseSearch
        With its parameters, its fidelity and its history.
    evaluator : Evaluator
        With the data and the splits.
    context : object
        The callback context of `fit`.
    journal : Journal or None
        The file of the history.
    keeping : Keeping or None
        What stays of every fit beside its scores.
    """

    search: Any
    evaluator: Evaluator
    context: Any
    journal: Journal | None
    keeping: Keeping | None

    def grow(
        self,
        rules: Search,
        listen: Callable[[Evaluator], list[Callback]],
        folder: str | None = None,
        n_fits: int | None = None,
    ) -> bool:
        """Let a history grow to its end; True where that was Ctrl-C.

        Parameters
        ----------
        rules : Search
            The history, and who decides.
        listen : callable
            Returns the callbacks, given the evaluator that is used.
        folder : str or None, default=None
            Where candidates may wait to be trained on.
        n_fits : int or None, default=None
            How many there are at most; None where that is not sure.
        """
        observed = self.context.subcontext(
            task_name="search", max_subtasks=n_fits, sequential_subtasks=False
        )
        task = {
            "estimator": self.search,
            "X": self.evaluator.X,
            "y": self.evaluator.y,
        }
        observed.call_on_fit_task_begin(**task)
        shared = with_device_shares(self.search, self.evaluator, rules)
        with self._prepared(shared, folder) as evaluator, Interrupt() as interrupt:
            try:
                self._loop(rules, evaluator, observed, interrupt, listen(evaluator))
            finally:
                self._count_cost()
        observed.call_on_fit_task_end(**task)
        return interrupt.received

    @contextlib.contextmanager
    def _prepared(
        self, evaluator: Evaluator, folder: str | None
    ) -> Iterator[Evaluator]:
        """Give the evaluator what its fits share while the history grows."""
        with contextlib.ExitStack() as stack:
            if self.search.reuse_transformers:
                evaluator = stack.enter_context(reused_transformers(evaluator))
            fidelity = self.search._fidelity
            yield stack.enter_context(fidelity.prepared(evaluator, folder))

    def _loop(
        self,
        rules: Search,
        evaluator: Evaluator,
        observed: Any,
        interrupt: Interrupt,
        callbacks: list[Callback],
    ) -> None:
        """Run the loop where joblib's configuration says."""
        make_fit: MakeFit = Fit
        if compat.has_callbacks(self.search):
            evaluator = dataclasses.replace(evaluator, caller=self.search)
            make_fit = functools.partial(_observed_fit, observed, itertools.count())
        make_fit = fits_with_costs(make_fit, evaluator, rules.history)
        with contextlib.closing(self._executor(evaluator)) as executor:
            run_search(
                rules,
                executor,
                make_fit=make_fit,
                callbacks=callbacks,
                asynchronous=self.search.asynchronous,
                interrupt=interrupt,
                journal=self.journal,
            )

    def _executor(self, evaluator: Evaluator) -> Executor:
        search = self.search
        workers = configured_workers(search.n_jobs, search.executor)
        limits = limits_of(search)
        executor = open_executor(evaluator, workers, search.pre_dispatch, limits)
        return executor if self.keeping is None else self.keeping.executor(executor)

    def _count_cost(self) -> None:
        seconds = time.time() - self.evaluator.origin
        again = getattr(self.search, "recheck_history_", None)
        self.search.cost_ = cost_of(self.search.history_, seconds, again)


def _observed_fit(
    observed: Any,
    numbers: Iterator[int],
    trial: Trial,
    resource: int,
    fold: int,
    earlier: tuple[int, ...],
) -> Fit:
    """Give a fit a callback context of its own, made here, before it is sent away."""
    context = observed.subcontext(
        task_name="candidate-split-evaluation", task_id=next(numbers)
    )
    return Fit(trial, resource, fold, earlier, context)
