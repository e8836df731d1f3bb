"""A search in MLflow: a run, and one more below it for each candidate."""

import contextlib
import importlib.metadata
import math
import os
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from sksearch._autologging import autologging_suspended
from sksearch.callbacks._finished import (
    Finished,
    best_params,
    best_scores,
    log_name,
    spent,
)
from sksearch.callbacks._plan import Plan
from sksearch.callbacks._tracker import Task, Tracker, Writer, required
from sksearch.history import History

__all__ = ["MLflowTracker"]

_PARENT = "mlflow.parentRunId"
_LOG, _TRIAL, _RUNG = "sksearch.log", "sksearch.trial", "sksearch.resource."
_RUN_STATUS = {"complete": "FINISHED", "stopped": "KILLED", "failed": "FAILED"}
_uri_lock = threading.Lock()


class MLflowTracker(Tracker):
    """Logs a search to MLflow: a run, and one more below it for each candidate.

    The run of the search has the versions of packages and the best parameters as tags,
    ``version.<name>`` and ``best_<name>`` (a search that goes on may change them, and
    parameters of a run cannot be), the best score, what was spent, and the model. A
    candidate's run has its parameters and, at the resource as the step, the scores of
    each fold and their means by the names that `cv_results_` has for them. Where a run
    is active when `fit` begins, the search's is below that one.

    Parameters
    ----------
    experiment : str or None, default=None
        The name of the experiment, made if there is none. None is the active one.
    tracking_uri : str or None, default=None
        Where runs are stored, such as ``"sqlite:///mlflow.db"``. None is what
        ``mlflow.get_tracking_uri()`` says when the tracker is made.
    run_name : str or None, default=None
        Of the search's run. None is made of the names of search and estimator.
    log_model : bool, default=True
        Whether the refitted model is logged, as "model".
    model_options : dict, default={}
        Arguments for ``mlflow.sklearn.log_model``, such as ``registered_model_name``.

    Raises
    ------
    ImportError
        If MLflow is not installed, with the command that does it.

    Notes
    -----
    While `fit` runs, autologging is suspended, the refit included: else MLflow would
    log one more run for each fold. It is as before afterwards.

    A search that goes on from its journal goes on in the run that it had: it is found
    by the tag ``sksearch.log``, which is made of the first result of the log. What is
    logged is a candidate's training on all folds, once these have results; so nothing
    is logged twice, and nothing that is unfinished.

    The model is saved by cloudpickle, and its requirements are the versions at hand;
    ``model_options={"serialization_format": "skops"}`` does it without pickle where the
    model allows that. A candidate that failed has the run status "FAILED", one that was
    spared folds "KILLED".

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sksearch import BayesSearchCV
    >>> from sksearch.callbacks import MLflowTracker
    >>> search = BayesSearchCV(
    ...     DecisionTreeClassifier(),
    ...     {"max_depth": range(1, 10)},
    ...     callbacks=[MLflowTracker("iris", "sqlite:///mlflow.db")],
    ... )
    >>> search.callbacks[0].tracking_uri  # nothing is made there before `fit`
    'sqlite:///mlflow.db'
    """

    def __init__(
        self,
        experiment: str | None = None,
        tracking_uri: str | None = None,
        *,
        run_name: str | None = None,
        log_model: bool = True,
        model_options: Mapping[str, Any] | None = None,
    ) -> None:
        mlflow = required("mlflow", "MLflowTracker", "mlflow")
        # Now: a worker process that gets a copy knows nothing of what is set here.
        self.tracking_uri = tracking_uri or mlflow.get_tracking_uri()
        self.experiment = experiment
        self.experiment_id = _active_experiment(mlflow, self.tracking_uri)
        self.run_name = run_name
        self.log_model = log_model
        self.model_options = dict(model_options or {})

    def on_fit_begin(self, search: Any, plan: Plan) -> None:
        """Suspend autologging, and hear what the search will do.

        Parameters
        ----------
        search : BaseSearch
            The search.
        plan : Plan
            What it will do.
        """
        super().on_fit_begin(search, plan)
        assert self._session is not None
        self._session.stack.enter_context(autologging_suspended())

    def _open(self, plan: Plan, history: History) -> Writer:
        return _MLflowWriter(self, plan, history)


