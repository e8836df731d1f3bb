"""Laws of the journal: any prefix goes on to the same log; all else is refused."""

import collections
import contextlib
import copy
import errno
import itertools
import json
import os
import pickle
import random
import signal
import subprocess
import sys
import warnings
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sksearch._file_lock
from asv_benchmarks.reliability.harms import HARMS, HOSTILE, made_up, recorded
from sksearch._interrupt import Interrupt
from sksearch._journal import Journal
from sksearch._log_lines import packed, read_log
from sksearch._search_loop import Search, run_search
from sksearch.exceptions import (
    HistoryMismatchError,
    JournalError,
    JournalLockedError,
    JournalWarning,
)
from sksearch.history import Evaluation, History, Trial
from sksearch.optimizers import TPE, Bayesian, Random
from sksearch.schedulers import FoldRacing, FullEvaluation, Hyperband, bracket_plan
from sksearch.space import SearchSpace

SPACE = SearchSpace({"x": (0.0, 1.0), "k": ["a", None, len]})
FACTS = {"space": {"text": repr(SPACE), "hash": SPACE.fingerprint}}
VERSIONS = {"numpy": "2"}


class Shuffled:
    """Runs fits in any order, and counts them."""

    def __init__(self, seed=None, n_slots=4, n_fits=10**9):
        self.rng = random.Random(seed)
        self.in_order = seed is None
        self.n_slots = n_slots
        self.n_fits = n_fits
        self.running = []
        self.done = []

    @property
    def n_running(self):
        return len(self.running)

    def feed(self, waiting):
        while waiting and len(self.running) < self.n_slots:
            self.running.append(waiting.popleft())

    def collect(self):
        if len(self.done) >= self.n_fits:
            signal.raise_signal(signal.SIGINT)
        if not self.in_order:
            self.rng.shuffle(self.running)
        n = 1 if self.in_order else self.rng.randint(1, len(self.running))
        batch, self.running = self.running[:n], self.running[n:]
        self.done += [fit.key for fit in batch]
        return [evaluate(fit) for fit in batch]

    def drain(self):
        return []

    def close(self):
        pass


def evaluate(fit):
    number = zlib.crc32(repr((fit.key, fit.trial.params["x"])).encode())
    failed = number % 11 == 0
    score = float("nan") if failed else 0.1 * fit.fold - fit.trial.params["x"] ** 2
    return Evaluation(
        *fit.key,
        scores={"score": score},
        fit_time=0.5,
        score_time=0.0,
        status="failed" if failed else "ok",
        error="Traceback:\n  ÿ" if failed else None,
        started=1.0,
    )


def new_search(optimizer=None, scheduler=None, racing=None):
    history = History(SPACE, seed=5, n_splits=3)
    scheduler = scheduler or FullEvaluation(10)
    return Search(history, optimizer or Random(), scheduler, 3, racing)


SEARCHES = {
    "full": new_search,
    "model": lambda: new_search(Bayesian()),
    "racing": lambda: new_search(TPE(), FullEvaluation(19), FoldRacing(risk=0.3)),
    "rungs": lambda: new_search(None, Hyperband(bracket_plan((1, 3), 3, 8))),
}


