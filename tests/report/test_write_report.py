"""The report: one file that says what happened, and obeys nobody else."""

import base64
import itertools
import re
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, ShuffleSplit
from sklearn.tree import DecisionTreeClassifier

from sksearch import BayesSearchCV, HyperbandSearchCV, MultiObjectiveSearchCV
from sksearch.displays._candidates import Candidates
from sksearch.history import Evaluation, History, Trial
from sksearch.report import write_report
from sksearch.report._failures import grouped_failures
from sksearch.report._figures import figures
from sksearch.space import SearchSpace

pytest.importorskip("matplotlib", reason="the plot extra is not installed")

X, Y = load_breast_cancer(return_X_y=True)
X, Y = X[:150], Y[:150]
EVIL = "<script>document.title='owned'</script>\"'><img src=x onerror=alert(1)>"
VOID = {"img", "meta"}


class Page(HTMLParser):
    """Reads a page; every element has to be closed, and by the right end."""

    def __init__(self, path):
        super().__init__()
        self.open, self.tags, self.text = [], [], ""
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]


class Fussy(DecisionTreeClassifier):
    """Fails with a message that a page must not obey."""

    def fit(self, X, y):
        if self.max_depth in (2, 3):
            raise ValueError(EVIL if self.max_depth == 2 else "depth 3 is not liked")
        return super().fit(X, y)


@pytest.fixture(scope="module")
def search():
    space = {
        "ccp_alpha": loguniform(1e-5, 1e-1),
        "max_depth": range(1, 8),
        "class_weight": [None, EVIL],
    }
    search = BayesSearchCV(
        Fussy(random_state=0), space, n_iter=30, cv=3, random_state=0, n_jobs=1
    )
    with (
        pytest.warns(FitFailedWarning, match="fits failed"),
        pytest.warns(UserWarning, match="non-finite"),
    ):
        return search.fit(X, Y)


@pytest.fixture(scope="module")
def page(search, tmp_path_factory):
    return Page(search.report(tmp_path_factory.mktemp("report") / "r.html", X, Y))


def test_it_says_what_there_is_to_say(page, search):
    headings = re.findall(r"<h2 id=\"[a-z-]+\">(.*?)</h2>", page.source)
    assert headings == [
        "Summary",
        "Best parameters",
        "Cost",
        "Data",
        "Space",
        "Figures",
        "Failures",
        "Candidates",
    ]
    assert f"{search.best_score_:.6g}" in page.text
    assert f"{search.best_params_['ccp_alpha']:.6g}" in page.text
    assert str(search.cost_["fits"]) in page.text


def test_who_was_chosen_is_told_beside_who_is_best(tmp_path):
    def not_the_best(table):
        return (int(np.argmin(table["rank_test_score"])) + 1) % 5

    search = BayesSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": range(1, 8)},
        n_iter=5,
        cv=2,
        refit=not_the_best,
        random_state=0,
    ).fit(X, Y)
    page = Page(search.report(tmp_path / "r.html"))
    best, chosen = search.history_.incumbent(), search.best_index_
    assert f"Best candidate</th><td>{best}</td>" in page.source
    assert f"Chosen candidate</th><td>{chosen}</td>" in page.source
    assert "Parameters of the chosen candidate" in page.text
    assert f"<code>{search.best_params_['max_depth']}<" in page.source


def test_texts_of_the_search_are_text_and_never_markup(page):
    assert EVIL in page.text
    assert len(page.all("script")) == 1
    assert all(
        attrs.get("src", "").startswith("data:image/") for attrs in page.all("img")
    )
    handlers = [name for _, attrs in page.tags for name in attrs if name[:2] == "on"]
    assert handlers == []


def test_nothing_is_fetched(page):
    for _, attrs in page.tags:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            assert attrs.get(name, "data:").startswith("data:")
    assert "@import" not in page.source
    assert "url(" not in page.source
    [policy] = [a["content"] for a in page.all("meta") if "http-equiv" in a]
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy


def test_it_can_be_read_without_seeing_it(page):
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))
    images = page.all("img")
    assert len(images) >= 6
    assert all(len(image["alt"]) > 20 for image in images)
    assert all(attrs.get("scope") in ("row", "col") for attrs in page.all("th"))
    assert page.all("html")[0]["lang"] == "en"
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(set(ids)) == len(ids)


