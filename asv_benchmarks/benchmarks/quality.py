"""How near to the best a short search ends, and what long searches cost."""

import sys
from pathlib import Path

# Appended: `compare.py` puts the package of another revision first.
sys.path.append(str(Path(__file__).resolve().parents[2]))

N_CANDIDATES, N_LATE = 2000, 20


class Regret:
    """Mean normalised regret over five seeds, on tasks of the choosing halves."""

    params = (
        "blood_transfusion",
        "phoneme",
        "protein_structure",
        "imagenet",
        "mixint-f3-d5",
        "mixint-f24-d10",
        "svc_cells",
        "hgb_churn",
    )
    param_names = ("task",)
    timeout = 300
    unit = "regret"

    def setup(self, task):
        """Read the problem; asv skips what is not installed."""
        from asv_benchmarks.quality.problems import load

        try:
            self.space = load(task).space
        except ModuleNotFoundError as error:
            raise NotImplementedError(str(error)) from error

    def track_regret_32(self, task):
        from asv_benchmarks.quality.methods import OURS
        from asv_benchmarks.quality.runs import run

        return sum(run(OURS, task, seed, 32).regret(32) for seed in range(5)) / 5


class Suggestion:
    """Process CPU per suggestion on ten mixed parameters, after n random points."""

    params = (50, 100, 500)
    param_names = ("n",)
    timeout = 300
    unit = "ms"

    def track_suggestion(self, n):
        """Mean of twenty; the aims are 15, 25 and 100."""
        from asv_benchmarks.quality.methods import OURS
        from asv_benchmarks.quality.suggestions import after_random_points

        return after_random_points(OURS, n, seed=0)


class Memory:
    """What a search of 2,000 candidates x 5 folds adds to the peak of its process."""

    timeout = 300
    unit = "MB"

    def track_memory(self):
        """The model makes the last twenty proposals only; the aim is 200."""
        from asv_benchmarks.quality.memory import LateModel, peak
        from asv_benchmarks.quality.workers import processes

        with processes(1) as pool:
            late = LateModel(N_CANDIDATES - N_LATE)
            return pool.submit(peak, N_CANDIDATES, late).result()


class Racing:
    """What fold racing spares of the fits of 50 trials, one worker, five seeds."""

    params = ("svc_cells", "hgb_churn", "knn_flavia", "linear_diabetes")
    param_names = ("task",)
    timeout = 300
    unit = "share"

    def track_spared_fits(self, task):
        from asv_benchmarks.quality.racing import Plan, race

        found = [race(task, seed, Plan(50, 0, 1), 1) for seed in range(5)]
        return 1.0 - sum(r.fits for r in found) / sum(5 * r.trials for r in found)


class Hypervolume:
    """Share of the best volume after 50 evaluations, mean of three seeds."""

    params = ("zdt2", "dtlz2-m3")
    param_names = ("task",)
    timeout = 300
    unit = "share"

    def track_hypervolume(self, task):
        from asv_benchmarks.quality.multi.methods import OURS
        from asv_benchmarks.quality.multi.runs import run

        return sum(run(OURS, task, seed, 50).volume_50 for seed in range(3)) / 3


class SuggestionOfSeveral:
    """Process CPU per suggestion around the hundredth, by objectives."""

    params = (2, 3)
    param_names = ("objectives",)
    timeout = 300
    unit = "ms"

    def track_suggestion(self, objectives):
        """Mean of twenty; the aims are 40 and 150."""
        from asv_benchmarks.quality.multi.methods import OURS
        from asv_benchmarks.quality.multi.runs import run

        return run(OURS, f"dtlz2-m{objectives}", 0, 100).cpu_100