def run(path, search, executor=None, **options):
    """Run a search on its journal; return what was evaluated."""
    executor = executor or Shuffled()
    journal = Journal(str(path))
    try:
        journal.begin(search.history, FACTS, VERSIONS)
        run_search(search, executor, journal=journal, **options)
    finally:
        journal.close()
    return executor.done


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Of each search: the lines of a journal, and the log."""
    found = {}
    for name, make in SEARCHES.items():
        path = tmp_path_factory.mktemp("journal") / "search.jsonl"
        search = make()
        run(path, search, Shuffled(seed=1))
        lines = path.read_bytes().splitlines(keepends=True)
        found[name] = lines, search.history.to_json()
    return found


def results_in(lines):
    """Which fits the lines have results of."""
    found = set()
    for line in map(json.loads, lines):
        fields = line.get("early") or line.get("evaluation")
        if fields and fields["status"] != "skipped":
            found.add((fields["trial_id"], fields["resource"], fields["fold"]))
    return found


def test_the_searches_have_what_they_are_to_test(finished):
    kinds = collections.Counter()
    for lines, _ in finished.values():
        kinds.update(list(json.loads(line))[-1] for line in lines)
    assert set(kinds) == {"journal", "trial", "task", "evaluation", "early", "turn"}
    assert min(kinds["early"], kinds["turn"]) > 50
    skipped = [line for line in finished["racing"][0] if b"skipped" in line]
    assert len(skipped) > 1


@pytest.mark.parametrize("seed", [None, 7])
@pytest.mark.parametrize("name", SEARCHES)
def test_cut_after_any_line_it_goes_on_to_the_same_log(tmp_path, finished, name, seed):
    lines, log = finished[name]
    for length in range(len(lines) + 1):
        path = tmp_path / f"{length}.jsonl"
        path.write_bytes(b"".join(lines[:length]))
        search = SEARCHES[name]()
        evaluated = run(path, search, Shuffled(seed))
        assert search.history.to_json() == log
        assert len(set(evaluated)) == len(evaluated)
        assert not set(evaluated) & results_in(lines[:length])
        assert History.load(path, SPACE).to_json() == log


@pytest.mark.parametrize("name", SEARCHES)
def test_what_came_before_its_turn_is_in_the_file_at_once(tmp_path, name):
    """At every moment at which somebody could kill the search."""
    path = tmp_path / "search.jsonl"

    class Reading(Shuffled):
        def collect(self):
            written = results_in(path.read_bytes().splitlines())
            skipped = {k for k in self.done if k not in written}
            assert all(is_skipped(*key) for key in skipped)
            return super().collect()

    def is_skipped(trial_id, resource, fold):
        return search.history.evaluations(trial_id, resource)[fold].status == "skipped"

    search = SEARCHES[name]()
    run(path, search, Reading(seed=3))


@pytest.mark.parametrize("n_fits", [1, 4, 11, 20])
def test_ctrl_c_keeps_everything_and_changes_no_order(tmp_path, finished, n_fits):
    """What is shown out of turn stands in the file as what waits for its turn."""
    path = tmp_path / "search.jsonl"
    search = new_search()
    with Interrupt() as interrupt:
        executor = Shuffled(seed=n_fits, n_fits=n_fits)
        done = run(path, search, executor, interrupt=interrupt)
    shown = [r for r in search.history.records if isinstance(r, Evaluation)]
    assert len(shown) == len(done)
    again = new_search()
    assert not set(run(path, again)) & set(done)
    assert again.history.to_json() == finished["full"][1]


def test_asynchronous_results_are_all_kept(tmp_path, finished):
    whole = tmp_path / "whole.jsonl"
    run(whole, new_search(), Shuffled(seed=2), asynchronous=True)
    lines = whole.read_bytes().splitlines(keepends=True)
    for length in range(len(lines)):
        path = tmp_path / f"{length}.jsonl"
        path.write_bytes(b"".join(lines[:length]))
        search = new_search()
        evaluated = run(path, search, Shuffled(seed=length), asynchronous=True)
        assert not set(evaluated) & results_in(lines[:length])
        assert search.history.n_unfinished == 0
        assert len(search.history.trials) == 10


# -- corruption --------------------------------------------------------------------


def refused(path, search):
    try:
        run(path, search)
    except JournalError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_broken_file_is_refused_or_goes_on_correctly(
    tmp_path_factory, finished, harm, data
):
    lines, log = finished["full"]
    content = harm(lines, lambda low, high: data.draw(st.integers(low, high)))
    path = tmp_path_factory.getbasetemp() / "broken.jsonl"
    path.write_bytes(content)
    search = new_search()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", JournalWarning)
        refusal = refused(path, search)
    if refusal:
        assert "line" in refusal.lower() or "header" in refusal
        assert path.read_bytes() == content  # nothing is made worse
        return
    assert search.history.to_json() == log
    assert History.load(path, SPACE).to_json() == log


@pytest.mark.parametrize("missing", [1, 2, 40])
def test_a_torn_last_line_is_dropped_with_a_warning(tmp_path, finished, missing):
    lines, log = finished["full"]
    path = tmp_path / "search.jsonl"
    path.write_bytes(b"".join(lines[:20])[:-missing])
    search = new_search()
    if missing == 1:  # all of the line is there, but for its newline
        run(path, search)
    else:
        with pytest.warns(JournalWarning, match="ends within a line"):
            run(path, search)
    assert search.history.to_json() == log
    assert read_log(path).torn is None


def test_a_wrong_line_in_the_middle_names_its_place_and_the_way_out(tmp_path, finished):
    lines = list(finished["full"][0])
    lines[4] = lines[4].replace(b"0", b"1", 1)
    path = tmp_path / "search.jsonl"
    path.write_bytes(b"".join(lines))
    with pytest.raises(JournalError, match=r"Line 5 .*checksum .*head -n 4"):
        run(path, new_search())


@pytest.mark.parametrize(
    "body",
    [
        {"turn": [0, 1, 2]},
        {"evaluation": {"trial_id": 5}},
        {"task": {"trial_id": 9, "resource": 1}},
        {"trial": {"id": 0, "params": {"x": 7.0, "k": {"choice": 0}}}},
        {"trial": {"id": 0, "params": {"x": 0.5, "k": {"choice": 99}}}},
        {"nonsense": 3},
        {},
    ],
)
def test_a_line_that_does_not_follow_is_refused(tmp_path, finished, body):
    path = tmp_path / "search.jsonl"
    path.write_bytes(finished["full"][0][0] + packed(1, body))
    with pytest.raises(JournalError, match="Line 2"):
        run(path, new_search())


@pytest.mark.parametrize(
    "content",
    [
        b"hello\n",
        b"{}\n",
        packed(0, {"turn": 1}),
        b"no end of line",
        pickle.dumps(3),
    ],
)
def test_a_file_that_is_no_journal_stays_as_it_is(tmp_path, content):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(JournalError):
        run(path, new_search())
    with pytest.raises(JournalError):
        History.load(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_of_somebody_else_does_nothing(tmp_path, finished, name):
    """Neither code nor pickles in it are run, and it is refused like any broken one."""
    path = tmp_path / "search.jsonl"
    path.write_bytes(HOSTILE[name](finished["full"][0], "k"))
    run(tmp_path / "other.jsonl", new_search())  # imports what there is to import
    content = path.read_bytes()
    with recorded() as events:
        with contextlib.suppress(JournalError):  # without a space texts are shown
            History.load(path)
        assert refused(path, new_search())
    assert not events
    assert path.read_bytes() == content


def test_what_is_hostile_is_seen_and_what_is_not_is_read(tmp_path, finished):
    path = tmp_path / "search.jsonl"
    path.write_bytes(made_up()(finished["full"][0], "k"))
    assert [trial.params["x"] for trial in History.load(path, SPACE).trials] == [0.5]
    with recorded() as events:
        pickle.loads(pickle.dumps(collections.Counter))
        eval("1 + 1")
    assert {"pickle.find_class", "exec"} <= set(events)


@given(st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_line_comes_back(tmp_path_factory, body):
    path = tmp_path_factory.getbasetemp() / "line.jsonl"
    path.write_bytes(packed(0, {"kind": body}))
    assert read_log(path).bodies == [{"kind": body}]


# -- whose it is -------------------------------------------------------------------


def begin(path, facts=FACTS, versions=VERSIONS):
    journal = Journal(str(path))
    try:
        journal.begin(History(SPACE, seed=5, n_splits=3), facts, versions)
    finally:
        journal.close()


def test_another_search_is_refused_by_name_and_both_values(tmp_path):
    path = tmp_path / "search.jsonl"
    fact = {"text": "red", "hash": "1"}
    begin(path, {**FACTS, "color": fact})
    begin(path, {**FACTS, "color": {"text": "rot", "hash": "1"}})
    with pytest.raises(HistoryMismatchError, match=r"color is red.* is blue"):
        begin(path, {**FACTS, "color": {"text": "blue", "hash": "2"}})
    with pytest.raises(HistoryMismatchError, match=r"color is red.* is not there"):
        begin(path, FACTS)
    with pytest.raises(HistoryMismatchError, match=r"size is not there.* is 3"):
        begin(path, {**FACTS, "color": fact, "size": {"text": "3", "hash": 3}})


def test_other_versions_warn_only(tmp_path):
    path = tmp_path / "search.jsonl"
    gone = {"estimator old": {"text": "1", "hash": "1"}}
    begin(path, {**FACTS, **gone})
    with pytest.warns(JournalWarning, match=r"'2'.*'3'"):
        begin(path, FACTS, {"numpy": "3"})


# -- a file that cannot be written ---------------------------------------------------


@contextlib.contextmanager
def files_of_at_most(n_bytes):
    """As on a disk with so much room; lines beyond it are written in part, or not."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", SEARCHES)
