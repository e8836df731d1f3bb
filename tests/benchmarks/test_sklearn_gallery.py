"""scikit-learn's examples are found, run with our searches, and told as they ended."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV
from sklearn.model_selection import HalvingGridSearchCV, RandomizedSearchCV
from sklearn.tree import DecisionTreeClassifier

grid, tree = {"max_depth": list(range(1, 7))}, DecisionTreeClassifier(random_state=0)
X, y = load_iris(return_X_y=True)
search = GridSearchCV(tree, param_grid=grid, cv=2).fit(X, y)
assert len(search.cv_results_["params"]) == 6
assert type(search).__module__.startswith("sksearch"), type(search)
search = RandomizedSearchCV(tree, grid, n_iter=3, cv=2).fit(X, y)
assert type(search).__name__ == "BayesSearchCV"
for search in (
    HalvingGridSearchCV(tree, grid, cv=2, random_state=0),
    HalvingRandomSearchCV(tree, grid, n_candidates=4, cv=2, random_state=0),
):
    assert len(set(search.fit(X, y).cv_results_["iter"])) > 1
    assert type(search).__name__ == "HyperbandSearchCV"
"""
WORD_ONLY = "# GridSearchCV(tree) in a comment\nprint('nothing')\n"


@pytest.fixture
def gallery(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "asv_benchmarks")
    import sklearn_gallery

    yield sklearn_gallery
    del sys.modules["sklearn_gallery"]


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / "examples" / "part"
    folder.mkdir(parents=True)
    (folder / "plot_all.py").write_text(SCRIPT)
    (folder / "plot_word.py").write_text(WORD_ONLY)
    (folder / "plot_wrong.py").write_text("GridSearchCV()\n")
    return tmp_path


def test_examples_that_make_a_search_are_found(gallery, checkout):
    found = gallery.examples(checkout)
    assert [path.stem for path in found] == ["plot_all", "plot_wrong"]
    assert len(found[checkout / "examples/part/plot_all.py"]) == 4


@pytest.mark.slow
def test_an_example_runs_with_our_searches(gallery, checkout, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    path = checkout / "examples" / "part" / "plot_all.py"
    assert gallery.ending(path, 120.0) == "ran"
    # With its own searches the assertions of the script do not hold.
    assert "sklearn.model_selection" in gallery.run(path, False, 120.0)


@pytest.mark.slow
def test_what_fails_is_told_with_what_it_does_without_us(gallery, checkout):
    path = checkout / "examples" / "part" / "plot_wrong.py"
    end = gallery.ending(path, 120.0)
    assert end.count("NameError") == 2


def test_the_page_counts_what_was_run(gallery):
    ends = ["ran", "ran, on random data", "`NameError: x`", gallery.NOT_RUN]
    page = gallery.page([(f"{n}.py", ["GridSearchCV"], e) for n, e in enumerate(ends)])
    assert "There are 4. 3 of them have been run;\n2 of these ran unchanged." in page
