"""The examples run as they stand; `make demo` runs the demo."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted(set((ROOT / "examples").glob("*.py")) - {ROOT / "examples/demo.py"})


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_runs(path):
    pytest.importorskip("skorch", reason="skorch is an extra")
    if path.stem == "mlflow_runs":
        pytest.importorskip("mlflow", reason="mlflow is an extra")
    done = subprocess.run([sys.executable, path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "held out" in done.stdout
