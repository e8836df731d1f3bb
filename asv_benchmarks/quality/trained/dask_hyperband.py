"""dask-ml's `HyperbandSearchCV`, in an environment of its own.

With today's releases every `fit` of dask-ml raises. What it runs with is older than
what sksearch needs, which is not imported here. From the root of the repository, when
the targets are in the CSV::

    python -m venv .venv-dask
    .venv-dask/bin/pip install "dask-ml==2024.4.4" "dask[distributed]==2024.8.2" \
        "scikit-learn==1.5.2"
    .venv-dask/bin/python -m asv_benchmarks.quality.trained.dask_hyperband

It tells candidates apart by rows that it holds out itself, a third here. It counts when
it ends, with the score that its best parameters have on the folds of the others.
"""

import argparse
import importlib
import importlib.metadata
import warnings
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from threadpoolctl import threadpool_limits

from asv_benchmarks.quality.timed import records
from asv_benchmarks.quality.timed.goals import Done
from asv_benchmarks.quality.trained.finishes import DASK, Finish, judged, targets
from asv_benchmarks.quality.trained.longer import LONGER, MLP

_FINISHING = Path(__file__).resolve().parents[1] / "finishing.csv"
_FACTOR = 3


def search(target: Finish, client: Any) -> Finish:
    """Run one search to its end; its scheduler and its one worker are threads here."""
    selection = importlib.import_module("dask_ml.model_selection")
    problem, seed = LONGER[target.task], target.seed
    X, y = problem.data()
    estimator = problem.estimator(seed, problem.most)
    made = selection.HyperbandSearchCV(
        estimator,
        problem.space,
        max_iter=problem.most,
        aggressiveness=_FACTOR,
        test_size=1 / 3,
        random_state=seed,
        scoring=problem.scoring,
    )
    wall, cpu = perf_counter(), process_time()
    made.fit(X, y, classes=np.unique(y))
    wall, cpu = perf_counter() - wall, process_time() - cpu
    best = clone(estimator).set_params(**made.best_params_)
    folds, scoring = problem.splits(seed), problem.scoring
    score = float(np.mean(cross_val_score(best, X, y, cv=folds, scoring=scoring)))
    release = importlib.metadata.version("dask-ml")
    return judged(target, DASK, release, [Done(cpu, score)], cpu, wall)


def main() -> None:
    """Run what the CSV lacks."""
    from distributed import Client

    parser = argparse.ArgumentParser(description="Run dask-ml on the digits.")
    parser.add_argument("--seeds", type=int, default=5, help="from 0 up to this many")
    parser.add_argument("--finishing", type=Path, default=_FINISHING)
    options = parser.parse_args()
    done = records.read(options.finishing, Finish)
    there = {each.seed for each in done if each.search == DASK}
    client = Client(
        processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None
    )
    with client, threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed, target in sorted(targets(done, MLP).items()):
            if seed < options.seeds and seed not in there:
                found = search(target, client)
                records.update(options.finishing, Finish, [found])


if __name__ == "__main__":
    main()
