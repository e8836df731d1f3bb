"""What `.ci/gpu` measures on a GPU can be measured at all."""

import re

import pytest

pytest.importorskip("skorch", reason="skorch is an extra")

from asv_benchmarks.devices.__main__ import TABLES, main
from asv_benchmarks.devices.batching import rungs_table, searches_table
from asv_benchmarks.devices.loading import loading_table
from asv_benchmarks.devices.nets import named
from asv_benchmarks.devices.sharing import sharing_table


def numbers(lines):
    """The cells of a table that are numbers, row by row."""
    rows = [line.strip("| ").split(" | ") for line in list(lines)[2:]]
    found = [[c.replace(",", "") for c in row] for row in rows]
    return [[float(c) for c in row if re.fullmatch(r"[\d.]+", c)] for row in found]


def test_loaders_are_compared():
    lines = list(loading_table("cpu", small=True))
    rates = numbers(lines)
    assert len(rates) == 3
    assert all(len(row) == 3 and min(row) > 0 for row in rates)
    assert all(line.endswith("| True |") for line in lines[2:])


@pytest.mark.slow
def test_numbers_of_nets_are_compared(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    rates = numbers(sharing_table("cpu", small=True))
    assert len(rates) == 3 * 4
    assert all(min(row) > 0 for row in rates)


@pytest.mark.slow
def test_nets_are_compared_with_nets_trained_as_one():
    for table in (rungs_table, searches_table):
        rates = numbers(table("cpu", small=True))
        assert len(rates) == 3
        assert all(min(row) > 0 for row in rates)


def test_tables_and_nets_are_chosen(capsys):
    asked = ["--device", "cpu", "--small", "--only", "rungs", "sharing"]
    main([*asked, "--nets", "no such net"])
    lines = capsys.readouterr().out.splitlines()
    titles = [line.rstrip(":") for line in lines if line.endswith(":")]
    assert titles == [TABLES[key][0] for key in ("rungs", "sharing")]
    assert sum(line.startswith("|") for line in lines) == 4  # the heads alone


def test_nets_are_named_by_a_part_of_their_names():
    nets = {"small 64": 1, "large 784": 2, "filters 784": 3}
    assert named(nets, ["784"]) == {"large 784": 2, "filters 784": 3}
    assert named(nets, ["filters", "small"]) == {"small 64": 1, "filters 784": 3}
    assert named(nets, []) == nets
