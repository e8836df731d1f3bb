"""The code of README and of the user guide runs, in the order in which it is read."""

import logging
import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "user_guide").glob("*.md"))]
ALL_PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


# MLflow takes seconds to make a store, and warns of what its own code does.
TRACKING = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def page_id(page):
    return str(page.relative_to(ROOT))


@pytest.fixture
def environment():
    """Puts back what pages change for good.

    Clusters set the threads of BLAS in the environment, other pages say where messages
    and runs go.
    """
    before, loggers = (
        dict(os.environ),
        (logging.getLogger(), logging.getLogger("sksearch")),
    )
    heard = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    yield
    os.environ.clear()
    os.environ.update(before)
    for logger, level, handlers in heard:
        logger.setLevel(level)
        logger.handlers[:] = handlers
    if "mlflow" in sys.modules:
        sys.modules["mlflow"].set_tracking_uri(None)


def marked(page):
    marks = TRACKING if page.name == "tracking.md" else []
    return pytest.param(page, id=page_id(page), marks=marks)


@pytest.mark.parametrize("page", [marked(page) for page in PAGES])
def test_code_runs(page, environment):
    text = page.read_text(encoding="utf-8")
    namespace = {"__name__": page.stem}
    for block in BLOCK.finditer(text):
        # Blank lines before the code: a traceback shows the line of the page.
        line = text.count("\n", 0, block.start(1))
        code = compile("\n" * line + block[1], page, "exec")
        exec(code, namespace)


@pytest.mark.parametrize("page", sorted(ALL_PAGES), ids=page_id)
def test_links_lead_somewhere(page):
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
