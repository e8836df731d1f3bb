"""The report in a real browser: it opens without a word, and its table sorts."""

import math

import numpy as np
import pytest

from sksearch.history import Evaluation, History, Trial
from sksearch.report import write_report
from sksearch.space import Real, SearchSpace
from tests.report import chromium

pytest.importorskip("matplotlib", reason="the plot extra is not installed")
pytestmark = pytest.mark.skipif(
    chromium.path() is None, reason="there is no Chromium on this machine"
)

EVIL = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"
CELLS = """[...document.querySelectorAll('#candidates-table tbody tr')].map(
    row => row.cells[%d].dataset.value ?? row.cells[%d].textContent)"""


def searched():
    """Scores of all sizes, choices, a parameter that some lack, and failures."""
    space = SearchSpace(
        [
            {"kind": ["a", EVIL], "rate": Real(1e-6, 1.0, prior="log-uniform")},
            {"kind": ["b"], "size": range(1, 200)},
        ]
    )
    history, rng = History(space, seed=0, n_splits=2), np.random.default_rng(0)
    for i in range(30):
        params = space.sample(rng)
        history.record(Trial(i, params))
        for fold in range(2):
            bad = i % 9 == 4
            history.record(
                Evaluation(
                    i,
                    1,
                    fold,
                    {
                        "score": math.nan
                        if bad
                        else float(rng.normal() * 10.0 ** (i % 5))
                    },
                    fit_time=float(rng.exponential()),
                    score_time=0.01,
                    started=float(i),
                    status="failed" if bad else "ok",
                    error=f"ValueError: {EVIL}" if bad else None,
                )
            )
    return history


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    path = write_report(searched(), folder / "report.html", title=EVIL)
    with chromium.browser(folder / "profile") as browser:
        browser.open(path)
        yield browser
        assert browser.complaints() == []


def test_it_opens_and_obeys_no_text(page):
    assert page.evaluate("document.title") == EVIL
    assert page.evaluate("document.scripts.length") == 1
    assert page.evaluate("document.querySelector('h1').textContent") == EVIL
    assert page.complaints() == []
    assert page.requests() <= {"file", "data"}


def test_every_figure_is_there(page):
    sizes = page.evaluate("[...document.images].map(i => i.complete && i.naturalWidth)")
    assert len(sizes) >= 5
    assert min(sizes) > 100


@pytest.mark.parametrize("width", [360, 1200])
def test_only_tables_are_wider_than_the_window(page, width):
    page.call(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=800,
        deviceScaleFactor=1,
        mobile=False,
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def heads(page):
    code = "[...document.querySelectorAll('#candidates-table thead th')]"
    return page.evaluate(f"{code}.map(head => head.textContent)")


def press(page, column):
    code = "document.querySelectorAll('#candidates-table thead button')"
    page.evaluate(f"{code}[{column}].click()")
    sort = f"{code}[{column}].closest('th').getAttribute('aria-sort')"
    return page.evaluate(CELLS % (column, column)), page.evaluate(sort)


@pytest.mark.parametrize("name", ["score", "rate", "size", "seconds", "candidate"])
def test_numbers_sort_by_size_and_empty_cells_last(page, name):
    column = heads(page).index(name)
    for wanted, sign in (("ascending", 1), ("descending", -1)):
        cells, sort = press(page, column)
        assert sort == wanted
        known = [float(cell) for cell in cells if cell != ""]
        assert known == sorted(known, key=lambda number: sign * number)
        assert all(cell == "" for cell in cells[len(known) :])
        assert len(cells) == 30


def test_texts_sort_by_letters_and_one_column_bears_the_arrow(page):
    column = heads(page).index("kind")
    cells, _ = press(page, column)
    assert [text[0] for text in cells] == sorted(text[0] for text in cells)
    assert page.evaluate("document.querySelectorAll('th[aria-sort]').length") == 1


def test_it_prints(page):
    assert len(page.call("Page.printToPDF")["data"]) > 10_000