def test_a_full_disk_is_told_and_costs_nothing_that_is_written(
    tmp_path, finished, name
):
    lines, log = finished[name]
    rng = random.Random(name)
    for _ in range(10):
        n_bytes = rng.randrange(sum(map(len, lines)))
        path = tmp_path / f"{n_bytes}.jsonl"
        with files_of_at_most(n_bytes):
            with pytest.raises(JournalError, match=f"{n_bytes}.*written.*large.*room"):
                run(path, SEARCHES[name](), Shuffled(seed=1))
            assert path.stat().st_size == n_bytes
        written = path.read_bytes().splitlines(keepends=True)[:-1]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", JournalWarning)
            search = SEARCHES[name]()
            again = run(path, search, Shuffled(seed=2))
        assert not results_in(written) & set(again)
        assert search.history.to_json() == log


def test_a_disk_that_fails_at_the_end_is_a_warning(tmp_path, monkeypatch):
    """The search has all its results: they are worth more than the error."""
    journal = Journal(str(tmp_path / "search.jsonl"))

    def fail(handle):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.warns(JournalWarning, match=r"search\.jsonl.*output error"):
        journal.close()
    Journal(journal.path)._release()  # the lock is gone


@pytest.mark.parametrize("place", ["nowhere/search.jsonl", "file/search.jsonl", ""])
def test_where_no_file_can_be_is_said_with_a_way_out(tmp_path, place):
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match=r"cannot be opened: .*Pass the path"):
        Journal(os.path.join(tmp_path, place))


