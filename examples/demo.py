"""
BayesSearchCV against GridSearchCV and RandomizedSearchCV
=========================================================

Which of 9,857 real loans will go bad? One LightGBM pipeline, tuned three ways with the
same number of fits on the same folds, and judged on loans that no search has seen.

Everything that is random comes from one seed. Random and Bayesian search draw from the
same ranges; the grid has a few usual values within them, and leaves one parameter
alone, as grids must. Run it with ``make demo``.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from matplotlib.figure import Figure
from scipy.stats import loguniform, randint, uniform
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.metrics import average_precision_score
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    train_test_split,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

from sksearch import BayesSearchCV

ROOT = Path(__file__).resolve().parents[1]
FIGURE = ROOT / "build" / "demo.png"
SEED = 0
COLORS = "#999999", "#E69F00", "#0072B2"  # told apart with every kind of colour vision
N_CANDIDATES = 48  # as many as the grid has

PARAM_GRID = {
    "model__learning_rate": [0.01, 0.03, 0.1],
    "model__n_estimators": [100, 300],
    "model__num_leaves": [7, 31],
    "model__min_child_samples": [20, 100],
    "model__colsample_bytree": [0.5, 1.0],
}
PARAM_DISTRIBUTIONS = {
    "model__learning_rate": loguniform(0.005, 0.3),
    "model__n_estimators": randint(20, 401),
    "model__num_leaves": randint(2, 129),
    "model__min_child_samples": randint(1, 301),
    "model__colsample_bytree": uniform(0.2, 0.8),
    "model__reg_lambda": loguniform(1e-3, 1e3),
}


def load_loans():
    """Return 75 % of the loans to search on and 25 % to judge by."""
    table = pd.read_csv(ROOT / "examples" / "data" / "lending_club.csv.gz")
    bad = (table.pop("Class") == "bad").astype(int)
    return train_test_split(table, bad, stratify=bad, random_state=SEED)


def make_pipeline():
    """One pipeline for all; single-threaded fits, as two run side by side."""
    encoder = make_column_transformer(
        (
            OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
            make_column_selector(dtype_exclude="number"),
        ),
        remainder="passthrough",
    )
    model = LGBMClassifier(n_jobs=1, random_state=SEED, verbose=-1)
    pipeline = Pipeline([("encode", encoder), ("model", model)])
    return pipeline.set_output(transform="pandas")


def make_searches():
    """Return the three searches, by name."""
    common = {
        "scoring": "average_precision",
        "cv": StratifiedKFold(5, shuffle=True, random_state=SEED),
        "n_jobs": 2,
    }
    drawn = {"n_iter": N_CANDIDATES, "random_state": SEED}
    return {
        "GridSearchCV": GridSearchCV(make_pipeline(), PARAM_GRID, **common),
        "RandomizedSearchCV": RandomizedSearchCV(
            make_pipeline(), PARAM_DISTRIBUTIONS, **drawn, **common
        ),
        "BayesSearchCV": BayesSearchCV(
            make_pipeline(), PARAM_DISTRIBUTIONS, **drawn, **common
        ),
    }


def standard_error(y_true, y_score, n_resamples=500):
    """Return the bootstrap standard error of the average precision."""
    rng = np.random.default_rng(SEED)
    y_true = np.asarray(y_true)
    rows = rng.integers(len(y_true), size=(n_resamples, len(y_true)))
    return np.std([average_precision_score(y_true[i], y_score[i]) for i in rows])


def run(search, X_train, X_test, y_train, y_test):
    """Fit a search; return its row of the table and its course."""
    start = perf_counter()
    search.fit(X_train, y_train)
    seconds = perf_counter() - start
    held_out = search.predict_proba(X_test)[:, 1]
    course = np.maximum.accumulate(search.cv_results_["mean_test_score"])
    row = {
        "best CV score": search.best_score_,
        "held-out score": average_precision_score(y_test, held_out),
        "+/-": standard_error(y_test, held_out),
        "fits": len(course) * search.n_splits_,
        "seconds": seconds,
    }
    return row, course


def plot(courses, n_splits):
    """Save the best score so far against the number of fits."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    ax = figure.subplots()
    for color, (name, course) in zip(COLORS, courses.items(), strict=True):
        fits = n_splits * np.arange(1, len(course) + 1)
        ax.step(fits, course, where="post", label=name, color=color)
    ax.set_xlabel("fits")
    ax.set_ylabel("best CV average precision so far")
    ax.set_title(f"Bad loans, LightGBM, seed {SEED}")
    ax.legend(loc="lower right")
    FIGURE.parent.mkdir(exist_ok=True)
    figure.savefig(FIGURE, dpi=150)


def main():
    """Run the three searches, print the table, save the figure."""
    data = load_loans()
    print(f"{len(data[0]):,} loans to search on, {len(data[1]):,} held out;", end=" ")
    print(f"{data[3].mean():.1%} of these are bad. Score: average precision.\n")
    rows, courses = {}, {}
    for name, search in make_searches().items():
        print(f"{name} ...", flush=True)
        rows[name], courses[name] = run(search, *data)
    plot(courses, search.n_splits_)
    table = pd.DataFrame.from_dict(rows, orient="index").astype({"fits": int})
    formats = {"seconds": "{:.1f}".format}
    print("\n" + table.to_string(float_format="{:.4f}".format, formatters=formats))
    print("\n'+/-' is the bootstrap standard error of the held-out score.")
    print(f"One seed ({SEED}): the order of the three can differ with another.")
    print(f"Figure: {FIGURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