def luminance(color):
    """Of WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    digits = color[1:] if len(color) == 7 else "".join(2 * c for c in color[1:])
    linear = np.array([int(digits[i : i + 2], 16) for i in (0, 2, 4)]) / 255
    linear = np.where(
        linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4
    )
    return linear @ [0.2126, 0.7152, 0.0722]


def test_every_colour_of_text_has_contrast_on_white(page):
    [style] = re.findall(r"<style>(.*?)</style>", page.source, re.DOTALL)
    colors = re.findall(r"[{;\s]color: (#[0-9a-f]+)", style)
    assert len(colors) > 4
    for color in colors:
        assert 1.05 / (luminance(color) + 0.05) >= 4.5


def test_failures_are_grouped_by_what_they_say(page, search):
    n_failed = sum(
        e.status == "failed" for e in search.history_.records if hasattr(e, "fold")
    )
    found = re.findall(r"<h3>(\d+) fits?: ", page.source)
    assert sum(map(int, found)) == n_failed
    assert len(found) >= 2
    assert page.source.count("depth 3 is not liked</h3>") == 1


def test_the_table_has_every_candidate(page, search):
    table = page.source.partition('id="candidates-table"')[2]
    rows = table.partition("<tbody>")[2].partition("</tbody>")[0].split("</tr>")
    assert len(rows) - 1 == len(search.cv_results_["params"])
    best = f'data-value="{float(search.best_score_)!r}"'
    assert best in rows[0]


def test_the_same_search_makes_the_same_page(search, tmp_path):
    one = search.report(tmp_path / "a.html").read_bytes()
    assert search.report(tmp_path / "b.html").read_bytes() == one
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "b.html"]
    assert b"search.report(path, X, y)" in one  # the data were not given


# -- other searches ------------------------------------------------------------------


def small(estimator, X, y):
    return -float(estimator.get_n_leaves())


def test_several_objectives_have_a_front(tmp_path):
    search = MultiObjectiveSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": range(1, 9), "min_samples_leaf": range(1, 30)},
        scoring={"accuracy": "accuracy", "small": small},
        n_iter=12,
        cv=2,
        random_state=0,
    ).fit(X, Y)
    page = Page(search.report(tmp_path / "r.html"))
    assert "Growth of the front" in page.text
    assert "Its small" in page.text
    assert "Not drawn" not in page.text


def test_rungs_have_curves(tmp_path):
    from sklearn.linear_model import SGDClassifier

    search = HyperbandSearchCV(
        SGDClassifier(random_state=0),
        {"alpha": loguniform(1e-5, 1e-1)},
        max_resources=9,
        cv=2,
        random_state=0,
    ).fit(X, Y)
    page = Page(search.report(tmp_path / "r.html"))
    assert "Scores by training" in page.text
    assert page.source.count('<th scope="col"><button type="button">resource<') == 1


class Breaks(DecisionTreeClassifier):
    """Ends everything at its third depth."""

    def fit(self, X, y):
        if self.max_depth == 3:
            raise RuntimeError("nothing goes on from here")
        return super().fit(X, y)


def test_a_search_that_broke_is_told_as_far_as_it_came(tmp_path):
    search = BayesSearchCV(
        Breaks(), {"max_depth": [1, 2, 3]}, n_iter=3, cv=2, error_score="raise"
    )
    with pytest.raises(NotFittedError):
        search.report(tmp_path / "r.html")
    with pytest.raises(RuntimeError, match="nothing goes on"):
        search.fit(X, Y)
    page = Page(search.report(tmp_path / "r.html", X, Y))
    assert f"{len(search.history_.trials)} (" in page.text
    assert "Candidates" in page.text


def test_what_an_earlier_fit_found_is_not_told_of_a_later_one(tmp_path):
    search = BayesSearchCV(
        Breaks(random_state=0), {"max_depth": [1, 2]}, n_iter=2, cv=2, random_state=0
    ).fit(X, Y)
    depth = f"max_depth</th><td><code>{search.best_params_['max_depth']}<"
    assert depth in Page(search.report(tmp_path / "r.html")).source
    search.set_params(param_distributions={"max_depth": [3]})
    with pytest.raises(ValueError, match="fits failed"):
        search.fit(X, Y)
    page = Page(search.report(tmp_path / "r.html"))
    assert "No candidate is complete yet" in page.text
    assert "RuntimeError: nothing goes on from here" in page.text


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_log_with_next_to_nothing_has_a_report(n, tmp_path):
    history = History(SearchSpace({"C": [1, 10, 100]}), seed=0, n_splits=2)
    for i in range(n):
        history.record(Trial(i, {"C": 10**i}))
        history.record(Evaluation(i, 1, 0, {"score": 0.5}))
    if n == 2:
        history.record(Evaluation(0, 1, 1, {"score": 0.7}))
    page = Page(write_report(history, tmp_path / "r.html"))
    assert ("Figures" in page.text) == (n > 0)
    assert ("No candidate is complete yet" in page.text) == (n < 2)


def test_a_search_in_which_all_failed_has_a_report(tmp_path):
    history = History(SearchSpace({"C": [1, 10, 100]}), seed=0, n_splits=1)
    for i in range(3):
        history.record(Trial(i, {"C": 10**i}))
        history.record(Evaluation(i, 1, 0, {"s": np.nan}, status="failed", error=EVIL))
    page = Page(write_report(history, tmp_path / "r.html", title=EVIL))
    assert f"3 fits: {EVIL}" in page.text
    assert len(page.all("script")) == 1


def test_texts_that_no_page_may_hold_are_replaced(tmp_path):
    history = History(SearchSpace({"C": [1]}), seed=0, n_splits=1)
    history.record(Trial(0, {"C": 1}))
    error = "a\x00b\x1b[31m\ud800\u202edlrow"
    history.record(Evaluation(0, 1, 0, {"s": 0.0}, status="failed", error=error))
    source = write_report(history, tmp_path / "r.html").read_bytes()
    assert "a�b�[31m��dlrow".encode() in source


def test_without_matplotlib_the_rest_is_there(search, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("matplotlib")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = Page(search.report(tmp_path / "r.html"))
    assert page.all("img") == []
    assert "pip install 'sksearch[plot]'" in page.text


def test_no_figure_and_no_setting_stays(search, tmp_path):
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    before, open_before = dict(mpl.rcParams), plt.get_fignums()
    search.report(tmp_path / "r.html")
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == open_before


def test_what_is_no_search_of_ours_is_refused(tmp_path):
    grid = GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1]}).fit(X, Y)
    with pytest.raises(NotFittedError, match="has no history_"):
        write_report(grid, tmp_path / "r.html")
    with pytest.raises(FileNotFoundError, match=r"path=.*folder that is not there"):
        write_report(
            History(SearchSpace({"C": [1]}), seed=0, n_splits=1), tmp_path / "no" / "r"
        )


def test_splits_that_differ_each_time_are_said(tmp_path):
    space = {"max_depth": range(1, 4)}
    tree = DecisionTreeClassifier(random_state=0)
    for seed, is_said in ((None, True), (0, False)):
        cv = ShuffleSplit(2, random_state=seed)
        search = BayesSearchCV(tree, space, n_iter=2, cv=cv, random_state=0).fit(X, Y)
        page = Page(search.report(tmp_path / "r.html", X, Y))
        assert ("splits otherwise each time" in page.text) == is_said


@pytest.mark.parametrize(
    "settings",
    ["dark_background", pytest.param({"text.usetex": True}, marks=pytest.mark.slow)],
)
def test_the_style_of_a_session_is_not_that_of_its_reports(settings, tmp_path):
    """A page is white, is printed, and is the same for the same search."""
    plt = pytest.importorskip("matplotlib.pyplot", reason="the plot extra")
    history = History(SearchSpace({"C": (0.0, 1.0)}), seed=0, n_splits=1)
    for i in range(3):
        history.record(Trial(i, {"C": i / 4}))
        history.record(Evaluation(i, 1, 0, {"score": i / 5}))
    page = write_report(history, tmp_path / "light.html").read_bytes()
    with plt.style.context(settings):
        other = write_report(history, tmp_path / "dark.html").read_bytes()
    assert page == other


@pytest.mark.slow
def test_the_same_panels_are_the_same_bytes():
    """Layouts of several panels differ in the last digits from run to run."""
    rng, goals = np.random.default_rng(0), ["a", "b", "c"]
    history = History(
        SearchSpace({"C": (0.0, 1.0)}), seed=0, n_splits=1, objectives=goals
    )
    for i in range(8):
        scores = dict(zip(goals, rng.random(3).tolist(), strict=True))
        history.record(Trial(i, {"C": i / 8}))
        history.record(Evaluation(i, 1, 0, scores))
    given = Candidates.from_history(history)
    fronts = [next(itertools.islice(figures(history, given), 1, 2)) for _ in range(6)]
    assert "Front" in fronts[0]
    assert len(set(fronts)) == 1
    [svg] = re.findall(r"base64,([A-Za-z0-9+/=]+)", fronts[0])
    assert b"url(#p0)" in base64.b64decode(svg)


@pytest.mark.slow
def test_names_in_any_script_are_told_without_a_warning(tmp_path):
    history = History(
        SearchSpace({"大きさ": (0.0, 1.0)}),
        seed=0,
        n_splits=1,
        objectives=["精度", "b"],
    )
    for i in range(12):
        history.record(Trial(i, {"大きさ": i / 12}))
        history.record(Evaluation(i, 1, 0, {"精度": i / 20, "b": -i / 10}))
    page = Page(write_report(history, tmp_path / "r.html"))
    assert "精度" in page.text
    assert "Not drawn" not in page.text.replace("Not drawn: No result of this", "")


def test_failures_are_told_by_the_line_that_says_why():
    """scikit-learn's messages go on for several lines, and end with an address."""
    holes = X.copy()
    holes[::7, 0] = np.nan
    search = BayesSearchCV(
        LogisticRegression(), {"C": [1.0, 10.0]}, n_iter=2, cv=2, n_jobs=1
    )
    with pytest.raises(ValueError, match="fits failed"):
        search.fit(holes, Y)
    [group] = grouped_failures(search.history_)
    assert group.message == "ValueError: Input X contains NaN."
    assert len(group.fits) == 4
    assert "https://" in group.example
