"""`make bench-compare` sees a slowdown, and sees none where there is none."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BENCHMARK = r"Replay\.time_to_json\(100\)"
SLOWDOWN = """

import time

_to_json = History.to_json


def _slow_to_json(self):
    time.sleep(0.03)  # several times what it took
    return _to_json(self)


History.to_json = _slow_to_json
"""

pytestmark = pytest.mark.slow


def git(*args, cwd):
    identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    subprocess.run(["git", *identity, *args], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def clone(tmp_path):
    """A repository of its own, made of the package and its benchmarks."""
    no_caches = shutil.ignore_patterns("__pycache__")
    for folder in ("sksearch", "asv_benchmarks"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=no_caches)
    git("init", "--quiet", cwd=tmp_path)
    git("add", ".", cwd=tmp_path)
    git("commit", "--quiet", "--message=base", cwd=tmp_path)
    return tmp_path


def compare(clone):
    command = [
        sys.executable,
        "asv_benchmarks/compare.py",
        "HEAD",
        "--bench",
        BENCHMARK,
    ]
    return subprocess.run(
        command, cwd=clone, capture_output=True, text=True, check=False
    )


def test_equal_trees_raise_no_alarm(clone):
    done = compare(clone)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "time_to_json(100)" in done.stdout


def test_a_planted_slowdown_is_caught(clone):
    with (clone / "sksearch" / "history.py").open("a") as history:
        history.write(SLOWDOWN)
    done = compare(clone)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "SLOWER" in done.stdout
