"""What a monitor has seen, in a file."""

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

from sksearch._whole_files import write_whole
from sksearch.exceptions import HistoryMismatchError, MetadataError
from sksearch.monitoring._reference import Known

__all__ = ["Batch", "State", "read_state", "write_state"]

_FORMAT = 1


@dataclasses.dataclass(frozen=True)
class Batch:
    """One batch: its score, and how many rows it had."""

    score: float
    rows: float


@dataclasses.dataclass
class State:
    """What was seen, and what was said of it.

    Parameters
    ----------
    alpha : float
        By which promise.
    batches : list of Batch
        All so far.
    retune_at : int or None, default=None
        After how many batches "retune" was said.
    """

    alpha: float
    batches: list[Batch] = dataclasses.field(default_factory=list)
    retune_at: int | None = None


def write_state(path: Path, known: Known, state: State) -> None:
    """Write all that a monitor needs to go on.

    Parameters
    ----------
    path : Path
        The file.
    known : Known
        What the search told.
    state : State
        What the monitor has seen.
    """
    document = {
        "sksearch_monitor": _FORMAT,
        "search": {**dataclasses.asdict(known), "folds": list(known.folds)},
        "alpha": state.alpha,
        "retune_at": state.retune_at,
        "batches": [[batch.score, batch.rows] for batch in state.batches],
    }
    write_whole(path, json.dumps(document, allow_nan=False) + "\n")


def read_state(path: Path, known: Known, alpha: float) -> State:
    """Return what a file has; no batches if there is no file.

    Parameters
    ----------
    path : Path
        The file.
    known : Known
        What the search tells that is watched.
    alpha : float
        What the monitor promises.

    Raises
    ------
    HistoryMismatchError
        If the file is of another search, or of another promise.
    MetadataError
        If it is damaged.
    """
    if not path.exists():
        return State(alpha)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["sksearch_monitor"] != _FORMAT:
            raise ValueError("another format")
        told = document["search"]
        told = Known(**{**told, "folds": tuple(told["folds"])})
        state = _state(document)
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise MetadataError(
            f"{str(path)!r} is no state of a monitor: {error}. Take it from a backup, "
            "or remove it to begin anew."
        ) from error
    if told != known:
        raise HistoryMismatchError(
            f"{str(path)!r} is about another search: its {told.name!r} has the folds "
            f"{told.folds}, and that of this one ({known.name!r}) {known.folds}. Pass "
            "another path for each model."
        )
    if state.alpha != alpha:
        raise HistoryMismatchError(
            f"alpha={alpha}, and {str(path)!r} was begun with {state.alpha}: what is "
            "promised of all batches cannot change among them. Pass another path."
        )
    return state


def _state(document: Any) -> State:
    batches = [_batch(*pair) for pair in document["batches"]]
    alpha, retune_at = float(document["alpha"]), document["retune_at"]
    if not (retune_at is None or retune_at in range(1, len(batches) + 1)):
        raise ValueError(f"retune_at={retune_at!r} is no batch")
    return State(alpha, batches, retune_at)


def _batch(score: Any, rows: Any) -> Batch:
    if not (math.isfinite(score) and math.isfinite(rows) and rows > 0):
        raise ValueError(f"no batch: {score!r}, {rows!r}")
    return Batch(float(score), float(rows))
