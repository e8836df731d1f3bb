"""What all search estimators share: a scikit-learn skin over the search loop."""

import contextlib
import copy
import dataclasses
import functools
import itertools
import numbers
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import check_random_state, indexable

from sksearch import _sklearn_compat as compat
from sksearch._cost import cost_of
from sksearch._interrupt import Interrupt
from sksearch._journal import Journal
from sksearch._search_loop import MakeFit, Search, run_search
from sksearch.callbacks import Callback, ProgressLine
from sksearch.callbacks._messages import MESSAGES
from sksearch.estimators._budgets import (
    BUDGET_CONSTRAINTS,
    budget_callbacks,
    check_budgets,
    limits_of,
)
from sksearch.estimators._export import Exported
from sksearch.estimators._fidelity import Fidelity
from sksearch.estimators._fingerprints import held_data_facts
from sksearch.estimators._followed import followed, most_fits
from sksearch.estimators._journalled import (
    JOURNAL_CONSTRAINTS,
    begin_journal,
    end_journal,
    journalled,
)
from sksearch.estimators._keeping import (
    KEEPING_CONSTRAINTS,
    Keeping,
    begin_keeping,
)
from sksearch.estimators._kept_folds import show_folds
from sksearch.estimators._metadata import WithMetadata, metadata_of
from sksearch.estimators._posterior import posterior_columns
from sksearch.estimators._proposals import (
    OPTIMIZERS,
    first_candidates,
    make_optimizer,
    with_sources,
)
from sksearch.estimators._recheck import RECHECK_CONSTRAINTS, Recheck
from sksearch.estimators._rechecked import recheck_columns, rechecked_table
from sksearch.estimators._reported import Reported
from sksearch.estimators._reshuffling import OwnFolds, reshuffling
from sksearch.estimators._results import (
    Row,
    candidate_rows,
    fold_results,
    log_scores,
    make_results,
    rank_rows,
)
from sksearch.estimators._sources import sources_of
from sksearch.estimators._validation import (
    check_callbacks,
    check_classes_in_folds,
    check_fold_stopping,
    check_objective,
    check_parameter_names,
    check_refit_rule,
    check_score_constraints,
    warn_if_infeasible,
)
from sksearch.evaluation import (
    Evaluator,
    Fit,
    HoldOut,
    configured_workers,
    final_params,
    finalized,
    fits_with_costs,
    has_classes,
    inherited_threads,
    make_pool,
    on_whole_device,
    open_executor,
    queries_of,
    reused_transformers,
    row_order_of,
    stops_early,
    threads_shared,
    with_queries,
    without_stoppers,
)
from sksearch.exceptions import SearchInterruptedWarning
from sksearch.history import Evaluation, History, Trial
from sksearch.optimizers import Optimizer
from sksearch.schedulers import FoldRacing
from sksearch.space import SearchSpace

__all__ = ["BaseSearch"]


