"""What is said through logging, and that nothing is where nobody listens."""

import logging
import subprocess
import sys
import warnings

import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV

X, y = load_iris(return_X_y=True)


def search(**settings):
    settings = {"n_iter": 2, "cv": 2, "random_state": 0, **settings}
    space = settings.pop("space", {"max_depth": [2, 3, 4, 5]})
    inner = DecisionTreeClassifier(random_state=0)
    return BayesSearchCV(inner, space, optimizer="sobol", **settings)


def said(caplog, level):
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "sksearch.search" and record.levelno == level
    ]


def test_info_is_the_begin_and_the_end(caplog):
    with caplog.at_level(logging.INFO, "sksearch"):
        fitted = search().fit(X, y)
    begin, end = said(caplog, logging.INFO)
    assert begin == "BayesSearchCV of DecisionTreeClassifier begins: at most 4 fits"
    assert end.startswith("BayesSearchCV ends: 4 fits in ")
    assert f"best {fitted.best_score_:.6g} (trial " in end
    assert len(caplog.records) == 2


def test_debug_has_each_result(caplog):
    with caplog.at_level(logging.DEBUG, "sksearch"):
        search().fit(X, y)
    lines = said(caplog, logging.DEBUG)
    assert len(lines) == 4
    assert lines[0].startswith("trial 0, fold 0, resource 1: ok in ")
    assert "score=0." in lines[0]


def test_a_fit_that_fails_is_a_warning(caplog):
    space = {"max_depth": [2, -1]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search(space=space).fit(X, y)
    lines = said(caplog, logging.WARNING)
    assert len(lines) == 2
    assert "failed" in lines[0]
    assert "max_depth" in lines[0]


def test_a_search_that_goes_on_says_from_where(caplog, tmp_path):
    journal = str(tmp_path / "search.jsonl")
    search(journal=journal).fit(X, y)
    with caplog.at_level(logging.INFO, "sksearch"):
        search(journal=journal, n_iter=3).fit(X, y)
    assert f"4 fits are known from {journal}" in said(caplog, logging.INFO)


def test_an_error_is_the_end(caplog):
    with (
        caplog.at_level(logging.INFO, "sksearch"),
        pytest.raises(ValueError, match="max_depth"),
    ):
        search(space={"max_depth": [-1]}, error_score="raise").fit(X, y)
    assert "BayesSearchCV ends with" in said(caplog, logging.INFO)[-1]


SILENT = """
import warnings
warnings.simplefilter("ignore")
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier
from sksearch import BayesSearchCV
BayesSearchCV(
    DecisionTreeClassifier(), {"max_depth": [2, -1]}, n_iter=2, cv=2
).fit(*load_iris(return_X_y=True))
"""


def test_nothing_is_written_where_nobody_listens():
    """Not even the warnings that logging prints where no handler is."""
    done = subprocess.run(
        [sys.executable, "-c", SILENT], capture_output=True, text=True, check=True
    )
    assert done.stdout + done.stderr == ""