@pytest.mark.parametrize("name", ["/dev/null", "pipe"])
def test_what_keeps_nothing_is_refused(tmp_path, name):
    path = os.path.join(tmp_path, name)
    if name == "pipe":
        os.mkfifo(path)
    elif not os.path.exists(path):
        pytest.skip("this system has no /dev/null")
    with pytest.raises(JournalError, match="no regular file"):
        Journal(path)


# -- one writer --------------------------------------------------------------------


@pytest.mark.parametrize("has_flock", [True, False])
def test_the_second_writer_gets_an_error(tmp_path, monkeypatch, has_flock):
    if not has_flock:
        monkeypatch.setattr(sksearch._file_lock, "_fcntl", None)
    path = str(tmp_path / "search.jsonl")
    first = Journal(path)
    try:
        with pytest.raises(JournalLockedError, match=r"search\.jsonl"):
            Journal(path)
        first.begin(History(SPACE, seed=5, n_splits=3), FACTS, VERSIONS)
        assert History.load(path, SPACE).trials == []  # who reads is not disturbed
    finally:
        first.close()
    Journal(path).close()
    assert os.listdir(tmp_path) == ["search.jsonl"]


def test_a_lock_file_that_was_left_behind_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(sksearch._file_lock, "_fcntl", None)
    path = tmp_path / "search.jsonl"
    (tmp_path / "search.jsonl.lock").touch()
    with pytest.raises(JournalLockedError, match="remove"):
        Journal(str(path))


def test_another_process_gets_the_error_too(tmp_path):
    path = str(tmp_path / "search.jsonl")
    journal = Journal(path)
    code = f"from sksearch._journal import Journal; Journal({path!r})"
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True
        )
    finally:
        journal.close()
    assert "JournalLockedError" in done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
