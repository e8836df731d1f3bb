"""Journals that are harmed, and what a search then does with them."""

import random
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

from asv_benchmarks.reliability.harms import HARMS, HOSTILE, recorded
from asv_benchmarks.reliability.machine import cores, versions
from asv_benchmarks.reliability.resuming import is_equal, without_times
from asv_benchmarks.reliability.rows import Broken
from asv_benchmarks.reliability.searches import CLASSES, X, Y, make_search
from sksearch.exceptions import HistoryMismatchError, JournalError
from sksearch.history import History

__all__ = ["broken", "hostile"]


class _Whole:
    """A journal of a search that has ended, and its result."""

    def __init__(self, name: str, path: Path) -> None:
        self.name, self.path = name, path
        search = make_search(name, journal=str(path)).fit(X, Y)
        self.lines = path.read_bytes().splitlines(keepends=True)
        self.results = without_times(search)

    def resumed_with(self, content: bytes) -> str:
        """Return "refused", "resumed" or "wrong" for a search on this content."""
        self.path.write_bytes(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torn lines, and checkpoints gone
            try:
                search = make_search(self.name, journal=str(self.path)).fit(X, Y)
            except (JournalError, HistoryMismatchError):
                return "refused" if self.path.read_bytes() == content else "wrong"
            except Exception:  # an error that says nothing of the journal
                return "wrong"
        return "resumed" if is_equal(without_times(search), self.results) else "wrong"


def broken(n_tried: int) -> Iterator[Broken]:
    """Yield for each harm what came of it, over the classes in turns."""
    with tempfile.TemporaryDirectory() as folder:
        wholes = [_Whole(name, Path(folder) / name) for name in CLASSES]
        for harm, function in HARMS.items():
            rng = random.Random(harm)
            found = []
            for number in range(n_tried):
                whole = wholes[number % len(wholes)]
                content = function(whole.lines, rng.randint)
                found.append(whole.resumed_with(content))
            yield _row(harm, found)


def hostile() -> Iterator[Broken]:
    """Yield for each malicious journal what loading and resuming it did."""
    with tempfile.TemporaryDirectory() as folder:
        whole = _Whole("bayes", Path(folder) / "search.jsonl")
        whole.resumed_with(b"".join(whole.lines[:5]))  # imports what there is to import
        for name, make in HOSTILE.items():
            content = make(whole.lines, "kind")
            with recorded() as events:
                outcome = whole.resumed_with(content)
                whole.path.write_bytes(content)
                is_clear = _loads_or_says(whole.path)
            wrong = bool(events) or not is_clear
            yield _row(f"hostile: {name}", ["wrong" if wrong else outcome])


def _loads_or_says(path: Path) -> bool:
    try:
        History.load(path)
    except JournalError:
        return True
    except Exception:
        return False
    return True


def _row(harm: str, found: list[str]) -> Broken:
    refused, resumed, wrong = map(found.count, ("refused", "resumed", "wrong"))
    return Broken(harm, len(found), refused, resumed, wrong, versions(), cores())
