"""
A search that can be looked up: MLflow on bad loans
===================================================

Which loans will not be paid back? One in twenty is not, so that scores are average
precisions. Trees are added to a booster by `HyperbandSearchCV`, and every candidate is
a run in MLflow below the run of the search, with its score on each fold and rung. Then
all is asked of MLflow alone, as a colleague would: the best candidate, its learning
curve, and the model, which scores loans that no search has seen.
Needs the extras lightgbm, mlflow and progress, and pandas.
"""

import logging
from pathlib import Path

import mlflow
import pandas as pd
from lightgbm import LGBMClassifier
from scipy.stats import loguniform, randint
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.metrics import average_precision_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from sksearch import HyperbandSearchCV
from sksearch.callbacks import LiveBar, MLflowTracker

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "examples" / "data" / "lending_club.csv.gz"
STORE = ROOT / "build" / "mlflow_runs"
MODEL = "lgbmclassifier__"
SPACE = {
    MODEL + "learning_rate": loguniform(0.01, 0.5),
    MODEL + "num_leaves": randint(3, 40),
    MODEL + "min_child_samples": randint(5, 200),
    MODEL + "reg_lambda": loguniform(1e-3, 1e2),
}


def load_loans():
    """Return loans to search on, and loans to judge by."""
    table = pd.read_csv(DATA)
    bad = (table.pop("Class") == "bad").astype(int)
    return train_test_split(table, bad, stratify=bad, random_state=0)


def make_estimator():
    """Texts become numbers."""
    texts = make_column_selector(dtype_exclude="number")
    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    pipeline = make_pipeline(
        make_column_transformer((encode, texts), remainder="passthrough"),
        LGBMClassifier(n_jobs=1, random_state=0, verbose=-1),
    )
    return pipeline.set_output(transform="pandas")


def search_and_log(X, y):
    """Search, with a run for each candidate."""
    search = HyperbandSearchCV(
        make_estimator(),
        SPACE,
        max_resources=27,
        scoring="average_precision",
        cv=3,
        random_state=0,
        callbacks=[LiveBar(), MLflowTracker("loans")],
    )
    return search.fit(X, y)


def look_up(experiment):
    """Return the newest search's run, and the runs of its candidates."""
    runs = mlflow.search_runs([experiment])
    search = runs[runs["tags.sksearch.search"].notna()].iloc[0]
    return search, runs[runs["tags.mlflow.parentRunId"] == search.run_id]


def main():
    """Search, then read everything from MLflow."""
    STORE.mkdir(parents=True, exist_ok=True)
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    mlflow.set_tracking_uri(f"sqlite:///{STORE / 'mlflow.db'}")
    known = mlflow.get_experiment_by_name("loans")
    if known is None:
        mlflow.create_experiment("loans", (STORE / "artifacts").as_uri())
    experiment = mlflow.get_experiment_by_name("loans").experiment_id

    X_train, X_test, y_train, y_test = load_loans()
    search_and_log(X_train, y_train)

    run, trials = look_up(experiment)
    print(f"{len(trials)} candidates; best {run['metrics.best_score']:.3f}")
    best = trials.sort_values("metrics.mean_test_score").iloc[-1]
    points = mlflow.MlflowClient().get_metric_history(best.run_id, "mean_test_score")
    print("trees  average precision of", best["tags.mlflow.runName"])
    for point in sorted(points, key=lambda point: point.step):
        print(f"{point.step:5}  {point.value:.3f}")

    model = mlflow.sklearn.load_model(f"runs:/{run.run_id}/model")
    held_out = average_precision_score(y_test, model.predict_proba(X_test)[:, 1])
    print(f"the model of run {run.run_id[:8]}: {held_out:.3f} held out")
    print(f"Look: mlflow ui --backend-store-uri sqlite:///{STORE / 'mlflow.db'}")


if __name__ == "__main__":
    main()
