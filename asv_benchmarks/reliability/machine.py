"""What a figure was measured with."""

import hashlib
import importlib.metadata
import platform
from functools import cache
from pathlib import Path

from joblib import cpu_count

import sksearch

__all__ = ["cores", "versions"]

_PACKAGES = ("joblib", "numpy", "scikit-learn")


@cache
def versions(*more: str) -> str:
    """Return the versions of ours, of Python and of packages; ours with its sources."""
    found = {"Python": platform.python_version(), platform.system(): ""}
    found |= {name: importlib.metadata.version(name) for name in _PACKAGES + more}
    parts = [f"{name} {number}".strip() for name, number in found.items()]
    return "; ".join([f"sksearch {sksearch.__version__}+{_digest()}", *parts])


def cores() -> int:
    """Return how many cores there are for this process."""
    return int(cpu_count())


def _digest() -> str:
    """Return eight digits of a digest of the package's files."""
    folder, digest = Path(sksearch.__file__).parent, hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