class _MLflowWriter:
    """Writes by MLflow's client, which has no active run and is the matter of one fit.

    Parameters
    ----------
    tracker : MLflowTracker
        With what the user asked for.
    plan : Plan
        What the search will do.
    history : History
        As it is at the begin; with results, the run that has them is looked for.
    """

    def __init__(self, tracker: MLflowTracker, plan: Plan, history: History) -> None:
        import mlflow
        from mlflow import entities

        self._entities = entities
        self._tracker, self._plan = tracker, plan
        self._client = mlflow.MlflowClient(tracking_uri=tracker.tracking_uri)
        self._experiment = _experiment_id(self._client, tracker)
        self._is_named = any(history.evaluations(*task) for task in history.tasks())
        known = self._find(log_name(history)) if self._is_named else None
        if known is None:
            self._run_id = self._create_parent(history)
            self._children: dict[int, Any] = {}
        else:
            self._run_id = known
            self._client.update_run(known, status="RUNNING")
            self._children = self._find_children()

    def logged(self) -> set[Task]:
        """Return what the tags of the candidates' runs say."""
        return {
            (trial_id, int(tag.removeprefix(_RUNG)))
            for trial_id, run in self._children.items()
            for tag in run.data.tags
            if tag.startswith(_RUNG)
        }

    def _find(self, name: str) -> str | None:
        """Return the run of a log, or None."""
        found = self._client.search_runs(
            [self._experiment], f"tags.`{_LOG}` = '{name}'", max_results=1
        )
        return found[0].info.run_id if found else None

    def _find_children(self) -> dict[int, Any]:
        children: dict[int, Any] = {}
        token = None
        while True:
            page = self._client.search_runs(
                [self._experiment],
                f"tags.`{_PARENT}` = '{self._run_id}'",
                page_token=token,
            )
            children |= {
                int(run.data.tags[_TRIAL]): run
                for run in page
                if _TRIAL in run.data.tags
            }
            token = page.token
            if not token:
                return children

    def _create_parent(self, history: History) -> str:
        import mlflow

        plan, active = self._plan, mlflow.active_run()
        tags = {f"version.{name}": text for name, text in plan.versions.items()}
        tags |= {"sksearch.search": plan.search, "sksearch.estimator": plan.estimator}
        if self._is_named:
            tags[_LOG] = log_name(history)
        if active is not None and self._is_here(active):
            tags[_PARENT] = active.info.run_id
        run = self._client.create_run(
            self._experiment,
            tags=tags,
            run_name=self._tracker.run_name or f"{plan.search} of {plan.estimator}",
        )
        self._log(run.info.run_id, params=_params_of(plan, history))
        return str(run.info.run_id)

    def _is_here(self, active: Any) -> bool:
        """Whether a run lies in the same store."""
        with contextlib.suppress(Exception):
            self._client.get_run(active.info.run_id)
            return True
        return False

    def write(self, history: History, finished: Finished) -> None:
        """Write a task: first what it measured, then that it is there."""
        if not self._is_named:
            self._client.set_tag(self._run_id, _LOG, log_name(history))
            self._is_named = True
        run_id = self._child(finished)
        tags: dict[str, str] = {f"{_RUNG}{finished.resource}": finished.status}
        if finished.error is not None:
            tags["sksearch.error"] = finished.error
        self._log(run_id, finished.metrics, tags=tags, step=finished.resource)
        self._client.set_terminated(
            run_id, _RUN_STATUS[finished.status], _moment(self._plan, finished.end)
        )

    def _child(self, finished: Finished) -> str:
        trial_id = finished.trial_id
        if trial_id not in self._children:
            run = self._client.create_run(
                self._experiment,
                start_time=_moment(self._plan, finished.begin),
                tags={_PARENT: self._run_id, _TRIAL: str(trial_id)},
                run_name=f"trial {trial_id}",
            )
            self._log(run.info.run_id, params=finished.params)
            self._children[trial_id] = run
        return str(self._children[trial_id].info.run_id)

    def close(self, search: Any, history: History, error: BaseException | None) -> None:
        """Write what was found, and what that cost; then the model, which is slow."""
        status = "FINISHED"
        if error is not None:
            status = "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED"
        try:
            self._log(self._run_id, {**spent(search), **best_scores(history)})
            self._write_best(search, history, error)
        finally:
            self._client.set_terminated(self._run_id, status)

    def _write_best(
        self, search: Any, history: History, error: BaseException | None
    ) -> None:
        """Write the best parameters, in the place of those of an earlier run."""
        params = best_params(search, history, error)
        tags = {f"best_{name}": str(value) for name, value in params.items()}
        if history.n_unfinished:
            tags["sksearch.unfinished"] = str(history.n_unfinished)
        self._log(self._run_id, tags=tags)
        is_refitted = error is None and hasattr(search, "best_estimator_")
        if is_refitted and self._tracker.log_model:
            self._log_model(search.best_estimator_)

    def _log_model(self, model: Any) -> None:
        import mlflow
        import mlflow.sklearn
        from mlflow.models import Model

        where: dict[str, Any] = {"artifact_path": "model"}
        if hasattr(self._client, "create_logged_model"):  # MLflow 3
            # By itself MLflow would make it in the experiment that is active.
            made = self._client.create_logged_model(
                self._experiment, name="model", source_run_id=self._run_id
            )
            where = {"artifact_path": None, "name": "model", "model_id": made.model_id}
        options: dict[str, Any] = {
            "serialization_format": "cloudpickle",
            "pip_requirements": _requirements(self._plan.versions),
            **self._tracker.model_options,
        }
        uri = self._tracker.tracking_uri
        with _tracking_uri(mlflow, uri), warnings.catch_warnings():
            # MLflow says so of its own classes when it is asked for a model first.
            warnings.filterwarnings("ignore", ".*Any type hint", UserWarning)
            Model.log(
                **where,
                flavor=mlflow.sklearn,
                run_id=self._run_id,
                sk_model=model,
                **options,
            )

    def _log(
        self,
        run_id: str,
        metrics: Mapping[str, float] | None = None,
        *,
        params: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        step: int = 0,
    ) -> None:
        entities, now = self._entities, int(time.time() * 1000)
        self._client.log_batch(
            run_id,
            [
                entities.Metric(_key(k), v, now, step)
                for k, v in (metrics or {}).items()
            ],
            [entities.Param(_key(k), str(v)) for k, v in (params or {}).items()],
            [entities.RunTag(_key(k), v) for k, v in (tags or {}).items()],
        )


