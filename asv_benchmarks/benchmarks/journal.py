"""What a journal costs: milliseconds per evaluation, and bytes."""

import os
import random
import tempfile
from contextlib import closing
from statistics import median
from time import perf_counter

from sksearch._journal import Journal
from sksearch._search_loop import Search, run_search
from sksearch.evaluation import SerialExecutor
from sksearch.history import Evaluation, History
from sksearch.optimizers import Random
from sksearch.schedulers import FullEvaluation
from sksearch.space import Categorical, Integer, Real, SearchSpace

SPACE = {
    "learning_rate": Real(1e-4, 1.0, prior="log-uniform"),
    "subsample": Real(0.1, 1.0),
    "depth": Integer(1, 20),
    "leaves": Integer(2, 256, prior="log-uniform"),
    "booster": Categorical(["gbtree", "dart", "goss"]),
}
FACTS = {"space": {"text": "", "hash": ""}}


def evaluate(fit):
    """Return a result at once, with the digits that times and scores have."""
    rng = random.Random(repr(fit.key))
    times = {"fit_time": rng.random(), "score_time": rng.random()}
    scores = {"score": rng.random()}
    return Evaluation(*fit.key, scores, **times, started=rng.random(), n_test=100)


class LastFirst(SerialExecutor):
    """Hands back ten in the wrong order: nearly all come before their turn."""

    def __init__(self):
        super().__init__(evaluate)
        self.fits = []

    @property
    def n_running(self):
        """How many fits were taken."""
        return len(self.fits)

    def feed(self, waiting):
        """Take up to ten."""
        while waiting and len(self.fits) < 10:
            self.fits.append(waiting.popleft())

    def collect(self):
        """Run the last one."""
        return [evaluate(self.fits.pop())]


def run(n_trials, path, in_order):
    """Run a search of five folds whose fits take no time."""
    history = History(SearchSpace(SPACE), seed=0, n_splits=5)
    search = Search(history, Random(), FullEvaluation(n_trials), 10)
    executor = SerialExecutor(evaluate) if in_order else LastFirst()
    if path is None:
        run_search(search, executor)
        return
    with closing(Journal(path)) as journal:
        journal.begin(history, FACTS, {})
        run_search(search, executor, journal=journal)


def seconds(*args):
    """Return how long one run takes."""
    start = perf_counter()
    run(*args)
    return perf_counter() - start


class JournalOfLoop:
    """n trials x 5 folds, evaluator faked, with and without a journal."""

    params = ((100, 1000), (True, False))
    param_names = ("n_trials", "in_order")
    number = 1
    timeout = 300

    def setup(self, n_trials, in_order):
        """Make a folder, and a journal to be read."""
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "search.jsonl")
        run(n_trials, self.path, in_order)

    def teardown(self, n_trials, in_order):
        """Remove the folder."""
        self.folder.cleanup()

    def track_ms_per_evaluation(self, n_trials, in_order):
        """Median difference of five pairs of runs; the aim is at most 0.2."""
        extra = []
        for number in range(5):
            path = os.path.join(self.folder.name, f"{number}.jsonl")
            extra.append(
                seconds(n_trials, path, in_order) - seconds(n_trials, None, in_order)
            )
        return 1e3 * median(extra) / (5 * n_trials)

    track_ms_per_evaluation.unit = "ms"

    def track_bytes_per_evaluation(self, n_trials, in_order):
        return os.stat(self.path).st_size / (5 * n_trials)

    track_bytes_per_evaluation.unit = "bytes"

    def time_to_read_it(self, n_trials, in_order):
        History.load(self.path, SearchSpace(SPACE))
