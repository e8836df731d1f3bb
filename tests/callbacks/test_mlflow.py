"""What MLflow has of a search: runs as people know them, and none but ours."""

import logging
import warnings

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV
from sksearch._autologging import autologging_suspended
from sksearch.callbacks import Callback, MLflowTracker
from sksearch.exceptions import TrackerWarning

mlflow = pytest.importorskip("mlflow", reason="mlflow is an extra")

X, y = load_iris(return_X_y=True)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


def bayes(*callbacks, **settings):
    settings = {"n_iter": 3, "cv": 2, "random_state": 0, **settings}
    return BayesSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": [1, 2, 3, 4, 5, 6]},
        optimizer="sobol",
        callbacks=callbacks,
        **settings,
    )


@pytest.fixture
def active_store(mlflow_store):
    """The store as the one of the process, as users set it."""
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(mlflow_store.uri)
    mlflow.set_experiment("tests")
    yield mlflow_store
    mlflow.set_tracking_uri(before)


@pytest.fixture
def autolog(active_store):
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    mlflow.sklearn.autolog(log_models=False, log_datasets=False)
    yield active_store
    mlflow.sklearn.autolog(disable=True)


def autologging_is_on(store):
    """By the only thing that counts: a fit is logged."""
    before = len(store.runs())
    DecisionTreeClassifier().fit(X, y)
    return len(store.runs()) == before + 1


def test_the_run_of_a_search(mlflow_store):
    tracker = mlflow_store.tracker(log_model=True, run_name="mine")
    search = bayes(tracker, scoring=["accuracy", "f1_macro"], refit="accuracy")
    search.fit(X, y)
    [run] = mlflow_store.parents()
    assert run.info.run_name == "mine"
    assert run.info.status == "FINISHED"
    assert run.data.metrics["best_accuracy"] == pytest.approx(search.best_score_)
    assert run.data.metrics["fits"] == 6
    tags = run.data.tags
    assert tags["best_max_depth"] == str(search.best_params_["max_depth"])
    assert tags["version.numpy"] == np.__version__
    assert run.data.params["n_fits"] == "6"


@pytest.mark.parametrize("active", [True, False])
def test_the_best_model_is_there_and_predicts(mlflow_store, tmp_path, active):
    """It is in the run's experiment and store, whatever is active in the process."""
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(
        mlflow_store.uri if active else f"sqlite:///{tmp_path}/o.db"
    )
    search = bayes(mlflow_store.tracker(log_model=True)).fit(X, y)
    [run] = mlflow_store.parents()
    mlflow.set_tracking_uri(mlflow_store.uri)
    model = mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model")
    mlflow.set_tracking_uri(before)
    np.testing.assert_array_equal(model.predict(X), search.predict(X))
    assert mlflow.active_run() is None
    [logged] = mlflow_store.client.search_logged_models([mlflow_store.experiment])
    assert logged.status == "READY"
    assert logged.source_run_id == run.info.run_id


def test_a_model_that_cannot_be_logged_costs_no_search(mlflow_store):
    tracker = mlflow_store.tracker(
        log_model=True, model_options={"serialization_format": "no such"}
    )
    with pytest.warns(TrackerWarning, match="no such"):
        search = bayes(tracker).fit(X, y)
    assert search.predict(X).shape == y.shape
    [run] = mlflow_store.parents()
    assert run.info.status == "FINISHED"
    assert len(mlflow_store.trials(run.info.run_id)) == 3


