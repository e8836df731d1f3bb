"""What `.ci/gpu` measures on a GPU can be measured at all."""

import re

import pytest

pytest.importorskip("skorch", reason="skorch is an extra")

from asv_benchmarks.devices.batching import batching_table
from asv_benchmarks.devices.loading import loading_table
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
    rates = numbers(batching_table("cpu", small=True))
    assert len(rates) == 6
    assert all(min(row) > 0 for row in rates)
