"""Every search class: overhead, suggestions, quality, memory, resuming."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean, median
from time import process_time
from unittest.mock import patch

from sksearch._search_loop import Search

# Appended: `compare.py` puts the package of another revision first.
sys.path.append(str(Path(__file__).resolve().parents[2]))

NAMES = (
    "BayesSearchCV",
    "HyperbandSearchCV",
    "MultiObjectiveSearchCV",
    "PopulationSearchCV",
    "nested_cross_validate",
)
FEW, MANY = 20, 500  # candidates that begin
MEMBERS = 50  # of a population, each trained nine times


def run(*args, **options):
    """Run a search of a toy; imported late, for asv reads this file to list it."""
    from asv_benchmarks.searches import run

    return run(*args, **options)


@contextmanager
def clocked(function_of: type, name: str) -> Iterator[list[float]]:
    """Collect the CPU seconds of each call of a method."""
    method, seconds = getattr(function_of, name), list[float]()

    def timed(*args):
        begin = process_time()
        found = method(*args)
        seconds.append(process_time() - begin)
        return found

    with patch.object(function_of, name, timed):
        yield seconds


class Overhead:
    """Random candidates whose fits do nothing: all else that a search does."""

    params = NAMES
    param_names = ("search",)
    number = 1
    repeat = 3
    rounds = 1
    timeout = 300
    unit = "ms"

    def time_random_search(self, name):
        run(name, FEW, optimizer="random")

    def track_ms_per_fit(self, name):
        """CPU, median of five searches."""
        found = []
        for _ in range(5):
            begin = process_time()
            searches = run(name, FEW, optimizer="random")
            fits = sum(search.cost_["fits"] for search in searches)
            found.append(1e3 * (process_time() - begin) / fits)
        return median(found)


class Decision:
    """What a class decides by itself: who is next, with which parameters, how far."""

    params = NAMES
    param_names = ("search",)
    timeout = 300
    unit = "ms"

    def track_ms_per_training(self, name):
        """CPU per candidate and rung or generation, proposals and schedule."""
        with clocked(Search, "decide") as seconds:
            searches = run(name, FEW)
        tasks = sum(len(list(search.history_.tasks())) for search in searches)
        return 1e3 * sum(seconds) / tasks


class Quality:
    """Distance of the best from the optimum; of fronts, the volume that is missing."""

    params = NAMES
    param_names = ("search",)
    timeout = 300
    unit = "regret"

    def track_regret(self, name):
        """Mean of three seeds."""
        from asv_benchmarks.searches import regret

        found = [run(name, FEW, random_state=seed) for seed in range(3)]
        return fmean(regret(search) for searches in found for search in searches)


class Memory:
    """What hundreds of random candidates on three folds add to a process's peak."""

    params = NAMES
    param_names = ("search",)
    timeout = 300
    unit = "MB"

    def track_memory(self, name):
        from asv_benchmarks.quality.memory import growth
        from asv_benchmarks.quality.workers import processes
        from asv_benchmarks.searches import run

        size = MEMBERS if name == "PopulationSearchCV" else MANY
        with processes(1) as pool:
            return pool.submit(growth, run, name, size, optimizer="random").result()


class Resume:
    """A search that finds all of its fits in its journal."""

    params = NAMES
    param_names = ("search",)
    number = 1
    repeat = 3
    rounds = 1
    timeout = 300

    def setup(self, name):
        """Run it once."""
        self.folder = tempfile.TemporaryDirectory()
        self.journal = os.path.join(self.folder.name, "search.jsonl")
        run(name, FEW, optimizer="random", journal=self.journal)

    def teardown(self, name):
        """Remove the folder."""
        self.folder.cleanup()

    def time_resume(self, name):
        run(name, FEW, optimizer="random", journal=self.journal)
