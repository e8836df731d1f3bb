"""What `.ci/gpu` measures on a GPU can be measured at all."""

import re

import pytest

pytest.importorskip("skorch", reason="skorch is an extra")

from asv_benchmarks.devices.batching import batching_table
from asv_benchmarks.devices.loading import loading_table
from asv_benchmarks.devices.sharing import sharing_table


def test_loaders_are_compared():
    text = loading_table("cpu", small=True)
    rates = [float(rate) for rate in re.findall(r"Loader \| ([\d.]+)", text)]
    assert len(rates) == 2
    assert min(rates) > 0
    assert "last bit: True" in text


@pytest.mark.slow
def test_numbers_of_nets_are_compared(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    counts = re.findall(r"^\| (\d) \|", sharing_table("cpu", small=True), re.MULTILINE)
    assert counts == ["1", "2"]


@pytest.mark.slow
def test_nets_are_compared_with_nets_trained_as_one():
    text = batching_table("cpu", small=True)
    rates = re.findall(r"\| ([\d,]+) \| ([\d,]+) \| [\d.]+ \|$", text, re.MULTILINE)
    assert len(rates) == 6
    assert all(float(rate.replace(",", "")) > 0 for pair in rates for rate in pair)
