"""Several goals at once: what may be asked of such a search, and how it goes."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from sksearch._sklearn_compat import HasMethods, StrOptions
from sksearch.estimators._base import BaseSearch
from sksearch.estimators._fidelity import Fidelity, InFull
from sksearch.estimators._front_checks import (
    check_objectives,
    check_preference,
    check_reference_point,
)
from sksearch.estimators._planning import RUNG_CONSTRAINTS, start_on_rungs
from sksearch.estimators._shown_front import ShownFront
from sksearch.evaluation import Evaluator
from sksearch.optimizers import EHVI, NSGA2, TPE, Auto, Optimizer, ParEGO, Random, Sobol

__all__ = ["MultiObjectiveSearchCV"]

_OPTIMIZERS: dict[str, Optimizer] = {
    "auto": Auto(),
    "ehvi": EHVI(),
    "nsga2": NSGA2(),
    "parego": ParEGO(),
    "random": Random(),
    "sobol": Sobol(),
    "tpe": TPE(),
}


class MultiObjectiveSearchCV(ShownFront, BaseSearch):  # type: ignore[misc]
    """Search for the best compromises between several scores.

    No candidate of the front that is found is beaten by another one in all objectives.
    A model of each objective says from which candidate the front is expected to gain
    most [1]_. One candidate of the front is refitted, and predicts; `select` and
    `refit_for` give others without another search. All else is as in `BayesSearchCV`.

    Parameters
    ----------
    estimator : estimator object
        Cloned for every fit; itself never changed.
    param_distributions : dict or list of dicts
        For each parameter name a list of choices (always choices, never a range, also
        with two numbers), a `scipy.stats` distribution or any object with ``rvs``, one
        of `sksearch.space.Real`, `Integer` and `Categorical`, or a tuple ``(low,
        high)`` or ``(low, high, "log-uniform")``. A list of dicts is one conditional
        space. A ``param_grid`` can be passed as it is.
    scoring : list, tuple, dict or callable
        Two or more scorers, as for several metrics in `GridSearchCV`. Greater is better
        in all; `sksearch.metrics` has scorers of what models cost.
    objectives : list of str, default=None
        The names of the scores to optimise, None for all; the others are recorded.
    score_constraints : dict of str to float, default=None
        The least that a mean score must be, by the name of its scorer, as in
        ``{"neg_latency": -0.01}``. A candidate that meets all ranks before any that
        does not, and the latter by the sum of what they miss, each as a share of the
        bound's size. A model of each score says where bounds are likely met.
    refit : "knee", str, dict, callable or False, default="knee"
        Which candidate of the front is fitted on all data: the "knee", where giving up
        a little of one objective no longer gains much of the others (the largest sum of
        objectives, each in units of the front's range); by the name of a score the one
        that is best in it; by a dict of weights the one with the largest weighted sum
        in the same units; by a callable that takes `cv_results_`, such as those of
        `sksearch.selection`, the row it returns.
    reference_point : sequence of float, default=None
        The scores, in the order of the objectives, above which they count for the
        hypervolume. None is a tenth of the front's range below its worst values.
    n_iter : int or None, default=50
        How many candidates start. A finite space with at most that many points is
        evaluated in full, in the order of `GridSearchCV`. None is one round of
        Hyperband, where `scheduler` has rungs.
    scheduler : {"full", "hyperband", "asha", "halving"}, default="full"
        "full" trains every candidate in full. The others train many a little and the
        best of them on, as `HyperbandSearchCV` does: who meets the constraints goes
        before who does not, then the non-dominated rank counts, and within a rank what
        the front would lose. The front is of those at the highest resource.
    resource : str, default="auto"
        What is spent on candidates: "epochs" (of a skorch net, or calls of
        ``partial_fit``), "n_samples" (training rows), or the name of an integer
        parameter such as "n_estimators" or "clf__max_iter". "auto" is the first that
        the estimator has of: epochs of a net, epochs by ``partial_fit``, the members of
        an ensemble with ``warm_start``, the trees of LightGBM, XGBoost or CatBoost; of
        a pipeline those of its last step; else "n_samples". Rows, and parameters that
        no library continues, are fitted again at each rung.
    min_resources : int or "auto", default="auto"
        The smallest amount. "auto" leaves at most five rungs, and two rows of each
        class in every fold.
    max_resources : int or "auto", default="auto"
        The largest amount. "auto" is the estimator's own value, such as `max_epochs`,
        `max_iter` or `n_estimators`, or all rows.
    factor : float, default=3
        One in so many candidates goes on to the next rung, which has so many times the
        resource.
    max_checkpoint_bytes : int or "auto", default="auto"
        How much disk the candidates may take that wait to be trained on. "auto" is half
        of what is free in the folder for temporary files, or beside the journal.
    optimizer : {"auto", "ehvi", "parego", "nsga2", "tpe", "sobol", "random"} or \
            Optimizer, default="auto"
        Where candidates come from: "ehvi" from the exact expected improvement of the
        hypervolume, in turns with "parego" unless `reference_point` is given; "parego"
        from a model of randomly weighted objectives, "nsga2" from
        a population that breeds, "tpe" from densities of good and other candidates,
        "sobol" and "random" as in `BayesSearchCV`; or an object with ``ask(history,
        rng)``. "auto" is "ehvi" for up to three objectives, "parego" for more, and
        "nsga2" beyond 2,000 candidates or 50 dimensions.
    param_constraint : callable, default=None
        Takes a dict of parameters and returns whether they may be tried. What it
        rejects costs nothing.
    initial_params : list of dict, default=()
        Candidates to evaluate first, each a point of the space. They count in `n_iter`.
    initial_design : {"auto", "sobol"}, default="auto"
        What comes after `initial_params`, before the model has something to learn from.
        "auto" is the estimator's own parameters where they lie in the space, then two
        candidates that were good on other data, where a table in this package knows the
        estimator, or the part of it that is searched; fewer where what comes first
        would be more than a third of `n_iter`. Then, and with "sobol" at once, comes a
        scrambled Sobol sequence. Random search and grids begin as they always do.
    warm_start_from : list, default=()
        Earlier searches to begin from: fitted searches, histories, paths of journals,
        or the `cv_results_` of any search of scikit-learn. Parameters are matched by
        name; what an earlier search did not vary counts as the estimator's own value,
        and what lies outside the space is left out. One of their best candidates runs
        first, those of their fronts before others; then models of those that know all
        objectives guide "auto", "ehvi" and "parego" as far as they explain what is
        found.
    prior : dict, default=None
        What you believe of parameters, by name: for a range ``(centre, spread)``, such
        as ``{"lr": (1e-3, 3.0)}``, where the spread is one standard deviation, a factor
        if the range is log-uniform and a difference if it is not; for choices
        ``(choice, probability)``, or a dict from choices to probabilities, of which
        those that are not named share the rest. The likeliest candidate comes after
        `initial_params`, and every other point of the design is drawn from the prior.
        Then the model's proposals lean towards it, the less so the more candidates
        there are (piBO, Hvarfner et al., 2022), so that a wrong belief costs a few of
        them. Optimizers that draw without a model, "random" and "sobol", take none.
    fold_stopping : bool, default=False
        Whether a candidate that one other is certain to beat in all objectives is
        spared the folds that are left. See `sksearch.schedulers.FoldRacing`.
    cost_aware : bool, default=False
        Whether candidates are chosen by expected improvement per second: slow ones must
        promise more. This counts in full at first, and less the more of `n_iter` is
        spent. With "auto", "ehvi" and "parego" only; the result then depends on how
        fast the machine is.
    max_time : float or str, default=None
        Seconds, or a text such as "90min", "2h" or "1h 30min", after which no more
        results are waited for, as soon as one candidate is complete; None sets no
        limit. What was measured until then depends on the speed of the machine.
    max_fits : int, default=None
        After how many fits the search ends in the same way; a candidate whose last
        folds are not among them is not complete. The result depends on no clock.
    max_cost : float, str or dict, default=None
        Worker-seconds of fitting and scoring after which the search ends in the same
        way, as a number or a text like `max_time`; or hours by kind of device, as
        ``{"cpu_hours": 20, "gpu_hours": 2}``, the first one spent ending it.
    fit_timeout : float or str, default=None
        How long fitting and scoring one fold may take, at each rung anew, from when its
        worker begins; then this is killed and replaced, also where it hangs in C code.
        The fold has `error_score` and the status "timed_out". With a limit fits run in
        worker processes also for ``n_jobs=1``; joblib backends other than the default
        one are refused. The refit has no limit.
    max_memory : int, default=None
        How many bytes a worker may hold, besides data that are mapped; a fit by which
        it holds more ends like one that takes too long, as "out_of_memory".
    n_jobs : int, default=None
        How many fits run at once; None means 1 unless a `joblib.parallel_config` says
        otherwise, -1 all cores. It never changes the result of estimators that are
        deterministic given their parameters.
    cv : int, cross-validation generator or iterable, default=None
        The splits, made once: every candidate sees the same ones, but for `reshuffle`.
        None means 5 folds.
    verbose : int, default=0
        0 is silent; 1 prints one line with the best score so far, the fits done and the
        time left; 2 adds a line for every candidate, 3 one for every fit. Always from
        the calling process.
    pre_dispatch : int or str, default="2*n_jobs"
        How many batches of fits may be queued or running; it saves memory, no more.
    random_state : int, RandomState instance or None, default=None
        Determines the candidates, and with `seed_fits` the fits.
    error_score : "raise" or numeric, default=np.nan
        The score of a fit that fails; "raise" raises what it raised.
    return_train_score : bool, default=False
        Whether `cv_results_` has the scores on the training folds.
    max_pending : int or "auto", default="auto"
        How many candidates may be unfinished when the next one is proposed. "auto" is
        2 for models, more for optimizers that learn less from the newest results. It
        determines the result, as `n_jobs` does not.
    asynchronous : bool, default=False
        Whether a result counts as soon as it is there instead of in its turn. No worker
        ever waits then, but the result depends on timing.
    seed_fits : bool, default=False
        Whether each fit gets a seed of its own, a function of `random_state`, candidate
        and fold, in every ``random_state`` parameter left at None and in the generators
        of numpy, `random` and torch, which are restored afterwards.
    reuse_transformers : bool, default=False
        Whether equal heads of a `Pipeline` are fitted once per fold, through joblib's
        memory. Worth it where transformers cost more than hashing their input; the
        results are the same for transformers that are deterministic.
    finalize : callable, default=None
        Takes a fitted model and returns the one that is scored, such as a pruned or
        quantized one; it may change what it is given. It is applied to every candidate
        and to the refitted one, and its time is part of the fit's. Where it raises, the
        fit has failed.
    journal : str or path, default=None
        A file to which the history is written line by line, such as "search.jsonl".
        `fit` goes on from what is in it: what was finished is not fitted again, after a
        kill or to add candidates by a larger `n_iter`. An existing folder, or a path
        that ends with a slash, has one file for each data set and its splits, as nested
        cross-validation needs. None writes nothing.
    executor : concurrent.futures.Executor, default=None
        Where fits run instead of where joblib's configuration says: threads, processes,
        or dask's ``client.get_executor()``. `n_jobs` is then the most that run at once,
        None and -1 what there are workers for. Clones share it, and it is left out when
        the search is pickled.
    return_oof : bool, default=False
        Whether the predictions of every candidate for its test rows are kept, by the
        methods that the scorers call: `oof_predictions_` has those of the best one, and
        `bootstrap_bias_corrected_score` needs all. Each model predicts once more for
        it, and `fold_stopping` is left out. With a journal they are in a folder beside
        it, ``<journal>.predictions``; fits that stand in the journal without them are
        run once more.
    return_estimator : bool, default=False
        Whether `fold_estimators_` has the models of the best candidate's folds. They
        are fitted again after the search, for models of all candidates would have to be
        kept; pass `seed_fits` where models are random.
    max_oof_bytes : int, default=2**30
        How much memory the predictions of all candidates may take; `fit` raises as soon
        as the first one tells that they will not fit. It is the number of candidates
        times that of tested rows times 8 for a number, 8 for each class of
        probabilities, 1 or 2 for a class.
    n_recheck : int, default=None
        How many of the best candidates are scored again, on splits that the search has
        not seen, before one of them is chosen: the best of many scores is in part luck.
        None chooses at once. `max_time`, `max_fits` and `max_cost` cover both, and what
        the re-check should take is kept back. A callable `refit` gets a table with the
        scores of the re-check, in which other rows have a mean of minus infinity.
    recheck_cv : int, cross-validation generator or iterable, default=None
        The splits of the re-check. None is four times the folds of `cv`, a number is so
        many folds; both are shuffled by `random_state`.
    reshuffle : bool, default=False
        Whether each candidate has splits of its own, which `cv` draws by `random_state`
        and the candidate's number: no split then favours the same candidates all the
        time. `cv` has to be one that can shuffle; not with `fold_stopping`.
    devices : "auto", list of str or dict of str to int, default=None
        The accelerators of the search, such as ``["cuda:0", "cuda:1"]``, or
        ``{"cuda:0": 4}`` for four fits at once on one; "auto" are all that a worker
        sees, with as many fits at once as a few fits before the search leave room for,
        where there are more workers than devices. A fit that takes one has a share of
        it while it runs: nets, LightGBM, XGBoost, CatBoost and whatever has a parameter
        `device` are put there, also inside pipelines; workers for others see one device
        only. A device that was chosen stays; under "auto" only nets, and what asks for
        "cuda" or "gpu", are put on one. The best candidate is refitted on one too. No
        result depends on it.
    callbacks : sequence of Callback, default=()
        Readers of the history, see `sksearch.callbacks.Callback`; one that returns True
        ends the search. scikit-learn's own go through ``set_callbacks``.

    Attributes
    ----------
    cv_results_ : dict of str to ndarray
        As in `BayesSearchCV`, with `rank_test_*` for every score, and ``pareto_rank``:
        1 for the front, 2 for what only the front beats, and so on.
        With `n_recheck` also ``split0_recheck_score`` and so on,
        ``mean_recheck_score`` and ``std_recheck_score``, NaN where nothing was scored
        again; ranks and ``mean_test_score`` are those of the search.
    pareto_index_ : ndarray of int of shape (n_front,)
        The rows of the front in `cv_results_`, by the first objective, worst first;
        empty where no candidate meets all constraints.
    pareto_params_ : list of dict
        Their parameters.
    pareto_scores_ : dict of str to ndarray of shape (n_front,)
        Their mean scores, all that were recorded.
    hypervolume_ : float
        What the front dominates above `reference_point_`.
    reference_point_ : ndarray of shape (n_objectives,)
        As given, or a tenth of the front's range below its worst values.
    objectives_ : list of str
        The names of the objectives.
    best_index_ : int
        The row that `refit` chose, with `n_recheck` among the rows that were scored
        again, of which the front is that of the re-check. With `refit` only, as all
        that begins with best.
    best_params_ : dict
        Its parameters.
    best_score_ : float
        Its mean of the score that `refit` names, else of the first objective. Not with
        a callable `refit`.
    best_estimator_ : estimator
        Fitted on all data with these parameters.
    n_resources_, resource_, ...
        As of `HyperbandSearchCV`, where `scheduler` has rungs.
    history_ : History
        Everything that was decided and measured, in order; there also when `fit`
        raised.
    recheck_history_ : History
        The same of the re-check. With `n_recheck` only.
    scorer_ : dict or callable
        The scorers used.
    cost_ : dict
        What the search has spent: "fits", "worker_seconds" (of fitting and scoring,
        added up), "wall_seconds" (without the refit), and "by_status", a dict of how
        many fits ended "ok", "failed", "timed_out", "out_of_memory" or "worker_died",
        and how many folds were "skipped".
    metadata_ : dict
        What `metadata` foretold, as it was done.
    oof_predictions_ : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        With `return_oof`, what the best candidate predicted for each row while that was
        held out, as `cross_val_predict` has it, by the method that the scorer calls.
        Rows that no fold tests are masked; where rows are tested several times, an axis
        before counts the times.
    oof_ : OutOfFold
        With `return_oof`, the same of all candidates on the highest rung that are
        complete.
    fold_estimators_ : list of estimators
        With `return_estimator`, the best candidate's model of each fold, as it was
        scored in the row `best_index_`; None for a fold that failed.
    n_splits_ : int
        The number of folds.
    refit_time_ : float
        Seconds spent on refitting. With `refit` only.
    multimetric_ : bool
        True.
    classes_ : ndarray of shape (n_classes,)
        Of the best estimator, where it has them.
    n_features_in_ : int
        Of the best estimator, where it has it.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Of the best estimator, where it has them.

    See Also
    --------
    BayesSearchCV : For one objective, with `score_constraints` for what else counts.

    Notes
    -----
    `score` returns the score that `refit` names, else the first objective.

    References
    ----------
    .. [1] K. Yang, M. Emmerich, A. Deutz and T. Bäck, "Efficient computation of
       expected hypervolume improvement using box decomposition algorithms", Journal
       of Global Optimization, 2019.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sksearch import MultiObjectiveSearchCV
    >>> def small(estimator, X, y):
    ...     return -float(estimator.get_n_leaves())
    >>> X, y = load_iris(return_X_y=True)
    >>> search = MultiObjectiveSearchCV(
    ...     DecisionTreeClassifier(random_state=0),
    ...     {"max_leaf_nodes": range(2, 20), "min_samples_leaf": range(1, 20)},
    ...     scoring={"accuracy": "accuracy", "small": small},
    ...     n_iter=12,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> accuracy, leaves = (search.pareto_scores_[name] for name in search.scoring)
    >>> bool(leaves[0] > leaves[-1] and accuracy[0] < accuracy[-1])
    True
    >>> best = search.select({"accuracy": 1.0})
    >>> bool(search.refit_for(best, X, y).score(X, y) > 0.9)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **{
            name: rule
            for name, rule in BaseSearch._parameter_constraints.items()
            if name != "objective"
        },
        **RUNG_CONSTRAINTS,
        "scheduler": [StrOptions({"full", "hyperband", "asha", "halving"})],
        "objectives": [list, tuple, None],
        "refit": ["boolean", str, dict, callable],
        "reference_point": ["array-like", None],
        "optimizer": [StrOptions(set(_OPTIMIZERS)), HasMethods(["ask"])],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        scoring: Any = None,
        objectives: Any = None,
        score_constraints: Any = None,
        refit: Any = "knee",
        reference_point: Any = None,
        n_iter: int | None = 50,
        scheduler: str = "full",
        resource: str = "auto",
        min_resources: Any = "auto",
        max_resources: Any = "auto",
        factor: float = 3,
        max_checkpoint_bytes: Any = "auto",
        optimizer: Any = "auto",
        param_constraint: Any = None,
        initial_params: Any = (),
        initial_design: str = "auto",
        warm_start_from: Any = (),
        prior: dict[str, Any] | None = None,
        fold_stopping: bool = False,
        cost_aware: bool = False,
        max_time: float | str | None = None,
        max_fits: int | None = None,
        max_cost: float | str | dict[str, float] | None = None,
        fit_timeout: float | str | None = None,
        max_memory: int | None = None,
        n_jobs: int | None = None,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        max_pending: Any = "auto",
        asynchronous: bool = False,
        seed_fits: bool = False,
        reuse_transformers: bool = False,
        finalize: Any = None,
        journal: Any = None,
        executor: Any = None,
        return_oof: bool = False,
        return_estimator: bool = False,
        max_oof_bytes: int = 2**30,
        n_recheck: int | None = None,
        recheck_cv: Any = None,
        reshuffle: bool = False,
        devices: Any = None,
        callbacks: Any = (),
    ) -> None:
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.param_distributions = param_distributions
        self.objectives = objectives
        self.reference_point = reference_point
        self.n_iter = n_iter
        self.scheduler = scheduler
        self.resource = resource
        self.min_resources = min_resources
        self.max_resources = max_resources
        self.factor = factor
        self.max_checkpoint_bytes = max_checkpoint_bytes
        self.optimizer = optimizer
        self.param_constraint = param_constraint
        self.score_constraints = score_constraints
        self.initial_params = initial_params
        self.initial_design = initial_design
        self.warm_start_from = warm_start_from
        self.prior = prior
        self.fold_stopping = fold_stopping
        self.cost_aware = cost_aware
        self.max_time = max_time
        self.max_fits = max_fits
        self.max_cost = max_cost
        self.fit_timeout = fit_timeout
        self.max_memory = max_memory
        self.random_state = random_state
        self.max_pending = max_pending
        self.asynchronous = asynchronous
        self.seed_fits = seed_fits
        self.reuse_transformers = reuse_transformers
        self.finalize = finalize
        self.journal = journal
        self.executor = executor
        self.return_oof = return_oof
        self.return_estimator = return_estimator
        self.max_oof_bytes = max_oof_bytes
        self.n_recheck = n_recheck
        self.recheck_cv = recheck_cv
        self.reshuffle = reshuffle
        self.devices = devices
        self.callbacks = callbacks

    # -- before ------------------------------------------------------------------

    def _get_scorers(self) -> tuple[Any, Any]:
        if self.scoring is None or isinstance(self.scoring, str):
            raise ValueError(
                f"scoring={self.scoring!r} is one score, and several goals need two or "
                "more: pass a list of names, a dict of scorers, or a callable that "
                "returns a dict. For one goal use BayesSearchCV."
            )
        return super()._get_scorers()  # type: ignore[no-any-return]

    def _check_refit_for_multimetric(self, scores: Mapping[str, Any]) -> None:
        check_preference(self._prefer(), list(scores), "refit")

    def _goals(self, names: list[str] | None) -> dict[str, Any]:
        if names is None:
            check_preference(self._prefer(), (), "refit")
            return {"objectives": self.objectives or "all"}
        objectives = check_objectives(self.objectives, names)
        check_reference_point(self.reference_point, objectives)
        return {"objectives": objectives}

    # -- the search --------------------------------------------------------------

    def _make_fidelity(
        self, evaluator: Evaluator | None, y: Any, groups: Any
    ) -> Fidelity:
        if self.scheduler != "full":
            return start_on_rungs(self, evaluator, y, groups)
        if self.n_iter is None:
            raise ValueError(
                "n_iter=None is one round of Hyperband, and scheduler='full' has no "
                "rounds. Pass a number of candidates, or scheduler='hyperband'."
            )
        return InFull(self.n_iter)

    def _optimizers(self) -> Mapping[str, Optimizer]:
        if self.reference_point is None:
            return _OPTIMIZERS
        point = tuple(map(float, self.reference_point))
        return {
            **_OPTIMIZERS,
            "auto": Auto(reference_point=point),
            "ehvi": EHVI(reference_point=point),
        }
