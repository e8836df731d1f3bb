"""What all search estimators share: a scikit-learn skin over the search loop."""

import contextlib
import copy
import functools
import warnings
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from sklearn.utils import indexable

from sksearch import _sklearn_compat as compat
from sksearch._search_loop import Search
from sksearch.callbacks import Callback
from sksearch.callbacks._messages import MESSAGES
from sksearch.estimators._budgets import (
    BUDGET_CONSTRAINTS,
    budget_callbacks,
    check_budgets,
)
from sksearch.estimators._export import Exported
from sksearch.estimators._fidelity import Fidelity
from sksearch.estimators._fingerprints import held_data_facts
from sksearch.estimators._followed import followed, most_fits, progress_line
from sksearch.estimators._journalled import (
    JOURNAL_CONSTRAINTS,
    begin_journal,
    end_journal,
    journalled,
)
from sksearch.estimators._keeping import (
    KEEPING_CONSTRAINTS,
    begin_keeping,
)
from sksearch.estimators._kept_folds import show_folds
from sksearch.estimators._metadata import WithMetadata
from sksearch.estimators._preparing import make_evaluator, routed_params
from sksearch.estimators._proposals import (
    OPTIMIZERS,
    first_candidates,
    make_optimizer,
    with_sources,
)
from sksearch.estimators._recheck import RECHECK_CONSTRAINTS, Recheck
from sksearch.estimators._reported import Reported
from sksearch.estimators._reshuffling import OwnFolds
from sksearch.estimators._results import (
    log_scores,
)
from sksearch.estimators._running import Run
from sksearch.estimators._scorer_names import check_no_metrics, check_scorer_names
from sksearch.estimators._shown import Shown
from sksearch.estimators._sources import sources_of
from sksearch.estimators._validation import (
    COUNT,
    check_callbacks,
    check_fold_stopping,
    check_objective,
    check_parameter_names,
    check_refit_is_no_class,
    check_refit_rule,
    check_score_constraints,
)
from sksearch.evaluation import (
    Evaluator,
    configured_workers,
)
from sksearch.exceptions import SearchInterruptedWarning
from sksearch.history import Evaluation, History
from sksearch.optimizers import Optimizer
from sksearch.schedulers import FoldRacing
from sksearch.space import SearchSpace

__all__ = ["BaseSearch"]


class BaseSearch(  # type: ignore[misc]
    WithMetadata, Shown, Reported, Exported, compat.BaseSearchCV
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
        "max_pending": [compat.StrOptions({"auto"}), COUNT],
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
            If it is broken, or cannot be opened or written.
        KeyboardInterrupt
            On Ctrl-C before any candidate is finished, on the second one, and during
            the refit; what is finished is in the attributes then too.
        """
        scorers, refit_metric = self._get_scorers()
        X, y = indexable(X, y)
        params = compat.check_method_params(X, params=params)
        routed = routed_params(self, params)
        n_parts = 1 + (self.refit is not False) + (self.n_recheck is not None)
        context = compat.root_callback_context(self, n_parts)
        task = _task(self, X, y, params)
        context.call_on_fit_task_begin(**task)

        evaluator = make_evaluator(self, X, y, scorers, routed)
        self._device_shares: dict[str, int] | None = None
        groups = routed["splitter"]["split"].get("groups")
        with contextlib.ExitStack() as followers:
            with journalled(self, evaluator) as (evaluator, journal):
                self._fidelity = self._make_fidelity(evaluator, y, groups)
                evaluator, keeping = begin_keeping(self, evaluator, journal)
                recheck = Recheck.of(self, evaluator, routed["splitter"]["split"])
                run = Run(self, evaluator, context, journal, keeping)
                ended = self._search(run, followers, recheck)
                if recheck is not None:
                    recheck.run(run, ended)
            self._show(evaluator, refit_metric)
            show_folds(self, evaluator, keeping, groups)
            self._data_facts = held_data_facts(evaluator)
            if self.refit:
                self._refit(X, y, routed["estimator"]["fit"], context, task)
        context.call_on_fit_task_end(**task)
        return self

    # -- before ------------------------------------------------------------------

    def _get_scorers(self) -> tuple[Any, Any]:
        check_refit_is_no_class(self.refit)
        check_scorer_names(self.scoring)
        check_no_metrics(self.scoring)
        return super()._get_scorers()  # type: ignore[no-any-return]

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
        self, run: Run, followers: contextlib.ExitStack, recheck: Recheck | None
    ) -> bool:
        """Search; False where Ctrl-C has ended it."""
        evaluator, journal = run.evaluator, run.journal
        # At once, so that whatever happens, what was finished can be read there.
        self.history_ = history = self._make_history(evaluator)
        folder = begin_journal(self, journal, history, evaluator)
        rules = self._make_search(history, evaluator.X, self._fidelity)
        followers.enter_context(followed(self, history, evaluator.origin))
        self._warn_if_starved(rules)
        budgets = budget_callbacks(self) if recheck is None else recheck.budgets(self)
        listen = functools.partial(self._all_callbacks, rules, budgets)
        if run.grow(rules, listen, folder, most_fits(self._fidelity, history)):
            self._after_interrupt()
            return False
        end_journal(journal, rules)
        return True

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
            callbacks.append(progress_line(self, search.history))
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
