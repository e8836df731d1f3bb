"""The page of reliability: what its rows say, and that they come from what happened."""

import random

import pytest

from asv_benchmarks.quality.timed import records
from asv_benchmarks.reliability import __main__ as command
from asv_benchmarks.reliability import broken, fates, measuring, orphans, page
from asv_benchmarks.reliability.deeds import DEEDS
from asv_benchmarks.reliability.harms import HARMS, HOSTILE
from asv_benchmarks.reliability.rows import Broken, Fate, Killed, Nested, Orphaned
from asv_benchmarks.reliability.searches import CLASSES, NETS

ROWS = command.read_all(command.HERE)
NOTHING = {name: [] for name in command.KINDS}


def test_the_page_is_what_the_rows_make():
    assert command.REPORT.read_text() == page.page(**ROWS)


def test_all_was_done_that_the_page_tells_of():
    kills = ROWS["kills"]
    for name in (*CLASSES, NETS):
        assert sum(row.n_killed for row in kills if row.search == name) >= 100
    assert {row.setup for row in ROWS["orphans"]} == set(orphans.SETUPS)
    tried = {(row.setting, row.deed) for row in ROWS["fates"]}
    assert tried == {(n, d) for n, where in fates.SETTINGS.items() for d in where.deeds}
    known = {row.harm for row in ROWS["journals"]}
    assert known == {*HARMS, *(f"hostile: {name}" for name in HOSTILE)}


def test_what_was_lost_is_shown():
    good = Killed("bayes", "sequential", 0, 5, 0, 1, 1, "v", 2)
    twice = Killed("bayes", "sequential", 1, 4, 2, 0, 1, "v", 2)
    other = Killed("bayes", "threading", 0, 3, 0, 7, 0, "v", 2)
    made = page.page(**NOTHING | {"kills": [good, twice, other]})
    assert "| bayes | 3 | 12 | 5 | 2 | 1 | 7 |" in made
    assert "Measured with v, on 2 cores." in made


def test_wrong_journals_and_workers_that_stay_are_shown():
    journals = [Broken("truncated", 9, 4, 3, 2, "v", 2),
                Broken("hostile: a pickle", 1, 0, 0, 1, "v", 2)]  # fmt: skip
    orphans = [Orphaned("bayes", "sleeps", -1.0, "v", 2)]
    made = page.page(**NOTHING | {"journals": journals, "orphans": orphans})
    assert "| truncated | 9 | 4 | 3 | 2 |" in made
    assert "| a pickle | wrong |" in made
    assert "| bayes | they stay |" in made


def test_the_ratio_is_to_the_better_of_one_level():
    seconds = {(1, 1): 9.0, (2, 1): 5.0, (1, 2): 4.0, (2, 2): 6.0}
    nested = [
        Nested("LightGBM", number, *split, value + noise, "v", 2)
        for split, value in seconds.items()
        for number, noise in enumerate([0.0, 0.0, 90.0])
    ]
    interrupted = Nested("LightGBM", 3, 1, 1, 1.0, "v", 2)
    made = page.page(**NOTHING | {"nested": [*nested, interrupted]})
    assert "| LightGBM | 3 | 9.0 s | 5.0 s | 4.0 s | 6.0 s | 1.50 |" in made


def test_a_fate_is_what_happened(tmp_path):
    outcome = fates._fate("n_jobs=1", "os._exit", str(tmp_path / "a.jsonl"))
    assert outcome == ("the process ends with code 3", 0)
    assert fates._kept(str(tmp_path / "a.jsonl")) == 1
    refused = fates._fate("threading, n_jobs=2, limits", "sleeps", str(tmp_path / "b"))
    assert refused == ("refused at the start", 0)
    row = Fate("loky, n_jobs=2", "os._exit", "worker_died", 3, 3, "v", 2)
    made = page.page(**NOTHING | {"fates": [row]})
    [line] = [each for each in made.splitlines() if each.startswith("| loky")]
    assert line.count("not tried") == len(DEEDS) - 1
    assert "`worker_died`; 3 of 3 others ok" in line


@pytest.mark.parametrize("harm", HARMS)
def test_a_harm_is_one(harm):
    lines = [b"%d\n" % number for number in range(100, 120)]
    rng = random.Random(0)
    found = {HARMS[harm](lines, rng.randint) for _ in range(20)}
    assert len(found) > 10
    assert sum(each != b"".join(lines) for each in found) > 10


@pytest.mark.slow
def test_the_command_does_it(tmp_path):
    found = [
        (Killed, measuring.kills(2)),
        (Broken, broken.broken(3)),
        (Broken, broken.hostile()),
    ]
    for number, (kind, rows) in enumerate(found):
        path = tmp_path / f"{number}.csv"
        command.save_each(path, kind, rows)
        assert records.read(path, kind)
    assert sum(row.tried for row in records.read(tmp_path / "1.csv", Broken)) == 18
    for row in records.read(tmp_path / "2.csv", Broken):
        assert (row.tried, row.refused) == (1, 1)
