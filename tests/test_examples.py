"""The examples run as they stand; `make demo` runs the demo."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import sksearch.estimators

ROOT = Path(__file__).resolve().parents[1]
ALL = sorted((ROOT / "examples").glob("*.py"))
EXAMPLES = sorted(set(ALL) - {ROOT / "examples/demo.py"})
SEARCHES = [n for n in sksearch.estimators.__all__ if n.endswith("SearchCV")]


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_runs(path):
    pytest.importorskip("skorch", reason="skorch is an extra")
    if path.stem == "mlflow_runs":
        pytest.importorskip("mlflow", reason="mlflow is an extra")
    done = subprocess.run(
        [sys.executable, path],
        capture_output=True,
        text=True,
        env={**os.environ, "MPLBACKEND": "agg"},
    )
    assert done.returncode == 0, done.stderr
    assert "held out" in done.stdout


@pytest.mark.parametrize("name", [*SEARCHES, "nested_cross_validate"])
def test_each_search_has_an_example(name):
    assert any(f"{name}(" in path.read_text(encoding="utf-8") for path in ALL)