class BaseSearch(  # type: ignore[misc]
    WithMetadata, Reported, Exported, compat.BaseSearchCV
):
    """The base of all search estimators.

    Tags, delegation, routing, repr and `score` are scikit-learn's; `fit` is ours: it
    grows a history, and shows it in scikit-learn's attributes. A subclass says with
    which rules the history grows.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **compat.BaseSearchCV._parameter_constraints,
        "param_distributions": [dict, list, tuple],
        "optimizer": [compat.StrOptions(set(OPTIMIZERS)), compat.HasMethods(["ask"])],
        "param_constraint": [callable, None],
        "score_constraints": [dict, None],
        "initial_params": [list, tuple],
        "initial_design": [compat.StrOptions({"auto", "sobol"})],
        "warm_start_from": [list, tuple],
        "prior": [dict, None],
        "fold_stopping": ["boolean"],
        "cost_aware": ["boolean"],
        **BUDGET_CONSTRAINTS,
        "objective": [str, None],
        "random_state": ["random_state"],
        "max_pending": [
            compat.StrOptions({"auto"}),
            compat.Interval(numbers.Integral, 1, None, closed="left"),
        ],
        "asynchronous": ["boolean"],
        "seed_fits": ["boolean"],
        "reuse_transformers": ["boolean"],
        "finalize": [callable, None],
        "journal": JOURNAL_CONSTRAINTS,
        "executor": [compat.HasMethods(["submit"]), None],
        **KEEPING_CONSTRAINTS,
        **RECHECK_CONSTRAINTS,
        "reshuffle": ["boolean"],
        "devices": [str, list, tuple, dict, None],
        "callbacks": [list, tuple],
    }

    def __sklearn_clone__(self) -> "BaseSearch":
        """Clone; workers are shared, and earlier searches stay fitted."""
        bare = copy.copy(self)
        bare.warm_start_from = ()
        twin: BaseSearch = compat.clone_parametrized(bare)
        twin.executor, twin.warm_start_from = self.executor, self.warm_start_from
        return twin

    def __getstate__(self) -> dict[str, Any]:
        # An executor is a connection, which does not outlive its process.
        return {**super().__getstate__(), "executor": None}

    def _make_fidelity(
        self, evaluator: Evaluator | None, y: Any, groups: Any
    ) -> Fidelity:
        """Return how far candidates are trained; None is a search without data."""
        raise NotImplementedError

    @compat.fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any = None, **params: Any) -> "BaseSearch":
        """Search, and refit the best candidate on all data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_samples)
            The training data; of the second shape where the estimator takes kernels or
            distances.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            The target, if there is one.
        **params : dict
            Metadata for the estimator's `fit`, the scorer and the splitter, routed as
            in `GridSearchCV`; what has one entry per row is split like X.

        Returns
        -------
        self : object
            The fitted search.

        Raises
        ------
        ValueError
            If a constructor argument is not usable, or if every fit failed.
        HistoryMismatchError
            If `journal` is of another search.
        JournalLockedError
            If another search writes to it.
        JournalError
            If it is broken.
        KeyboardInterrupt
            On Ctrl-C before any candidate is finished, on the second one, and during
            the refit; what is finished is in the attributes then too.
        """
        scorers, refit_metric = self._get_scorers()
        X, y = indexable(X, y)
        params = compat.check_method_params(X, params=params)
        routed = self._routed(params)
        n_parts = 1 + (self.refit is not False) + (self.n_recheck is not None)
        context = compat.root_callback_context(self, n_parts)
        task = _task(self, X, y, params)
        context.call_on_fit_task_begin(**task)

        evaluator = self._make_evaluator(X, y, scorers, routed)
        groups = routed["splitter"]["split"].get("groups")
        with contextlib.ExitStack() as followers:
            with journalled(self, evaluator) as (evaluator, journal):
                self._fidelity = self._make_fidelity(evaluator, y, groups)
                evaluator, keeping = begin_keeping(self, evaluator, journal)
                recheck = Recheck.of(self, evaluator, routed["splitter"]["split"])
                ended = self._search(
                    evaluator, context, journal, followers, keeping, recheck
                )
                if recheck is not None:
                    recheck.run(self, evaluator, context, journal, ended)
            self._show(evaluator, refit_metric)
            show_folds(self, evaluator, keeping, groups)
            self._data_facts = held_data_facts(evaluator)
            if self.refit:
                self._refit(X, y, routed["estimator"]["fit"], context, task)
        context.call_on_fit_task_end(**task)
        return self

    # -- before ------------------------------------------------------------------

    def _routed(self, params: dict[str, Any]) -> Any:
        """Return what the estimator, the scorer and the splitter are given."""
        routed = self._get_routed_params_for_fit(params)
        routed["estimator"]["fit"] = with_queries(
            self.estimator,
            routed["estimator"]["fit"],
            routed["splitter"]["split"].get("groups"),
        )
        return routed

    def _make_evaluator(self, X: Any, y: Any, scorers: Any, routed: Any) -> Evaluator:
        """Split once for all candidates, and gather what one fit needs."""
        self._checked_cv_orig = check_cv(
            self.cv, y, classifier=is_classifier(self.estimator)
        )
        groups = routed["splitter"]["split"]
        self.n_splits_ = self._checked_cv_orig.get_n_splits(X, y, **groups)
        reshuffled = reshuffling(self, self._checked_cv_orig, groups)
        splits = (
            list(self._checked_cv_orig.split(X, y, **groups))
            if reshuffled is None
            else reshuffled(0, 0, X, y)  # such as any trial may have
        )
        self._check_splits(splits, y)
        fit_params = dict(routed["estimator"]["fit"])
        queries = queries_of(self.estimator, fit_params)
        seed = self._draw_seed()
        return Evaluator(
            estimator=clone(self.estimator),
            X=X,
            y=y,
            splits=splits,
            scorer=scorers,
            fit_params=fit_params,
            score_params=dict(routed["scorer"]["score"]),
            error_score=self.error_score,
            return_train_score=self.return_train_score,
            seed=seed,
            seed_fits=self.seed_fits,
            origin=time.time(),
            finalize=self.finalize,
            pool=make_pool(self.devices),
            hold_out=HoldOut(
                row_order_of(self.estimator, y, splits),
                has_classes(self.estimator, y),
                seed,
                groups.get("groups") if queries is None else queries,
            ),
            reshuffled=reshuffled,
        )

    def _check_splits(self, splits: list[Any], y: Any) -> None:
        if len(splits) != self.n_splits_:
            raise ValueError(
                "cv.split and cv.get_n_splits return inconsistent results. "
                f"Expected {self.n_splits_} splits, got {len(splits)}"
            )
        if not splits:
            raise ValueError(
                "No fits were performed. Was the CV iterator empty? Were there no "
                f"candidates? cv={self.cv!r} gave no split: pass a number of folds."
            )
        check_classes_in_folds(self.estimator, y, splits, self.cv)

    def _draw_seed(self) -> int:
        # As in scikit-learn: an int is its own seed, a RandomState moves on, and None
        # draws from numpy's global generator, so that np.random.seed holds here too.
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _make_history(self, evaluator: Evaluator) -> History:
        check_callbacks(self.callbacks)
        check_budgets(self)
        names = self._known_scores(evaluator.scorer)
        goals = self._goals(names)
        check_refit_rule(self.refit, names)
        check_score_constraints(self.score_constraints, names)
        check_parameter_names(self.estimator, self.param_distributions)
        kind = OwnFolds if self.reshuffle else History
        return kind(
            self._space(),
            seed=evaluator.seed,
            n_splits=self.n_splits_,
            constraints=self.score_constraints,
            log_scores=log_scores(evaluator.scorer),
            **goals,
        )

    def _space(self) -> SearchSpace:
        return SearchSpace(self.param_distributions, self.param_constraint, self.prior)

    def _goals(self, names: list[str] | None) -> dict[str, Any]:
        """Return what the history is to know of objectives, from the scores' names."""
        check_objective(self.objective, self.refit, names)
        objective = self.refit if isinstance(self.refit, str) else self.objective
        # A single score is called "score" whatever refit says.
        return {"objective": None if names == ["score"] else objective}

    def _known_scores(self, scorer: Any) -> list[str] | None:
        """The names of the scores; None when only calling tells."""
        if callable(self.scoring):
            return None
        return compat.scorer_names(scorer)

    # -- the search --------------------------------------------------------------

    def _search(
        self,
        evaluator: Evaluator,
        context: Any,
        journal: Journal | None,
        followers: contextlib.ExitStack,
        keeping: Keeping | None,
        recheck: Recheck | None,
    ) -> bool:
        """Search; False where Ctrl-C has ended it."""
        # At once, so that whatever happens, what was finished can be read there.
        self.history_ = self._make_history(evaluator)
        folder = begin_journal(self, journal, self.history_, evaluator)
        search = self._make_search(self.history_, evaluator.X, self._fidelity)
        followers.enter_context(followed(self, self.history_, evaluator.origin))
        self._warn_if_starved(search)
        budgets = budget_callbacks(self) if recheck is None else recheck.budgets(self)
        listen = functools.partial(self._all_callbacks, search, budgets)
        if self._grow(search, evaluator, context, journal, folder, listen, keeping):
            self._after_interrupt()
            return False
        end_journal(journal, search)
        return True

    def _grow(
        self,
        search: Search,
        evaluator: Evaluator,
        context: Any,
        journal: Journal | None,
        folder: str | None,
        listen: Callable[[Evaluator], list[Callback]],
        keeping: Keeping | None = None,
    ) -> bool:
        """Let a history grow to its end; True where that was Ctrl-C."""
        is_first = search.history is self.history_  # and not that of a re-check
        n_fits = most_fits(self._fidelity, self.history_) if is_first else None
        observed = context.subcontext(
            task_name="search",
            max_subtasks=n_fits,
            sequential_subtasks=False,
        )
        task = {"estimator": self, "X": evaluator.X, "y": evaluator.y}
        observed.call_on_fit_task_begin(**task)
        with contextlib.ExitStack() as stack:
            interrupt = stack.enter_context(Interrupt())
            if self.reuse_transformers:
                evaluator = stack.enter_context(reused_transformers(evaluator))
            evaluator = stack.enter_context(self._fidelity.prepared(evaluator, folder))
            try:
                callbacks = listen(evaluator)
                self._run(
                    search, evaluator, observed, interrupt, journal, callbacks, keeping
                )
            finally:
                seconds = time.time() - evaluator.origin
                again = getattr(self, "recheck_history_", None)
                self.cost_ = cost_of(self.history_, seconds, again)
        observed.call_on_fit_task_end(**task)
        return interrupt.received

    def _make_search(self, history: History, X: Any, fidelity: Fidelity) -> Search:
        """Return the rules by which a new history grows."""
        check_fold_stopping(self.fold_stopping, history.n_splits)
        space, n_trials = history.space, fidelity.n_trials(history.space)
        optimizer = make_optimizer(
            self.optimizer, space, n_trials, self.cost_aware, self._optimizers()
        )
        sources = sources_of(self, history)
        initial = first_candidates(self, space, optimizer, n_trials, X, sources)
        if isinstance(self.optimizer, str):
            optimizer = with_sources(optimizer, sources)
            optimizer = fidelity.optimizer(optimizer, space)
        max_pending = self.max_pending
        if max_pending == "auto":
            max_pending = fidelity.max_pending(optimizer)
        # Candidates that are compared by all their rows need all their folds.
        races = self.fold_stopping and not self.return_oof
        racing = FoldRacing(resource=fidelity.resource) if races else None
        scheduler = fidelity.scheduler(space, initial)
        return Search(history, optimizer, scheduler, max_pending, racing)

    def _optimizers(self) -> Mapping[str, Optimizer]:
        """Return the optimizers that have a name."""
        return OPTIMIZERS

    def _run(
        self,
        search: Search,
        evaluator: Evaluator,
        observed: Any,
        interrupt: Interrupt,
        journal: Journal | None,
        callbacks: list[Callback],
        keeping: Keeping | None,
    ) -> None:
        """Run the loop where joblib's configuration says."""
        workers = configured_workers(self.n_jobs, self.executor)
        make_fit: MakeFit = Fit
        if compat.has_callbacks(self):
            evaluator = dataclasses.replace(evaluator, caller=self)
            make_fit = functools.partial(_observed_fit, observed, itertools.count())
        make_fit = fits_with_costs(make_fit, evaluator, search.history)
        executor = open_executor(evaluator, workers, self.pre_dispatch, limits_of(self))
        if keeping is not None:
            executor = keeping.executor(executor)
        with contextlib.closing(executor):
            run_search(
                search,
                executor,
                make_fit=make_fit,
                callbacks=callbacks,
                asynchronous=self.asynchronous,
                interrupt=interrupt,
                journal=journal,
            )

    def _warn_if_starved(self, search: Search) -> None:
        n_slots = configured_workers(self.n_jobs, self.executor).n_slots
        fed = search.max_pending * self.n_splits_
        n_tasks = self._fidelity.n_tasks(search.history.space)
        if n_slots > fed and n_tasks > search.max_pending:
            warnings.warn(
                f"n_jobs={self.n_jobs} gives {n_slots} workers, but max_pending="
                f"{search.max_pending} trials of {self.n_splits_} folds keep only "
                f"{fed} busy. Raise max_pending, or lower n_jobs.",
                UserWarning,
                stacklevel=3,
            )

    def _all_callbacks(
        self, search: Search, budgets: list[Callback], evaluator: Evaluator
    ) -> list[Callback]:
        callbacks = self._fidelity.callbacks(
            evaluator.train, search.scheduler, self._see
        )
        if callable(self.scoring):
            callbacks.append(_FirstScores(self._check_reported))
        callbacks += self.callbacks
        callbacks += [MESSAGES, *budgets]
        if self.verbose:
            n_fits = self._fidelity.n_tasks(search.history.space) * self.n_splits_
            callbacks.append(ProgressLine(n_fits, int(self.verbose)))
        return callbacks

    def _check_reported(self, scores: Mapping[str, float]) -> None:
        """Refuse at once what a callable scoring reports beside what was asked for."""
        names = list(scores)
        if names != ["score"]:
            self._check_refit_for_multimetric(scores)
        self._goals(names)
        check_refit_rule(self.refit, names)
        check_score_constraints(self.score_constraints, names)

    def _see(self, n_bytes: int) -> None:
        """Remember how much checkpoints took at most."""
        self.checkpoint_bytes_: int = max(self.checkpoint_bytes_, n_bytes)

    def _after_interrupt(self) -> None:
        n_complete = len(self.history_.observed())
        if n_complete == 0:
            raise KeyboardInterrupt
        warnings.warn(
            f"The search was interrupted. It keeps the {n_complete} candidates that "
            f"were finished; a second Ctrl-C raises.",
            SearchInterruptedWarning,
            stacklevel=4,
        )

    # -- after -------------------------------------------------------------------

    def _show(self, evaluator: Evaluator, refit_metric: str) -> None:
        """Set scikit-learn's attributes from the history."""
        history, scorers = self.history_, evaluator.scorer
        rows = candidate_rows(history)
        if all(history.status(*row) in ("pending", "stopped") for row in rows):
            raise ValueError(
                "The search was stopped before any candidate was finished. What was "
                "measured is in history_; let the callbacks wait for one candidate."
            )
        results = fold_results(history, rows, self.error_score)
        compat.warn_or_raise_about_fit_failures(results, self.error_score)
        names = list(results[0]["test_scores"])
        self.multimetric_ = compat.is_multimetric(scorers) or names != ["score"]
        if callable(self.scoring) and self.multimetric_:
            refit_metric = self.refit
        table = self._make_table(rows)
        self.cv_results_ = table  # before a callable refit may fail
        if self.refit or not self.multimetric_:
            self._show_best(table, rows, refit_metric, evaluator.fit_params)
        self.scorer_ = scorers._scorers if compat.is_multimetric(scorers) else scorers

    def _make_table(self, rows: list[Row]) -> dict[str, Any]:
        """Return `cv_results_`."""
        history, fidelity = self.history_, self._fidelity
        params = [
            fidelity.params_of(history.trials[trial_id].params, resource)
            for trial_id, resource in rows
        ]
        table = make_results(
            self._format_results, history, rows, params, self.error_score
        )
        rank_rows(table, history, rows)
        self._tell(fidelity.attributes(history, rows))
        asked = posterior_columns(self.refit, history, rows)
        self.metadata_ = metadata_of(self, rows)
        again = recheck_columns(self, rows, table)
        return {**table, **fidelity.columns(history, rows), **asked, **again}

    def _show_best(
        self, table: dict[str, Any], rows: list[Row], refit_metric: str, fit_params: Any
    ) -> None:
        """Set what tells of the best candidate."""
        compared = rechecked_table(self, table, rows)
        index, metric = self._choose(compared, refit_metric)
        self.best_index_ = index
        if not callable(self.refit):
            self.best_score_ = table[f"mean_test_{refit_metric}"][index]
        params, told = self._fidelity.best(
            self.history_, rows[index], table["params"][index], metric
        )
        self._tell(told)
        self.best_params_ = self._ended(params, table, index, fit_params)
        if self.score_constraints:
            warn_if_infeasible(compared, index, self.score_constraints)

    def _tell(self, attributes: Mapping[str, Any]) -> None:
        for name, value in attributes.items():
            setattr(self, name, value)

    def _choose(self, table: dict[str, Any], refit_metric: str) -> tuple[int, Any]:
        """Return the best row and its score's name, None where a callable chose."""
        index = self._select_best_index(self.refit, refit_metric, table)
        return index, None if callable(self.refit) else refit_metric

    def _ended(
        self, params: dict[str, Any], table: dict[str, Any], index: int, fit_params: Any
    ) -> dict[str, Any]:
        """Return a candidate's parameters with the rounds at which it stopped early.

        They take the place of the stop: all rows are trained on then, and `fit` needs
        no other ones.
        """
        candidate = clone(self.estimator).set_params(**clone(params, safe=False))
        if not stops_early(candidate, fit_params):
            return params
        unknown = np.ma.masked_all(len(table["params"]))
        rounds = table.get("best_iteration", unknown)[index]
        n_rounds = None if rounds is np.ma.masked else int(rounds)
        return {**params, **final_params(candidate, n_rounds)}

    def _refit(self, X: Any, y: Any, fit_params: Any, context: Any, task: Any) -> None:
        """Fit the best candidate on all rows, with all cores that are left to us."""
        self.best_estimator_ = clone(self.estimator).set_params(
            **clone(self.best_params_, safe=False)
        )
        observed = context.subcontext(task_name="refit-with-best-params")
        with observed.propagate_callback_context(self.best_estimator_):
            observed.call_on_fit_task_begin(**task)
            begin = time.time()
            with (
                threads_shared(self.best_estimator_, inherited_threads()),
                on_whole_device(
                    self.best_estimator_, make_pool(self.devices), self.best_params_
                ),
            ):
                self.best_estimator_ = self._fit_best(X, y, self._of_refit(fit_params))
            self.best_estimator_ = finalized(self.best_estimator_, self.finalize)
        self.refit_time_ = time.time() - begin
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_
        observed.call_on_fit_task_end(**task)

    def _fit_best(self, X: Any, y: Any, params: Any) -> Any:
        """Return the best candidate, fitted."""
        resource = getattr(self, "best_resource_", 1)
        self._fidelity.fit(self.best_estimator_, X, y, resource, params)
        return self.best_estimator_

    def _of_refit(self, fit_params: Any) -> Any:
        """Return parameters of `fit` without what would want rows to stop by."""
        stops = stops_early(self.best_estimator_, fit_params)
        return without_stoppers(fit_params) if stops else fit_params


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


class _FirstScores(Callback):
    """Has the scores of the first fit that succeeded checked."""

    def __init__(self, check: Callable[[Mapping[str, float]], None]) -> None:
        self._check = check
        self._checked = False

    def on_evaluation(self, history: History, evaluation: Evaluation) -> None:
        good = evaluation.status == "ok" and evaluation.error is None
        if good and not self._checked:
            self._check(evaluation.scores)
            self._checked = True


def _task(search: BaseSearch, X: Any, y: Any, params: dict[str, Any]) -> dict[str, Any]:
    """What scikit-learn tells its callbacks about a task."""
    weight = params.get("sample_weight")
    metadata = None if weight is None else {"sample_weight": weight}
    return {"estimator": search, "X": X, "y": y, "metadata": metadata}
