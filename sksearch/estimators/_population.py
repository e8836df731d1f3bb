"""Members of a population trained side by side; the worst take over from the best."""

import warnings
from typing import Any, ClassVar

import numpy as np

from sksearch._search_loop import Search
from sksearch.estimators._base import BaseSearch
from sksearch.estimators._generations import InGenerations, schedule_of
from sksearch.estimators._population_plan import (
    GENERATION_CONSTRAINTS,
    start_in_generations,
)
from sksearch.estimators._results import candidate_rows
from sksearch.evaluation import Evaluator, configured_workers

__all__ = ["PopulationSearchCV"]


class PopulationSearchCV(BaseSearch):
    """Search for a schedule of parameters by population-based training.

    A population is trained side by side, step by step. After each step the worst
    members give up: each goes on from the weights, and the state of the optimizer, of
    one of the best (exploit), with parameters that are moved a little (explore) [1]_.
    What is found is no point but a schedule: which parameters up to which epoch, and
    the best estimator was trained along it. So parameters are found whose best value
    changes in training, as that of a learning rate does, in the time of
    `population_size` trainings.

    Parameters
    ----------
    estimator : estimator object
        Cloned for every member; itself never changed. It has to go on where it stopped:
        a net of skorch, `partial_fit`, an ensemble with `warm_start`, LightGBM or
        XGBoost, or a pipeline that ends in one of these.
    param_distributions : dict or list of dicts
        As of `BayesSearchCV`. Some parameters change in training, others are those with
        which a member began, see `fixed_params`.
    population_size : int, default=10
        How many members there are, at most one for each point of a finite space.
    step : int or float, default=0.1
        By how much members are trained before they are compared: as an int in units of
        the resource, as a float a share of `max_resources`. The last step may be
        shorter. Too small, and members are judged by noise; a dozen steps or more make
        a schedule.
    explore : {"perturb", "resample", "pb2"}, default="perturb"
        How parameters move. "perturb" multiplies each number by 0.8 or 1.2 and takes a
        choice to its neighbour, "resample" draws each parameter from its range. "pb2"
        asks a model which parameters promise the largest gain in the next step [2]_; it
        is for small populations, see the notes.
    quantile : float, default=0.25
        The share of members that give up after each step, and of those that are taken
        over from; above 0, at most 0.5. It is at least one member, and at most half of
        them. Who has failed gives up as well.
    resample_probability : float, default=0.25
        With "perturb", how often each parameter is drawn from its range nevertheless;
        with "pb2" so while the model knows of less than four steps.
    fixed_params : list of str, default=()
        Parameters that a member keeps as it began, and hands on with its weights; they
        are chosen among members as a whole. Those that are known not to change are
        among them anyway: what gives weights their shape, such as `hidden_layer_sizes`
        or, of a net, whole numbers and names among the parameters of its module (a
        fraction like dropout's may change); modules, losses and callbacks; all steps of
        a pipeline but the last; what binds rows to bins, such as `max_bin`;
        ``learning_rate`` of scikit-learn's `GradientBoostingClassifier`, which
        multiplies also the trees that are there. `fixed_params_` has all of them.
    resource : str, default="auto"
        What is spent, as of `HyperbandSearchCV`: "epochs" or the name of a parameter
        such as "n_estimators". It has to be one by which the estimator goes on.
    max_resources : int or "auto", default="auto"
        How far members are trained. "auto" is the estimator's own value, such as
        `max_epochs`, `max_iter` or `n_estimators`.
    optimizer : {"sobol", "random"} or Optimizer, default="sobol"
        Where the first members come from.
    param_constraint : callable, default=None
        Takes a dict of parameters and returns whether they may be tried.
    score_constraints : dict of str to float, default=None
        The least that a mean score must be, by the name of its scorer, as in
        ``{"neg_latency": -0.01}``. A candidate that meets all ranks before any that
        does not, and the latter by the sum of what they miss, each as a share of the
        bound's size. Who gives up, and for whom, goes by that order.
    initial_params : list of dict, default=()
        The first members, each a point of the space. The estimator's own parameters,
        and some that were good on other data, follow.
    warm_start_from : list, default=()
        Earlier searches to begin from: fitted searches, histories, paths of journals,
        or the `cv_results_` of any search of scikit-learn. Parameters are matched by
        name; what an earlier search did not vary counts as the estimator's own value,
        and what lies outside the space is left out. Two of their best
        candidates are born first.
    max_time : float or str, default=None
        Seconds, or a text such as "90min", "2h" or "1h 30min", after which no more
        results are waited for, as soon as one candidate is complete at some
        resource; None sets no limit.
    max_fits : int, default=None
        After how many fits the search ends in the same way; a candidate whose last
        folds are not among them is not complete. The result depends on no clock.
    max_cost : float, str or dict, default=None
        Worker-seconds of fitting and scoring after which the search ends in the same
        way, as a number or a text like `max_time`; or hours by kind of device, as
        ``{"cpu_hours": 20, "gpu_hours": 2}``, the first one spent ending it.
    fit_timeout : float or str, default=None
        How long fitting and scoring one fold may take, at each step anew, from when its
        worker begins; then this is killed and replaced, also where it hangs in C code.
        The fold has `error_score` and the status "timed_out". With a limit fits run in
        worker processes also for ``n_jobs=1``; joblib backends other than the default
        one are refused. The refit has no limit.
    max_memory : int, default=None
        How many bytes a worker may hold, besides data that are mapped; a fit by which
        it holds more ends like one that takes too long, as "out_of_memory".
    max_checkpoint_bytes : int or "auto", default="auto"
        How much disk the members may take that wait to be trained on. "auto" is half
        of what is free in the folder for temporary files, or beside the journal.
    objective : str, default=None
        With several scorers, the one to maximise; None takes `refit` where it is a
        name, else the first.
    scoring : str, callable, list, tuple or dict, default=None
        How candidates are scored, as in `GridSearchCV`.
    n_jobs : int, default=None
        How many fits run at once; None means 1 unless a `joblib.parallel_config` says
        otherwise, -1 all cores.
    refit : bool, str or callable, default=True
        Whether to train the best member on all data, along its schedule. A callable
        meets the rows of all steps; those of `sksearch.selection` choose among those of
        the last.
    cv : int, cross-validation generator or iterable, default=None
        The splits, made once: every member sees the same ones. None means 5 folds. A
        member has its weights on each fold, and one schedule for all of them: who takes
        over from whom is decided by mean scores.
    verbose : int, default=0
        0 is silent; 1 prints what the resource is, and one line of progress; 2 adds a
        line for every candidate, 3 one for every fit.
    pre_dispatch : int or str, default="2*n_jobs"
        How many batches of fits may be queued or running; it saves memory, no more.
    random_state : int, RandomState instance or None, default=None
        Determines the members, how they move, and with `seed_fits` the fits.
    error_score : "raise" or numeric, default=np.nan
        The score of a fit that fails; "raise" raises what it raised.
    return_train_score : bool, default=False
        Whether `cv_results_` has the scores on the training folds.
    asynchronous : bool, default=False
        Whether a member goes on as soon as it is there, compared with those that came
        as far before it, instead of with all. The result then depends on timing.
    seed_fits : bool, default=False
        Whether each member gets a seed of its own on each fold, as of `BayesSearchCV`;
        who takes over from another takes over its random numbers too.
    reuse_transformers : bool, default=False
        Whether equal heads of a `Pipeline` are fitted once per fold for all candidates.
        Each candidate fits them once per fold in any case.
    finalize : callable, default=None
        Takes a fitted model and returns the one that is scored, such as a pruned or
        quantized one; it may change what it is given. It is applied to every candidate
        and to the refitted one, and its time is part of the fit's. Where it raises, the
        fit has failed. Training goes on from the model as it was before.
    journal : str or path, default=None
        A file to which the history is written line by line, such as "search.jsonl".
        After a kill `fit` goes on from what is in it: what was finished is not fitted
        again. An existing folder, or a path that ends with a slash, has one file for
        each data set and its splits, as nested cross-validation needs. None writes
        nothing.
    executor : concurrent.futures.Executor, default=None
        Where fits run instead of where joblib's configuration says: threads, processes,
        or dask's ``client.get_executor()``. `n_jobs` is then the most that run at once,
        None and -1 what there are workers for. Clones share it, and it is left out when
        the search is pickled.
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
    n_recheck : int, default=None
        How many of the members that are best at the end are scored again, on splits
        that the search has not seen, before one of them is chosen: each is trained
        along its schedule from the beginning. None chooses at once. `max_time`,
        `max_fits` and `max_cost` cover both, and what the re-check should take is kept
        back. A callable `refit` gets a table with the scores of the re-check, in which
        other rows have a mean of minus infinity.
    recheck_cv : int, cross-validation generator or iterable, default=None
        The splits of the re-check. None is four times the folds of `cv`, a number is so
        many folds; both are shuffled by `random_state`.
    max_oof_bytes : int, default=2**30
        How much memory the predictions of all candidates may take; `fit` raises as soon
        as the first one tells that they will not fit. It is the number of candidates
        times that of tested rows times 8 for a number, 8 for each class of
        probabilities, 1 or 2 for a class.
    callbacks : sequence of Callback, default=()
        Readers of the history, see `sksearch.callbacks.Callback`.

    Attributes
    ----------
    best_schedule_ : list of (int, dict)
        The parameters of the best candidate by the resource up to which it was trained
        by them, in rising order. Those of members that it took over from come first.
    cv_results_ : dict of str to ndarray
        As in `GridSearchCV`, one row for each candidate and step, with the columns
        ``iter`` (which step), ``n_resources``, ``member`` (whose place it has),
        ``candidate`` (a number of its own), ``parent`` (the candidate that it took over
        from, -1 for none), ``status``, ``n_folds`` and ``error``. Who gives up is a
        candidate no more, and the one that takes its place is a new one. Ranks are by
        resource first, then by score. The fit time is that of the step. A parameter
        that is the resource is among the row's ``params``. With `n_recheck` also
        ``split0_recheck_score`` and so on, ``mean_recheck_score`` and
        ``std_recheck_score``, NaN where nothing was scored again.
    history_ : History
        Everything that was decided and measured, in order.
    recheck_history_ : History
        The same of the re-check. With `n_recheck` only.
    resource_ : str
        The resource that was spent.
    best_estimator_ : estimator
        The best candidate, trained on all data along its schedule. With `refit` only.
    best_score_ : float
        Its mean cross-validated score. Not with a callable `refit`.
    best_params_ : dict
        The parameters with which it ended, with `best_resource_` where a parameter is
        the resource, and None for what would stop LightGBM or XGBoost early.
    best_index_ : int
        Its row in `cv_results_`, one of those with the highest resource.
    best_resource_ : int
        How far it was trained.
    fixed_params_ : list of str
        The parameters that did not change in training.
    n_resources_ : list of int
        After how much the members were compared.
    n_candidates_ : list of int
        How many of them were there.
    n_iterations_ : int
        How many steps there were.
    step_, max_resources_ : int
        The size of a step, and the largest resource.
    metadata_ : dict
        What `metadata` foretold, as it was done.
    checkpoint_bytes_ : int
        The most disk that members took while they waited to be trained on.
    cost_ : dict
        What the search has spent: "fits", "worker_seconds" (of fitting and scoring,
        added up), "wall_seconds" (without the refit), and "by_status", a dict of how
        many fits ended "ok", "failed", "timed_out", "out_of_memory" or "worker_died",
        and how many folds were "skipped".
    n_splits_ : int
        The number of folds.
    refit_time_ : float
        Seconds spent on refitting. With `refit` only.
    scorer_ : callable or dict
        The scorers used.
    multimetric_ : bool
        Whether there are several scores.
    classes_ : ndarray of shape (n_classes,)
        Of the best estimator, where it is a classifier.
    n_features_in_ : int
        Of the best estimator.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Of the best estimator, where it has them.

    See Also
    --------
    HyperbandSearchCV : Searches for one point, and trains few candidates in full.
    BayesSearchCV : Trains every candidate in full.

    Notes
    -----
    Between two steps a member waits on disk, one file for each fold. A file that is
    lost costs the time to train from the beginning, along the schedule of its
    candidate; a warning says so. Nets of skorch are kept as the states of their parts,
    with the states of the random generators; a learning rate that a callback schedules
    goes on from its share of the new one. Rows that a net would hold back by its
    `train_split` are trained on, also by the refit, unless a callback monitors a
    ``valid`` score. Where a callback has ended the training of a member, it stays ended
    for those that take over from it.

    With ``explore="pb2"`` a Gaussian process, which forgets with time, learns from all
    steps what each has changed in the score: by the time, the rank of the score before,
    and the parameters, choices and whole numbers among them. A member that takes over
    gets the parameters with the largest upper confidence bound, where steps under way
    count as if they had gained what is expected. It is meant for populations of up to
    8, in which chance tries too little. Larger ones are not refused: the model then
    learns from the last 400 steps. It sees one score: `score_constraints` decide who
    gives up and for whom, not how parameters move. What it proposes is a function of
    the history.

    There is no `reshuffle` here: members that take over would be tested on rows that
    the weights they go on from were trained on.

    Scores of members decide in every step, so that the best score is optimistic, more
    so than that of as many candidates that nobody chose among in between. Nested
    cross-validation tells the truth, see `nested_cross_validate`.

    References
    ----------
    .. [1] M. Jaderberg, V. Dalibard, S. Osindero, W. M. Czarnecki, J. Donahue, A.
       Razavi, O. Vinyals, T. Green, I. Dunning, K. Simonyan, C. Fernando and K.
       Kavukcuoglu, "Population Based Training of Neural Networks", 2017.
    .. [2] J. Parker-Holder, V. Nguyen and S. J. Roberts, "Provably Efficient Online
       Hyperparameter Optimization with Population-Based Bandits", NeurIPS 2020.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import SGDClassifier
    >>> from sklearn.preprocessing import scale
    >>> from sksearch import PopulationSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = PopulationSearchCV(
    ...     SGDClassifier(learning_rate="constant", random_state=0),
    ...     {"eta0": loguniform(1e-4, 1.0), "alpha": loguniform(1e-6, 1e-2)},
    ...     population_size=4,
    ...     step=2,
    ...     max_resources=10,
    ...     random_state=0,
    ... ).fit(scale(X), y)
    >>> search.resource_, search.n_resources_
    ('epochs', [2, 4, 6, 8, 10])
    >>> last, params = search.best_schedule_[-1]
    >>> last, params == search.best_params_
    (10, True)
    >>> bool(search.best_score_ > 0.8)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseSearch._parameter_constraints,
        **GENERATION_CONSTRAINTS,
    }
    # Settings of other searches that have no sense here: the optimizer models nothing,
    # who has no score on a fold cannot go on from there, and heirs are trained on the
    # splits of those whom they followed, or their weights would have seen the rows of
    # the test.
    fold_stopping = cost_aware = reshuffle = False
    prior = None
    max_pending = initial_design = "auto"

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        population_size: int = 10,
        step: float = 0.1,
        explore: str = "perturb",
        quantile: float = 0.25,
        resample_probability: float = 0.25,
        fixed_params: Any = (),
        resource: str = "auto",
        max_resources: Any = "auto",
        optimizer: Any = "sobol",
        param_constraint: Any = None,
        score_constraints: Any = None,
        initial_params: Any = (),
        warm_start_from: Any = (),
        max_time: float | str | None = None,
        max_fits: int | None = None,
        max_cost: float | str | dict[str, float] | None = None,
        fit_timeout: float | str | None = None,
        max_memory: int | None = None,
        max_checkpoint_bytes: Any = "auto",
        objective: str | None = None,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        asynchronous: bool = False,
        seed_fits: bool = False,
        reuse_transformers: bool = False,
        finalize: Any = None,
        journal: Any = None,
        executor: Any = None,
        devices: Any = None,
        return_oof: bool = False,
        return_estimator: bool = False,
        n_recheck: int | None = None,
        recheck_cv: Any = None,
        max_oof_bytes: int = 2**30,
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
        self.population_size = population_size
        self.step = step
        self.explore = explore
        self.quantile = quantile
        self.resample_probability = resample_probability
        self.fixed_params = fixed_params
        self.resource = resource
        self.max_resources = max_resources
        self.optimizer = optimizer
        self.param_constraint = param_constraint
        self.score_constraints = score_constraints
        self.initial_params = initial_params
        self.warm_start_from = warm_start_from
        self.max_time = max_time
        self.max_fits = max_fits
        self.max_cost = max_cost
        self.fit_timeout = fit_timeout
        self.max_memory = max_memory
        self.max_checkpoint_bytes = max_checkpoint_bytes
        self.objective = objective
        self.random_state = random_state
        self.asynchronous = asynchronous
        self.seed_fits = seed_fits
        self.reuse_transformers = reuse_transformers
        self.finalize = finalize
        self.journal = journal
        self.executor = executor
        self.devices = devices
        self.return_oof = return_oof
        self.return_estimator = return_estimator
        self.n_recheck = n_recheck
        self.recheck_cv = recheck_cv
        self.max_oof_bytes = max_oof_bytes
        self.callbacks = callbacks

    _fidelity: InGenerations

    def _make_fidelity(
        self, evaluator: Evaluator | None, y: Any, groups: Any
    ) -> InGenerations:
        return start_in_generations(self, evaluator, y, groups)

    def _warn_if_starved(self, search: Search) -> None:
        n_slots = configured_workers(self.n_jobs, self.executor).n_slots
        fed = self._fidelity.n_trials(search.history.space) * self.n_splits_
        if n_slots > fed:
            warnings.warn(
                f"n_jobs={self.n_jobs} gives {n_slots} workers, but population_size="
                f"{self.population_size} members on {self.n_splits_} folds keep only "
                f"{fed} busy. Raise population_size, or lower n_jobs.",
                UserWarning,
                stacklevel=3,
            )

    def _fit_best(self, X: Any, y: Any, params: Any) -> Any:
        row = candidate_rows(self.history_)[self.best_index_]
        schedule = schedule_of(self.history_, row)
        return self._fidelity.replay(self.best_estimator_, schedule, X, y, params)