def test_a_forked_child_does_not_hold_the_lock(tmp_path):
    """As a worker would that outlives a parent that was killed."""
    path = str(tmp_path / "search.jsonl")
    journal = Journal(path)
    wait, end = os.pipe()
    begun, begins = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # there are threads
        pid = os.fork()
    if pid == 0:
        os.close(end)
        os.write(begins, b"1")
        os.read(wait, 1)
        os._exit(0)
    os.close(wait)
    os.read(begun, 1)
    os.close(journal._handle)  # as a kill does: nothing is released by name
    journal._handle = -1
    try:
        Journal(path).close()
    finally:
        for handle in (end, begun, begins):
            os.close(handle)
        os.waitpid(pid, 0)


# -- the history -------------------------------------------------------------------


def test_copies_of_a_history_do_not_write(tmp_path):
    path = tmp_path / "search.jsonl"
    journal = Journal(str(path))
    history = History(SPACE, seed=5, n_splits=3)
    journal.begin(history, FACTS, VERSIONS)
    copies = [copy.deepcopy(history)]
    plain = History(SearchSpace({"x": (0.0, 1.0)}), seed=5, n_splits=3)
    plain.sink = journal._record
    copies.append(pickle.loads(pickle.dumps(plain)))
    before = path.read_bytes()
    for each in copies:
        each.record(Trial(0, {"x": 0.5} if each is copies[1] else {"x": 0.5, "k": "a"}))
    assert path.read_bytes() == before
    history.record(Trial(0, {"x": 0.5, "k": "a"}))
    assert path.read_bytes() != before
    journal.close()
    history.record(Trial(1, {"x": 0.5, "k": "a"}))  # the search has ended
    assert len(read_log(path).bodies) == 2


def test_without_its_space_a_history_is_for_looking(tmp_path):
    path = tmp_path / "search.jsonl"
    search = new_search()
    run(path, search)
    history = History.load(path)
    assert [t.params["x"] for t in history.trials] == [
        t.params["x"] for t in search.history.trials
    ]
    assert {t.params["k"] for t in history.trials} == {"'a'", "None", "len"}
    assert history.incumbent() == search.history.incumbent()
    with pytest.raises(AttributeError, match="loaded without its search space"):
        history.space.sample(None)
    pickle.loads(pickle.dumps(copy.deepcopy(history)))


def test_another_space_is_refused(tmp_path):
    path = tmp_path / "search.jsonl"
    run(path, new_search())
    with pytest.raises(HistoryMismatchError, match=r"another search space"):
        History.load(path, SearchSpace({"x": (0.0, 2.0)}))


def test_a_broken_search_is_loaded_with_what_waited(tmp_path, finished):
    lines, _ = finished["full"]
    path = tmp_path / "search.jsonl"
    for length in range(1, len(lines)):
        path.write_bytes(b"".join(lines[:length]))
        history = History.load(path, SPACE)
        found = {
            (r.trial_id, r.resource, r.fold)
            for r in history.records
            if isinstance(r, Evaluation)
        }
        assert found == results_in(lines[:length])


def test_frames_have_a_row_for_each_result_or_trial(tmp_path, finished):
    pytest.importorskip("pandas", reason="pandas is an extra")
    path = tmp_path / "search.jsonl"
    for name, (lines, _) in finished.items():
        path.write_bytes(b"".join(lines))
        history = History.load(path, SPACE)
        frame = history.to_frame()
        results = [r for r in history.records if isinstance(r, Evaluation)]
        assert list(frame["fold"]) == [r.fold for r in results]
        assert list(frame["param_x"]) == [
            history.trials[r.trial_id].params["x"] for r in results
        ]
        frame = history.to_frame(per="trial")
        tasks = list(history.tasks())
        assert list(zip(frame["trial"], frame["resource"], strict=True)) == tasks
        assert list(frame["status"]) == list(itertools.starmap(history.status, tasks))
        expected = [history.score(*task) for task in tasks]
        assert str(list(frame["score"])) == str(expected)
        assert name != "racing" or min(frame["n_folds"]) < 3
    with pytest.raises(ValueError, match="per='fold'"):
        history.to_frame(per="fold")
