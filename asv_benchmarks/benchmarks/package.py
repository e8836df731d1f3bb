"""What `import sksearch` costs."""

import os
import subprocess
import sys
from statistics import median
from time import perf_counter


def import_seconds(name):
    """Return how long a new interpreter takes that imports one module."""
    # As installed: compiled once, not at every start.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = perf_counter()
    subprocess.run([sys.executable, "-c", f"import {name}"], env=env, check=True)
    return perf_counter() - start


def track_import_ratio_to_scikit_learn():
    """Medians of seven starts each, in turns; the aim is 1.2."""
    pairs = [
        (import_seconds("sksearch"), import_seconds("sklearn.model_selection"))
        for _ in range(8)
    ]
    ours, theirs = map(median, zip(*pairs[1:], strict=True))
    return ours / theirs


track_import_ratio_to_scikit_learn.unit = "x"
track_import_ratio_to_scikit_learn.timeout = 300
