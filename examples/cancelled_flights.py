"""
Trees that are added: HyperbandSearchCV on cancelled flights
============================================================

Which flights from New York will be cancelled? One in forty of 24,000 is, so that scores
are average precisions. A pipeline with LightGBM is searched three ways; what is trained
is counted in trees, on each fold. `RandomizedSearchCV` and `HalvingRandomSearchCV` fit
every candidate from its first tree, `HyperbandSearchCV` adds to the trees that are
there.
Needs the extra lightgbm, and pandas.
"""

from pathlib import Path
from time import perf_counter

import pandas as pd
from lightgbm import LGBMClassifier
from scipy.stats import loguniform, randint, uniform
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.metrics import average_precision_score
from sklearn.model_selection import (
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    train_test_split,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

from sksearch import HyperbandSearchCV

DATA = Path(__file__).resolve().parent / "data" / "cancelled_flights.csv.gz"
MOST_TREES, FEWEST_TREES, N_CANDIDATES = 81, 3, 49
TREES = "model__n_estimators"
SPACE = {
    "model__learning_rate": loguniform(0.01, 0.5),
    "model__num_leaves": randint(2, 64),
    "model__min_child_samples": randint(5, 300),
    "model__colsample_bytree": uniform(0.3, 0.7),
    "model__reg_lambda": loguniform(1e-3, 1e2),
    "model__is_unbalance": [True, False],
}


def load_flights():
    """Return flights to search on, and flights to judge by."""
    table = pd.read_csv(DATA)
    cancelled = table.pop("cancelled")
    return train_test_split(table, cancelled, stratify=cancelled, random_state=0)


def make_pipeline():
    """Texts become numbers, missing weather stays missing."""
    encode = make_column_transformer(
        (
            OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
            make_column_selector(dtype_exclude="number"),
        ),
        remainder="passthrough",
    )
    model = LGBMClassifier(
        n_estimators=MOST_TREES, n_jobs=1, random_state=0, verbose=-1
    )
    pipeline = Pipeline([("encode", encode), ("model", model)])
    return pipeline.set_output(transform="pandas")


def searches():
    """Return the three searches, each with as many candidates."""
    common = {"scoring": "average_precision", "cv": 3, "random_state": 0}
    halving = HalvingRandomSearchCV(
        make_pipeline(),
        SPACE,
        n_candidates=N_CANDIDATES,
        resource=TREES,
        min_resources=FEWEST_TREES,
        max_resources=MOST_TREES,
        **common,
    )
    return [
        RandomizedSearchCV(make_pipeline(), SPACE, n_iter=N_CANDIDATES, **common),
        halving,
        HyperbandSearchCV(make_pipeline(), SPACE, min_resources=FEWEST_TREES, **common),
    ]


def trees_trained(search):
    """Return how many trees a search has trained on each fold."""
    if hasattr(search, "metadata_"):
        return search.metadata_["total_resources"]
    fitted = search.cv_results_.get("n_resources")
    n_candidates = len(search.cv_results_["params"])
    return n_candidates * MOST_TREES if fitted is None else int(sum(fitted))


def main():
    """Print a row for each search."""
    X_train, X_test, y_train, y_test = load_flights()
    for search in searches():
        begin = perf_counter()
        search.fit(X_train, y_train)
        seconds = perf_counter() - begin
        begin = perf_counter()
        scores = search.predict_proba(X_test)[:, 1]
        per_row = 1e6 * (perf_counter() - begin) / len(X_test)
        print(
            f"{type(search).__name__:22} {trees_trained(search):5} trees on each fold, "
            f"{seconds:4.0f} s, CV {search.best_score_:.3f}, held out "
            f"{average_precision_score(y_test, scores):.3f}, "
            f"{per_row:.1f} microseconds to predict a flight"
        )


if __name__ == "__main__":
    main()
