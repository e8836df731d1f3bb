"""A search that is killed goes on from its journal, and ends as if nothing had been."""

import copy
import os
import pickle
import random
import signal
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import joblib
import numpy as np
import pytest
from numpy.testing import assert_equal
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.model_selection import KFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import InvalidParameterError

from asv_benchmarks.reliability import killed
from asv_benchmarks.reliability import searches as child
from asv_benchmarks.reliability.deeds import is_alive, wait_for
from asv_benchmarks.reliability.resuming import (
    finished,
    kill_and_resume,
    reference_of,
    trained,
    without_times,
)
from sksearch.callbacks import Callback
from sksearch.estimators._fingerprints import _of_data, data_name, versions
from sksearch.evaluation import Checkpoints
from sksearch.exceptions import (
    HistoryMismatchError,
    JournalError,
    JournalLockedError,
)
from sksearch.history import History

X, Y = child.X, child.Y
KINDS = ["bayes", "hyperband", "multi"]  # which count in n_iter
ALL = child.CLASSES


@pytest.fixture(scope="module")
def server():
    if not hasattr(os, "fork"):
        pytest.skip("there are no forks")
    with killed.server(ALL) as ask:
        yield ask


@pytest.fixture(scope="module")
def references(tmp_path_factory):
    return {
        name: reference_of(name, tmp_path_factory.mktemp("reference")) for name in ALL
    }


def kill_often(server, reference, folder, name, backend, n_searches):
    n_killed = 0
    for seed in range(n_searches):
        place = folder / str(seed)
        place.mkdir()
        found = kill_and_resume(server, reference, place, name, backend, seed)
        assert found.n_fitted_twice == 0
        assert found.is_same
        assert not found.leaves_checkpoints
        if backend == "sequential" and name != child.NETS:
            # All but the one that ran is there; of nets, those that were one.
            assert found.most_in_flight <= 1
        n_killed += found.n_killed
    assert n_killed > n_searches


