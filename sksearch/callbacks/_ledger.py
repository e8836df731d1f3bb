"""Which tasks were logged, in a file beside what was logged."""

import os
from pathlib import Path

__all__ = ["Ledger"]


class Ledger:
    """A file with one line for each task that was logged.

    Parameters
    ----------
    path : Path
        The file; made with its folder by the first task.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> set[tuple[int, int]]:
        """Return (trial, resource) of what was logged; a torn line does not count."""
        if not self._path.exists():
            return set()
        text = self._path.read_text(encoding="ascii", errors="replace")
        rows = [line.split() for line in text.split("\n")[:-1]]
        return {(int(a), int(b)) for a, b in filter(_is_task, rows)}

    def add(self, trial_id: int, resource: int) -> None:
        """Write that a task is logged.

        Parameters
        ----------
        trial_id, resource : int
            The task.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with open(self._path, "a", encoding="ascii") as file:
            file.write(f"{trial_id} {resource}\n")
            file.flush()
            os.fsync(file.fileno())


def _is_task(row: list[str]) -> bool:
    return len(row) == 2 and all(word.isdigit() for word in row)
