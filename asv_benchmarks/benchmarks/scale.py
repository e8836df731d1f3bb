"""What the parent does beside its suggestions in searches of 10,000 candidates."""

from statistics import median

import numpy as np

from sksearch.optimizers import Random, Sobol
from sksearch.schedulers import ASHA, FullEvaluation
from sksearch.testing import simulate

N_TRIALS, N_WORKERS = 10_000, 64
SPACE = {
    "rate": (1e-4, 1.0, "log-uniform"),
    "share": (0.1, 1.0),
    "depth": range(1, 21),
    "kind": ["a", "b", "c"],
}
SCHEDULERS = {
    "full": FullEvaluation,
    "asha": lambda n_trials: ASHA((1, 3, 9, 27, 81), 3, n_trials),
}


def drawn(fit):
    """Return a score and 2 to 20 seconds that depend on nothing but the fit."""
    rng = np.random.default_rng(fit.key)
    return rng.normal(), 2.0 * 10.0 ** rng.random()


def simulated(optimizer, scheduler, n_splits):
    """Run a search on 64 workers that do not exist; only its parent is real."""
    return simulate(
        SPACE,
        optimizer,
        SCHEDULERS[scheduler](N_TRIALS),
        drawn,
        n_workers=N_WORKERS,
        n_splits=n_splits,
        max_pending=1000,
        asynchronous=True,
    )


class Parent:
    """CPU of the parent for each task, by scheduler and number of folds."""

    params = (tuple(SCHEDULERS), (1, 5))
    param_names = ("scheduler", "n_splits")
    timeout = 300

    def track_ms_per_task(self, scheduler, n_splits):
        """Median of three runs; the aim is below 1 in full."""
        runs = [simulated(Random(), scheduler, n_splits) for _ in range(3)]
        return 1e3 * median(run.keeping_per_task for run in runs)

    track_ms_per_task.unit = "ms"

    def track_sobol_ms_per_suggestion(self, scheduler, n_splits):
        """Return what a point of the sequence takes."""
        found = simulated(Sobol(), scheduler, n_splits)
        return 1e3 * found.suggesting / N_TRIALS

    track_sobol_ms_per_suggestion.unit = "ms"