@pytest.mark.parametrize(
    "backend", ["sequential", pytest.param("threading", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("name", ALL)
def test_a_killed_search_loses_nothing(server, references, tmp_path, name, backend):
    kill_often(server, references[name], tmp_path, name, backend, 2)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["sequential", "threading"])
@pytest.mark.parametrize("name", ALL)
def test_a_hundred_kills_lose_nothing(server, references, tmp_path, name, backend):
    kill_often(server, references[name], tmp_path, name, backend, 10)


@pytest.mark.slow
def test_nets_that_are_trained_as_one_lose_nothing(tmp_path):
    pytest.importorskip("skorch", reason="skorch is an extra")
    with killed.server([child.NETS]) as ask:
        reference = reference_of(child.NETS, tmp_path)
        kill_often(ask, reference, tmp_path, child.NETS, "sequential", 4)


class Mortal(Callback):
    """Ends its process at the n-th time that a search comes to a place."""

    def __init__(self, place, n):
        self.place = place
        self.left = n

    def come_to(self, place):
        self.left -= place == self.place
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_evaluation(self, history, evaluation):
        self.come_to("after a line")


def run_until(mortal, name, **options):
    """Search in a fork that ends where `mortal` says; return whether it came there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # there are threads
        pid = os.fork()
    if pid == 0:
        warnings.simplefilter("ignore")
        come_to(mortal, child.Counted, "score", "before a line")
        come_to(mortal, child.Counted, "partial_fit", "before training", "the refit")
        come_to(mortal, Checkpoints, "forget", "before a checkpoint is removed")
        search = child.make_search(name, **options)
        search.set_params(callbacks=[mortal]).fit(X, Y)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def come_to(mortal, cls, name, place, of_all_rows=None):
    """Let each call of a method be a place; of this process, a fork."""
    method = getattr(cls, name)

    def with_place(self, *args, **kwargs):
        whole = of_all_rows is not None and len(args[0]) == len(X)
        mortal.come_to(of_all_rows if whole else place)
        return method(self, *args, **kwargs)

    setattr(cls, name, with_place)


PLACES = [
    "before training",
    "before a line",  # and after its checkpoint
    "after a line",
    "before a checkpoint is removed",
    "the refit",
]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ALL)
def test_a_kill_just_there_loses_nothing(references, tmp_path, name, place):
    rng, n = random.Random(f"{name} {place}"), 0
    for number in range(100):
        n += 1 + (place != "the refit") * rng.randrange(25)
        path, log = f"{tmp_path}/{number}.jsonl", f"{tmp_path}/{number}.txt"
        options = {"name": name, "log": log, "journal": path}
        if not run_until(Mortal(place, n), **options):
            break  # it does not come there so often
        before, done = trained(log), finished(path)
        search = child.make_search(**options).fit(X, Y)  # a warning is an error
        assert all(trained(log)[fit] == before[fit] for fit in done)
        assert_equal(without_times(search), references[name].results)
        assert not os.path.exists(f"{path}.checkpoints")
    trains_on = name in {"hyperband", "multi, rungs", "population"}
    assert number > 0 or (place.endswith("removed") and not trains_on)


RUN = f"from {killed.__name__} import run; run({{!r}})"


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_worker_processes_end_with_a_killed_search(references, tmp_path, name):
    path, log = str(tmp_path / "search.jsonl"), str(tmp_path / "fits.txt")
    options = {"name": name, "log": log, "journal": path, "n_jobs": 2, "pause": 0.1}
    code = RUN.format({**options, "backend": "loky"})
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=killed.ROOT)
    assert wait_for(lambda: len(trained(log)) >= 12)
    parent.kill()
    parent.wait()
    workers = [int(file.suffixes[-2][1:]) for file in tmp_path.glob("*.pid")]
    assert len(workers) == 2
    assert wait_for(lambda: not any(map(is_alive, workers)))
    before, done = trained(log), finished(path)
    assert done
    with joblib.parallel_config("threading"):
        search = child.make_search(**options).fit(X, Y)
    assert all(trained(log)[fit] == before[fit] for fit in done)
    assert_equal(without_times(search), references[name].results)


# -- in order ----------------------------------------------------------------------


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "search.jsonl")


def counted(path, **changes):
    """Return a small search on a journal, and where its fits are counted."""
    log = f"{path}.fits"
    search = child.make_search("bayes", log=log, journal=path)
    return search.set_params(n_iter=6, **changes), log


def n_fits(log):
    return sum(trained(log).values())


@pytest.mark.parametrize("name", ALL)
def test_a_finished_journal_costs_one_refit(references, path, name):
    log = f"{path}.fits"
    first = child.make_search(name, log=log, journal=path).fit(X, Y)
    length, n = Path(path).stat().st_size, n_fits(log)
    again = child.make_search(name, log=log, journal=path).fit(X, Y)
    n_refit = getattr(again, "best_resource_", 1)
    assert n_fits(log) == n + n_refit
    assert Path(path).stat().st_size == length
    assert_equal(without_times(first), references[name].results)
    assert_equal(again.cv_results_, first.cv_results_)  # times too
    assert again.best_params_ == first.best_params_


@pytest.mark.parametrize("name", KINDS)
def test_a_larger_n_iter_adds_candidates(path, name):
    log = f"{path}.fits"
    search = child.make_search(name, log=log, journal=path)
    search.set_params(n_iter=9).fit(X, Y)
    before = search.history_.to_json()
    done = finished(path)
    fits = trained(log)
    search.set_params(n_iter=40).fit(X, Y)
    assert len(search.history_.trials) == 40
    assert search.history_.to_json().startswith(before)
    if name != "hyperband":  # where survivors may have to be trained anew
        assert all(trained(log)[fit] == fits[fit] for fit in done)
    assert History.load(path).incumbent() == search.history_.incumbent()


def test_a_smaller_n_iter_shows_all_that_is_there(path):
    counted(path)[0].fit(X, Y)
    search, log = counted(path)
    n = n_fits(log)
    search.set_params(n_iter=2).fit(X, Y)
    assert len(search.cv_results_["params"]) == 6
    assert n_fits(log) == n + 1


def test_on_rungs_n_iter_must_not_fall(path):
    search = child.make_search("hyperband", journal=path).fit(X, Y)
    with pytest.raises(ValueError, match=r"n_iter=3 .* not smaller"):
        search.set_params(n_iter=3).fit(X, Y)


def test_a_search_that_was_ended_goes_on(references, path):
    search = child.make_search("hyperband", journal=path)
    search.set_params(callbacks=[StopAfter(20)]).fit(X, Y)
    assert len(search.history_.records) < 60
    assert Path(f"{path}.checkpoints").exists()
    search.set_params(callbacks=()).fit(X, Y)
    assert_equal(without_times(search), references["hyperband"].results)
    assert not Path(f"{path}.checkpoints").exists()


def test_a_rung_that_ends_with_the_budget_keeps_what_waits(path):
    """Nobody is in training then, and still nobody is trained from the beginning."""
    log = f"{path}.fits"
    search = child.make_search("hyperband", log=log, journal=path)
    search.set_params(scheduler="halving", refit=False, max_fits=3 * 9).fit(X, Y)
    assert search.history_.n_unfinished == 0
    assert search.n_resources_ == [1]
    search.set_params(max_fits=None).fit(X, Y)
    assert max(trained(log).values()) == 1
    assert search.n_candidates_ == [9, 3, 1]
    assert not Path(f"{path}.checkpoints").exists()


def test_what_was_kept_for_a_journal_that_is_gone_is_not_used(references, path):
    search = child.make_search("hyperband", journal=path)
    search.set_params(callbacks=[StopAfter(20)], random_state=1).fit(X, Y)
    os.remove(path)
    Path(f"{path}.checkpoints", "old").touch()
    search.set_params(callbacks=[StopAfter(20)], random_state=0).fit(X, Y)
    assert not Path(f"{path}.checkpoints", "old").exists()
    search.set_params(callbacks=()).fit(X, Y)
    assert_equal(without_times(search), references["hyperband"].results)


class StopAfter(Callback):
    def __init__(self, n):
        self.n = n

    def on_evaluation(self, history, evaluation):
        return len(history) >= self.n


def test_an_error_that_is_raised_costs_nothing_that_was_done(path):
    search, _ = counted(path, error_score="raise", estimator=Breaks(f"{path}.ok"))
    with pytest.raises(RuntimeError, match="broken"):
        search.fit(X, Y)
    n = len(finished(path))
    assert n
    Path(f"{path}.ok").touch()
    search.fit(X, Y)
    assert len(search.history_.observed()) == 6


class Breaks(child.Counted):
    """Raises from its third fit on, until a file says that it is mended."""

    def __init__(self, mended=None, x=0.5, kind="a", log=None, pause=0.0):
        super().__init__(x, kind, log, pause)
        self.mended = mended

    def fit(self, X, y):
        handle = os.open(f"{self.mended}.n", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, b"1")
        os.close(handle)
        if os.stat(f"{self.mended}.n").st_size > 3 and not Path(self.mended).exists():
            raise RuntimeError("broken")
        return super().fit(X, y)


def test_without_a_random_state_the_journal_has_one(path):
    search, log = counted(path, random_state=None)
    first = search.fit(X, Y)
    again, _ = counted(path, random_state=None)
    n = n_fits(log)
    again.set_params(n_iter=8).fit(X, Y)
    assert n_fits(log) == n + 3 * 2 + 1
    assert again.history_.seed == first.history_.seed


def test_clones_and_pickles_stay_searches(path):
    search, log = counted(path)
    fitted = search.fit(X, Y)
    n = n_fits(log)
    for each in (clone(fitted), pickle.loads(pickle.dumps(fitted)), copy.copy(fitted)):
        each.fit(X, Y)
        n += 1
        assert n_fits(log) == n
        assert_equal(without_times(each), without_times(fitted))
    assert pickle.loads(pickle.dumps(fitted)).history_.sink is None


def test_a_history_may_be_pickled_while_it_is_written(path):
    search, _ = counted(path)
    search.set_params(callbacks=[PickleHistory()]).fit(X, Y)


class PickleHistory(Callback):
    def on_evaluation(self, history, evaluation):
        assert pickle.loads(pickle.dumps(history)).sink is None
        assert history.sink is not None


def both(estimator, X, y):
    """Return two scores, which only calling tells."""
    return {"plain": estimator.score(X, y), "small": -estimator.x}


BRANCHES = [
    {"kind": ["a"], "x": (0.1, 0.5)},
    {"kind": ["b", np.str_("c")], "x": [0.3, np.float32(0.5), 1]},
]
OPTIONS = {
    "fold_stopping": ("bayes", {"fold_stopping": True, "n_iter": 25}),
    "train scores": ("bayes", {"return_train_score": True, "seed_fits": True}),
    "branches": ("bayes", {"param_distributions": BRANCHES, "optimizer": "tpe"}),
    "grid": ("bayes", {"param_distributions": {"x": [0.1, None, 2], "kind": ["a"]}}),
    "bounds": ("bayes", {"score_constraints": {"score": -0.1}}),
    "asha": ("hyperband", {"scheduler": "asha", "n_iter": 12}),
    "rows": ("hyperband", {"resource": "n_samples", "max_resources": "auto"}),
    "rungs": ("multi", {"scheduler": "hyperband", "max_resources": 9, "n_iter": 12}),
    "callable": ("multi", {"scoring": both}),
}


@pytest.mark.filterwarnings("ignore:.*cannot be read.*")  # its checkpoints are gone
@pytest.mark.filterwarnings("ignore:Scoring failed")  # of None
@pytest.mark.filterwarnings("ignore:.*are non-finite")
@pytest.mark.parametrize("option", OPTIONS)
def test_with_all_options_it_goes_on_from_anywhere(path, option):
    name, changes = OPTIONS[option]
    plain = child.make_search(name).set_params(**changes).fit(X, Y)
    search = child.make_search(name, journal=path).set_params(**changes).fit(X, Y)
    lines = Path(path).read_bytes().splitlines(keepends=True)
    rng = random.Random(option)
    for length in [len(lines), *(rng.randrange(len(lines)) for _ in range(3))]:
        Path(path).write_bytes(b"".join(lines[:length]))
        search.fit(X, Y)
        assert_equal(without_times(search), without_times(plain))
        assert_equal(search.best_params_, plain.best_params_)


@pytest.mark.filterwarnings("ignore:.*cannot be read.*")  # its checkpoints are gone
@pytest.mark.parametrize("name", ALL)
def test_other_workers_go_on_to_the_same(references, path, name):
    child.make_search(name, journal=path).fit(X, Y)
    lines = Path(path).read_bytes().splitlines(keepends=True)
    Path(path).write_bytes(b"".join(lines[: random.Random(name).randrange(len(lines))]))
    with ThreadPoolExecutor(2) as executor:
        search = child.make_search(name, journal=path).set_params(executor=executor)
        search.fit(X, Y)
    assert_equal(without_times(search), references[name].results)


# -- whose it is -------------------------------------------------------------------


CHANGES = {
    "estimator pause": {"estimator__pause": 1e-6},
    "estimator": {"estimator": Breaks()},
    "space": {"param_distributions": {"x": (0.0, 2.0)}},
    "constraint": {"param_constraint": child.allowed},
    "scoring": {"scoring": child.plain_score},
    "seed": {"random_state": 1},
    "splits": {"cv": KFold(3, shuffle=True, random_state=0)},
    "n_splits": {"cv": 2},
    "score_constraints": {"score_constraints": {"score": 0.5}},
    "return_train_score": {"return_train_score": True},
    "seed_fits": {"seed_fits": True},
    "finalize": {"finalize": copy.copy},
}


@pytest.mark.parametrize("field", CHANGES)
def test_another_search_is_refused_by_name(path, field):
    counted(path)[0].fit(X, Y)
    content = Path(path).read_bytes()
    search, _ = counted(path)
    field = {"n_splits": "splits", "constraint": "space"}.get(field, field)
    with pytest.raises(HistoryMismatchError, match=f"its {field} is "):
        search.set_params(**CHANGES[field]).fit(X, Y)
    assert Path(path).read_bytes() == content


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("X", (X + 0.5, Y)),
        ("X", (X[:-3], Y[:-3])),
        ("y", (X, 1 - Y)),
    ],
)
def test_other_data_are_refused(path, field, data):
    counted(path)[0].fit(X, Y)
    with pytest.raises(
        HistoryMismatchError, match=f"its {field} is .*hash.* is .*hash"
    ):
        counted(path)[0].fit(*data)


@pytest.mark.parametrize(
    "change", [{"factor": 2}, {"max_resources": 5}, {"scheduler": "asha"}]
)
def test_other_rungs_are_refused(path, change):
    search = child.make_search("hyperband", journal=path).fit(X, Y)
    with pytest.raises(HistoryMismatchError, match="its rungs is"):
        search.set_params(**change).fit(X, Y)


@pytest.mark.parametrize(
    "change",
    [
        {"n_jobs": 2},
        {"max_time": 100.0},
        {"verbose": 0},
        {"refit": False},
        {"optimizer": "random"},
        {"max_pending": 4},
    ],
)
def test_what_only_continues_otherwise_is_allowed(path, change):
    counted(path)[0].fit(X, Y)
    with joblib.parallel_config("threading"):
        search = counted(path)[0].set_params(n_iter=8, **change).fit(X, Y)
    assert len(search.history_.trials) == 8


def test_equal_data_are_equal_however_they_lie(path):
    pandas = pytest.importorskip("pandas", reason="pandas is an extra")
    search, log = counted(path)
    search.fit(X, Y)
    n = n_fits(log)
    for same in (np.asfortranarray(X), np.repeat(X, 2, axis=0)[::2]):
        counted(path)[0].fit(same, Y)
        n += 1
        assert n_fits(log) == n
    frame = pandas.DataFrame({"a": X[:, 0], "b": list("ab" * 12)}, index=range(5, 29))
    data = [frame, frame.copy(), pickle.loads(pickle.dumps(frame)), frame[["a", "b"]]]
    data.append(frame.reset_index(drop=True))
    facts = [_of_data(each) for each in data]
    assert all(fact == facts[0] for fact in facts)
    assert _of_data(frame[["b", "a"]]) != facts[0]
    assert _of_data(frame.assign(a=0.0)) != facts[0]
    one, other = (csr_matrix(X * s) for s in (1, 1))
    assert _of_data(one) == _of_data(other) != _of_data(csr_matrix(X * 2))


HASHED_IN_ANOTHER_PROCESS = """
import numpy, pandas, torch
from sksearch.estimators._fingerprints import _of_data, _of_estimator, _of_value
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC
frame = pandas.DataFrame({
    "text": ["a" + "b" * i for i in range(5)],
    "category": pandas.Categorical(list("xyxyx")),
    "date": pandas.date_range("2020", periods=5),
    "missing": pandas.array([1, None, 3, 4, 5], dtype="Int64"),
    "mixed": [None, "x", 1, 2.5, numpy.nan],
})
tensor = torch.arange(10.0).reshape(5, 2)
data = [frame, frame["category"], tensor, {"a": tensor}, [tensor], list(frame["text"])]
model = make_pipeline(FunctionTransformer(lambda x: x), SVC(class_weight={0: 1, 1: 2}))
facts = [_of_data(each) for each in data] + list(_of_estimator(model).values())
print([fact["hash"] for fact in [*facts, _of_value({"a", "b"})]])
"""


@pytest.mark.slow
def test_hashes_are_those_of_another_process():
    pytest.importorskip("torch", reason="torch is an extra")
    pytest.importorskip("pandas", reason="pandas is an extra")
    command = [sys.executable, "-c", HASHED_IN_ANOTHER_PROCESS]
    found = [
        subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in "12"
    ]
    assert found[0] == found[1]
    assert found[0].count(",") > 15
    assert "None," not in found[0]


def test_versions_are_those_of_what_is_used():
    found = versions(make_pipeline(StandardScaler(), child.Counted()))
    assert set(found) == {"python", "numpy", "scikit-learn", "sksearch"}
    lightgbm = pytest.importorskip("lightgbm", reason="lightgbm is an extra")
    found = versions(make_pipeline(lightgbm.LGBMClassifier()))
    assert found["lightgbm"] == lightgbm.__version__


def test_what_has_no_hash_is_not_compared(path):
    class Fresh:
        def __reduce__(self):
            return bytes, (os.urandom(8),)

    for data in (Fresh(), lambda: 0):
        assert _of_data(data)["hash"] is None
    assert data_name({n: {"hash": "1"} for n in ("X", "y", "splits")})
    with pytest.raises(ValueError, match="Pass a file"):
        data_name({n: {"hash": None} for n in ("X", "y", "splits")})


def test_the_second_search_at_once_gets_an_error(path):
    class Second(Callback):
        def on_evaluation(self, history, evaluation):
            with pytest.raises(JournalLockedError, match="Another search writes"):
                counted(path)[0].fit(X, Y)

    search, _ = counted(path)
    search.set_params(callbacks=[Second()], n_iter=1).fit(X, Y)
    counted(path)[0].fit(X, Y)


# -- folders -----------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_folder_has_a_file_for_each_outer_fold(tmp_path, n_jobs):
    folder = tmp_path / "journals"
    log = str(tmp_path / "fits.txt")
    search = child.make_search("bayes", log=log, journal=f"{folder}/")
    search.set_params(n_iter=4)
    with joblib.parallel_config("threading", n_jobs=n_jobs):
        first = cross_validate(search, X, Y, cv=3)
        files = sorted(folder.iterdir())
        n = n_fits(log)
        again = cross_validate(search, X, Y, cv=3)
    assert len(files) == 3
    assert sorted(folder.iterdir()) == files
    assert n_fits(log) == n + 3  # refits
    assert_equal(again["test_score"], first["test_score"])
    assert n == 3 * (4 * 3 + 1)


def test_a_file_is_one_search_also_where_searches_nest(path):
    search, _ = counted(path)
    with pytest.raises(HistoryMismatchError, match="folder/"):
        cross_validate(search, X, Y, cv=3, error_score="raise")


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    search = child.make_search("bayes", journal=f"{tmp_path}/file/")
    with pytest.raises(JournalError, match=r"journal='.*file/'.*cannot be made: "):
        search.fit(X, Y)


def test_a_journal_is_a_path():
    search, _ = counted("search.jsonl")
    with pytest.raises(InvalidParameterError, match="journal"):
        search.set_params(journal=3).fit(X, Y)


def test_a_path_object_is_taken(tmp_path):
    search, _ = counted(str(tmp_path / "a"))
    search.set_params(journal=tmp_path / "a.jsonl").fit(X, Y)
    assert History.load(tmp_path / "a.jsonl", search.history_.space).to_json() == (
        search.history_.to_json()
    )
