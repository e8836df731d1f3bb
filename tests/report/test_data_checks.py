"""Warnings about data: planted faults are found, in every form that data have."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix, csr_matrix
from sklearn.datasets import make_classification
from sklearn.model_selection import KFold, StratifiedKFold

from sksearch.report._data_checks import check_data

pd = pytest.importorskip("pandas", reason="the plot extra is not installed")

X, Y = make_classification(n_samples=90, n_features=6, random_state=0)
SPLITS = list(StratifiedKFold(3).split(X, Y))
FORMS = {
    "array": np.asarray,
    "fortran": np.asfortranarray,
    "float32": lambda X: X.astype("float32"),
    "list": lambda X: X.tolist(),
    "frame": lambda X: pd.DataFrame(X, columns=list("abcdef")),
    "objects": lambda X: X.astype(object),
    "texts": lambda X: pd.DataFrame(X).astype(str),
    "csr": csr_matrix,
    "triplets": coo_matrix,
}


def planted():
    """A constant column, and two rows of one split that are twice there."""
    data = X.copy()
    data[:, 2] = 0.0
    train, test = SPLITS[1]
    data[test[:2]] = data[train[[5, 6]]]
    return data


@pytest.mark.parametrize("form", FORMS)
def test_planted_faults_are_found_in_every_form(form):
    assert check_data(FORMS[form](X), Y, SPLITS, has_classes=True).warnings == []
    found = check_data(FORMS[form](planted()), Y, SPLITS, has_classes=True).warnings
    column = "c" if form == "frame" else "2"
    assert found[0] == f"Constant columns: {column}. They tell a model nothing."
    # What is a training row of split 1 is a test row of another split.
    assert found[1].startswith("4 of 90 test rows (4.4%) are also among the training")
    assert "(2 rows)" in found[1]
    assert len(found) == 2


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), min_size=4, max_size=12),
    st.booleans(),
)
def test_equal_rows_are_counted_as_one_would_by_hand(rows, is_sparse):
    splits = list(KFold(2).split(rows))
    by_hand = sum(
        rows[i] in [rows[j] for j in train] for train, test in splits for i in test
    )
    data = np.array(rows, dtype=float)
    data = csr_matrix(data) if is_sparse else data
    found = check_data(data, None, splits, has_classes=False).warnings
    repeats = [text for text in found if "test rows" in text]
    assert [text.partition(" ")[0] for text in repeats] == [str(by_hand)] * (
        by_hand > 0
    )


def test_minus_zero_and_a_stored_zero_are_zero():
    splits = [(np.array([0]), np.array([1]))]
    data = np.array([[0.0, 1.0], [-0.0, 1.0]])
    stored = csr_matrix(([0.0, 1.0, 1.0], ([0, 0, 1], [0, 1, 1])))
    for table in (data, stored):
        found = check_data(table, None, splits, has_classes=False).warnings
        assert any(text.startswith("1 of 1 test rows") for text in found)
    assert stored.nnz == 3  # what is looked at stays as it is


def test_missing_values_may_fill_a_column():
    data = np.array([[np.nan, 1.0], [np.nan, np.nan]])
    found = check_data(data, None, [], has_classes=False).warnings
    assert found == ["Constant columns: 0. They tell a model nothing."]


def test_classes_that_folds_lack_are_named():
    y = np.array(["a"] * 20 + ["b"] * 10)
    splits = list(KFold(3).split(y))
    found = check_data(np.arange(30)[:, None], y, splits, has_classes=True)
    assert found.class_counts == {"a": [10, 10, 0], "b": [0, 0, 10]}
    assert any(
        "Class a has few rows in the test part of split 2" in t for t in found.warnings
    )
    assert any("without a training row in split 2: b" in t for t in found.warnings)


def test_texts_and_images_are_no_tables():
    for data in (["a b", "c d"], np.zeros((2, 3, 3))):
        assert check_data(data, None, [], has_classes=False).warnings == []


def test_many_constant_columns_are_counted():
    [text] = check_data(np.ones((4, 14)), None, [], has_classes=False).warnings
    assert "and 4 more" in text
