"""What watches the checkpoints sees all that counts, and does not look all the time."""

import os

import pytest

from sksearch.estimators._sweep import Sweep, SweepGenerations
from sksearch.evaluation import Checkpoints, Fit
from sksearch.exceptions import CheckpointSpaceError
from sksearch.history import Evaluation, History, Task, Trial
from sksearch.schedulers import Bracket, Hyperband, Population
from sksearch.space import SearchSpace


class Looking(Checkpoints):
    """Counts the files that it looks at."""

    n_looked = 0

    def n_bytes(self):
        Looking.n_looked += len(os.listdir(self.folder))
        return super().n_bytes()


def run(folder, n_trials, most_bytes=10**9):
    """Let the trials of one rung end one after the other."""
    Looking.n_looked = 0
    checkpoints, seen = Looking(str(folder), most_bytes), []
    scheduler = Hyperband([Bracket((1, 3), (n_trials + 1, 1))])  # never full
    sweep = Sweep(checkpoints, scheduler, seen.append)
    history = History(SearchSpace({"x": (0.0, 1.0)}), seed=0, n_splits=1)
    sweep.on_search_begin(history)
    for number in range(n_trials):
        trial = Trial(number, {"x": 0.5}, 1, tags={"bracket": 0})
        history.record(trial)
        checkpoints.save(Fit(trial, 1, fold=0), number)
        result = Evaluation(number, 1, fold=0, scores={"score": float(number)})
        history.record(result)
        sweep.on_evaluation(history, result)
    return seen


def test_few_files_are_looked_at_after_each_result(tmp_path):
    seen = run(tmp_path, 20)
    assert len(seen) == 20
    assert seen == sorted(set(seen))


@pytest.mark.parametrize("n_trials", [100, 400])
def test_what_is_looked_at_grows_as_the_results_do(n_trials, tmp_path):
    seen = run(tmp_path, n_trials)
    assert Looking.n_looked < 40 * n_trials  # each time all: half of n_trials^2
    assert seen[-1] > 0.9 * sum(path.stat().st_size for path in tmp_path.iterdir())


def test_a_full_folder_is_found_among_many_files(tmp_path):
    with pytest.raises(CheckpointSpaceError, match="max_checkpoint_bytes=2,000"):
        run(tmp_path, 400, most_bytes=2000)
    found = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert 2000 < found < 2200


@pytest.mark.parametrize("size", [100, 400])
def test_of_a_large_population_the_files_are_not_looked_at_all_the_time(size, tmp_path):
    Looking.n_looked = 0
    checkpoints, seen = Looking(str(tmp_path), 10**9), []
    scheduler = Population([1, 2, 3], size)
    sweep = SweepGenerations(checkpoints, scheduler, seen.append)
    history = History(SearchSpace({"x": (0.0, 1.0)}), seed=0, n_splits=1)
    for resource in (1, 2, 3):
        for number in range(size):
            if resource == 1:
                history.record(Trial(number, {"x": 0.5}, 1, tags={"member": number}))
            else:
                history.record(Task(number, resource))
            fit = Fit(history.trials[number], resource, fold=0)
            checkpoints.save(fit, number)
            scores = {"score": float(number)}
            result = Evaluation(number, resource, fold=0, scores=scores)
            history.record(result)
            sweep.on_evaluation(history, result)
    assert Looking.n_looked < 3 * 40 * size
    left = {path.name.rpartition("-")[2] for path in tmp_path.iterdir()}
    assert left <= {"2.pkl", "3.pkl"}