def _params_of(plan: Plan, history: History) -> dict[str, Any]:
    """Return what was planned, as far as it is known."""
    params = {
        "n_fits": plan.n_fits,
        "n_splits": history.n_splits,
        "seed": history.seed,
        "resource": plan.resource,
        "max_time": plan.max_time,
    }
    return {name: v for name, v in params.items() if v is not None}


def _active_experiment(mlflow: Any, tracking_uri: str) -> str | None:
    """The one that `mlflow.set_experiment` has set; it is of the store that is set."""
    if tracking_uri != mlflow.get_tracking_uri():
        return None
    active = getattr(mlflow.tracking.fluent, "_active_experiment_id", None)
    return None if active is None else str(active)


def _experiment_id(client: Any, tracker: MLflowTracker) -> str:
    name = tracker.experiment
    if name is None:
        active = tracker.experiment_id or os.environ.get("MLFLOW_EXPERIMENT_ID")
        name = None if active else os.environ.get("MLFLOW_EXPERIMENT_NAME", "Default")
        if active:
            return active
    known = client.get_experiment_by_name(name)
    if known is None:
        # Another search may make it at this moment: then it is there.
        with contextlib.suppress(Exception):
            client.create_experiment(name)
        known = client.get_experiment_by_name(name)
    if known is None:
        raise ValueError(f"The experiment {name!r} could not be made.")
    return str(known.experiment_id)


def _moment(plan: Plan, seconds: float) -> int | None:
    """Milliseconds of the epoch, as MLflow wants them; None is now."""
    is_known = plan.origin and math.isfinite(seconds)
    return int((plan.origin + seconds) * 1000) if is_known else None


def _key(name: str) -> str:
    """A name of which MLflow refuses no character."""
    return "".join(c if c.isalnum() or c in "_-. /:" else "_" for c in name)


def _requirements(versions: Mapping[str, str]) -> list[str]:
    """What a model needs to be loaded; "+cpu" and the like no index knows."""
    ours = ("python", "sksearch")
    needed = {name: v for name, v in versions.items() if name not in ours}
    needed["cloudpickle"] = importlib.metadata.version("cloudpickle")
    return [f"{name}=={v.partition('+')[0]}" for name, v in needed.items()]


@contextlib.contextmanager
def _tracking_uri(mlflow: Any, uri: str) -> Iterator[None]:
    """Let the functions that have no client write where ours does."""
    with _uri_lock:
        before = mlflow.get_tracking_uri()
        if before == uri:
            yield
            return
        mlflow.set_tracking_uri(uri)
        try:
            yield
        finally:
            mlflow.set_tracking_uri(before)