def test_states_of_runs(mlflow_store):
    class Fails(DecisionTreeClassifier):
        def fit(self, X, y):
            if self.max_depth == 1:
                raise ValueError("one is too little")
            return super().fit(X, y)

    search = bayes(mlflow_store.tracker(), n_iter=6)
    search.set_params(estimator=Fails(random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    [found] = mlflow_store.searches()
    states = {
        int(trial["params"]["max_depth"]): trial["status"]
        for trial in mlflow_store.trials(found).values()
    }
    assert states == {1: "FAILED"} | dict.fromkeys(range(2, 7), "FINISHED")
    [failed] = [run for run in mlflow_store.runs() if run.info.status == "FAILED"]
    assert failed.data.tags["sksearch.error"] == "ValueError: one is too little"
    search = bayes(mlflow_store.tracker(), error_score="raise", n_iter=6)
    with pytest.raises(ValueError, match="one is too little"):
        search.set_params(estimator=Fails(random_state=0)).fit(X, y)
    assert {run.info.status for run in mlflow_store.parents()} == {"FINISHED", "FAILED"}


def test_times_are_those_of_the_fits(mlflow_store):
    search = bayes(mlflow_store.tracker()).fit(X, y)
    runs = [run for run in mlflow_store.runs() if "sksearch.trial" in run.data.tags]
    for run in runs:
        seconds = (run.info.end_time - run.info.start_time) / 1000
        folds = search.history_.evaluations(int(run.data.tags["sksearch.trial"]))
        least = sum(fold.fit_time for fold in folds.values())
        assert least - 0.002 <= seconds <= search.cost_["wall_seconds"]


def test_below_the_run_that_is_active(active_store):
    with mlflow.start_run() as active:
        bayes(active_store.tracker()).fit(X, y)
        assert mlflow.active_run().info.run_id == active.info.run_id
    found = {run.info.run_id: run for run in active_store.parents()}
    assert found.pop(active.info.run_id).info.status == "FINISHED"
    [run] = found.values()
    assert run.data.tags["mlflow.parentRunId"] == active.info.run_id


def test_a_run_that_is_active_elsewhere_is_not_ours(mlflow_store, tmp_path):
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'other.db'}")
    with mlflow.start_run(experiment_id="0"):  # whatever was active before
        bayes(mlflow_store.tracker()).fit(X, y)
    [run] = mlflow_store.parents()
    assert "mlflow.parentRunId" not in run.data.tags


def test_the_active_experiment_is_taken(active_store):
    bayes(MLflowTracker(log_model=False)).fit(X, y)
    assert len(active_store.searches()) == 1


def test_an_experiment_is_made(mlflow_store):
    bayes(MLflowTracker("new", mlflow_store.uri, log_model=False)).fit(X, y)
    made = mlflow_store.client.get_experiment_by_name("new")
    assert len(mlflow_store.client.search_runs([made.experiment_id])) == 4


def test_a_search_that_was_killed_goes_on_in_its_run(mlflow_store, tmp_path):
    class Dies(Callback):
        """Leaves no chance to end a run."""

        def on_evaluation(self, history, evaluation):
            if evaluation.trial_id == 2:
                vars(tracker).pop("_session").stack.close()
                raise SystemExit

    tracker, journal = mlflow_store.tracker(), tmp_path / "search.jsonl"
    with pytest.raises(SystemExit):
        bayes(tracker, Dies(), n_iter=5, journal=journal).fit(X, y)
    [run] = mlflow_store.parents()
    assert run.info.status == "RUNNING"
    search = bayes(mlflow_store.tracker(), n_iter=5, journal=journal).fit(X, y)
    [again] = mlflow_store.parents()
    assert again.info.run_id == run.info.run_id
    assert again.info.status == "FINISHED"
    assert len(mlflow_store.trials(run.info.run_id)) == len(search.history_.trials)


# -- autologging -------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["sequential", "loky", "threading"])
def test_autologging_adds_no_run_to_ours(autolog, backend):
    assert autologging_is_on(autolog)
    known = len(autolog.runs())
    with parallel_config(backend, n_jobs=None if backend == "sequential" else 2):
        search = bayes(autolog.tracker()).fit(X, y)
    assert len(autolog.runs()) == known + 1 + len(search.history_.trials)
    assert autologging_is_on(autolog)


def test_without_a_tracker_the_refit_alone_is_autologged(autolog):
    bayes().fit(X, y)
    [run] = autolog.runs()
    assert run.data.tags["estimator_name"] == "DecisionTreeClassifier"
    assert autologging_is_on(autolog)


def test_autologging_comes_back_after_an_error(autolog):
    with pytest.raises(ValueError, match="max_depth"):
        bayes(autolog.tracker(), error_score="raise").set_params(
            estimator=DecisionTreeClassifier(random_state=0),
            param_distributions={"max_depth": [-1]},
        ).fit(X, y)
    assert autologging_is_on(autolog)


def test_autologging_of_others_is_as_it_was(autolog):
    """scikit-learn's own search, before and after ours."""
    grid = GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.1, 1.0]}, cv=2)
    counts = []
    for _ in range(2):
        before = len(autolog.runs())
        grid.fit(X, y)
        counts.append(len(autolog.runs()) - before)
        bayes(autolog.tracker()).fit(X, y)
    assert counts[0] == counts[1] > 0


def test_nested_searches_log_one_run_for_each_outer_fold(autolog):
    cross_validate(bayes(autolog.tracker()), X, y, cv=2)
    parents = autolog.parents()
    assert len(parents) == 2
    assert len(autolog.runs()) == 2 * (1 + 3)


def test_what_is_off_stays_off(autolog):
    module = mlflow.utils.autologging_utils
    with module.disable_autologging():
        with autologging_suspended():
            pass
        assert module._AUTOLOGGING_GLOBALLY_DISABLED
    with autologging_suspended():
        with autologging_suspended():
            pass
        assert module._AUTOLOGGING_GLOBALLY_DISABLED
    assert not module._AUTOLOGGING_GLOBALLY_DISABLED
