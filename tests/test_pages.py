"""What pages of the user guide say of other things is so: signatures, benchmarks."""

import inspect
import re
from pathlib import Path

import pytest
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
)

import sksearch

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "user_guide"
TABLE = re.compile(r"<!-- (\S+) -> (\w+) -->\n\n((?:\|.*\n)+)")
CODE = re.compile(r"`([^`]+)`")
# A whole number, or one with a decimal point; not a part of a name.
NUMBER = re.compile(r"(?<![\w.])\d+\.\d+(?!\w)|\d+(?=%)")


def tables():
    page = (GUIDE / "five_minutes.md").read_text(encoding="utf-8")
    return {theirs: (ours, rows) for theirs, ours, rows in TABLE.findall(page)}


def cells(rows):
    for row in rows.splitlines()[2:]:
        yield [cell.strip() for cell in row.strip("|").split(" | ", 1)]


def parameters(cls):
    return set(inspect.signature(cls).parameters)


def named_on_the_left(theirs):
    return {n for left, _ in cells(tables()[theirs][1]) for n in CODE.findall(left)}


@pytest.mark.parametrize(
    "cls", [GridSearchCV, RandomizedSearchCV, HalvingRandomSearchCV]
)
def test_every_parameter_of_scikit_learn_has_its_row(cls):
    # What the searches have in common stands in the first table alone.
    told = named_on_the_left("GridSearchCV") | named_on_the_left(cls.__name__)
    assert parameters(cls) <= told | ({"random_state"} & parameters(cls))


@pytest.mark.parametrize("theirs", tables())
def test_the_same_is_a_parameter_of_ours(theirs):
    ours, rows = tables()[theirs]
    known = parameters(getattr(sksearch, ours)) | parameters(sksearch.HyperbandSearchCV)
    for left, right in cells(rows):
        if right.startswith("the same"):
            assert set(CODE.findall(left)) <= known, left


@pytest.mark.parametrize("theirs", tables())
def test_what_begins_the_right_is_ours(theirs):
    known = parameters(sksearch.BayesSearchCV) | parameters(sksearch.HyperbandSearchCV)
    known |= {"history_", "metadata", "metadata_"}
    for _, right in cells(tables()[theirs][1]):
        first = re.match(r"`(\w+)(=.*|\(\))?`", right)
        if first and not first[1].endswith(("Distribution", "SearchCV")):
            assert first[1] in known, right


def test_the_numbers_of_the_strategies_stand_in_the_benchmarks():
    page = (GUIDE / "choosing_a_strategy.md").read_text(encoding="utf-8")
    benchmarks = (GUIDE.parent / "benchmarks.md").read_text(encoding="utf-8")
    numbers = set(NUMBER.findall(page))
    assert len(numbers) > 15
    found = set(NUMBER.findall(benchmarks))
    assert numbers <= found, f"not in benchmarks.md any more: {numbers - found}"
