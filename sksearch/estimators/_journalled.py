"""A search and its journal: where it is, whose it is, and when it is done with."""

import contextlib
import dataclasses
import os
import shutil
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from sksearch._journal import Journal
from sksearch._search_loop import Search
from sksearch.estimators._fingerprints import (
    data_facts,
    data_name,
    search_facts,
    versions,
)
from sksearch.evaluation import Evaluator
from sksearch.exceptions import JournalError
from sksearch.history import History

__all__ = [
    "JOURNAL_CONSTRAINTS",
    "begin_journal",
    "end_journal",
    "journal_beside",
    "journalled",
]

JOURNAL_CONSTRAINTS: list[Any] = [str, os.PathLike, None]


@contextlib.contextmanager
def journalled(
    search: Any, evaluator: Evaluator
) -> Iterator[tuple[Evaluator, Journal | None]]:
    """Open the journal of a search, if it has one.

    Parameters
    ----------
    search : BaseSearch
        With `journal` and `random_state`.
    evaluator : Evaluator
        With the data and the splits.

    Yields
    ------
    evaluator : Evaluator
        With the seed of the journal where the search has none of its own, and with a
        clock that goes on.
    journal : Journal or None
        Locked until the end of the block.
    """
    if search.journal is None:
        yield evaluator, None
        return
    path = _path(search.journal, evaluator)
    with contextlib.closing(Journal(path)) as journal:
        if search.random_state is None and journal.header is not None:
            evaluator = _seeded(evaluator, int(journal.header["seed"]))
        origin = time.time() - journal.seconds
        yield dataclasses.replace(evaluator, origin=origin), journal


def _path(journal: Any, evaluator: Evaluator) -> str:
    path = os.fspath(journal)
    separators = (os.sep, os.altsep or os.sep)
    if not os.path.isdir(path) and not path.endswith(separators):
        return path
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise JournalError(
            f"journal={path!r} names a folder, which cannot be made: {error.strerror}. "
            "Pass one where you may write, or the path of a file."
        ) from error
    return os.path.join(path, f"{data_name(data_facts(evaluator))}.jsonl")


def _seeded(evaluator: Evaluator, seed: int) -> Evaluator:
    hold_out = evaluator.hold_out
    if hold_out is not None:
        hold_out = dataclasses.replace(hold_out, seed=seed)
    return dataclasses.replace(evaluator, seed=seed, hold_out=hold_out)


def begin_journal(
    search: Any, journal: Journal | None, history: History, evaluator: Evaluator
) -> str | None:
    """Fill a new history from its journal.

    Parameters
    ----------
    search : BaseSearch
        With its parameters, and its fidelity.
    journal : Journal or None
        None does nothing.
    history : History
        Without records.
    evaluator : Evaluator
        With the data and the splits.

    Returns
    -------
    folder : str or None
        Where candidates may wait to be trained on.

    Raises
    ------
    HistoryMismatchError
        If the journal is of another search.
    """
    if journal is None:
        return None
    if journal.header is None:  # a folder would be that of a journal that was removed
        shutil.rmtree(journal.checkpoints, ignore_errors=True)
    facts = data_facts(evaluator)
    facts.update(search_facts(search, history, search._fidelity.rungs))
    n_fits = search._fidelity.n_tasks(history.space) * history.n_splits
    journal.begin(history, facts, versions(search.estimator), n_fits)
    search._fidelity.check_continues(history)
    return journal.checkpoints


@contextlib.contextmanager
def journal_beside(
    search: Any, journal: Journal | None, history: History, evaluator: Evaluator
) -> Iterator[Journal | None]:
    """Open a second journal, of what follows a search, and fill its history from it.

    Parameters
    ----------
    search : BaseSearch
        With its parameters, and its fidelity.
    journal : Journal or None
        Of the search; None yields None.
    history : History
        Of what follows, without records.
    evaluator : Evaluator
        With the data and the splits of what follows.

    Yields
    ------
    journal : Journal or None
        The file with ".recheck" after its name.

    Raises
    ------
    HistoryMismatchError
        If it is of something else, such as other splits.
    """
    if journal is None:
        yield None
        return
    with contextlib.closing(Journal(f"{journal.path}.recheck")) as follower:
        facts = data_facts(evaluator)
        facts.update(search_facts(search, history, search._fidelity.rungs))
        follower.begin(history, facts, versions(search.estimator))
        yield follower


def end_journal(journal: Journal | None, search: Search) -> None:
    """Remove what waited to be trained on, if the search came to its end.

    Parameters
    ----------
    journal : Journal or None
        None does nothing.
    search : Search
        Its log, as far as it came, and what would follow.
    """
    if journal is None or search.history.n_unfinished:
        return
    # A budget may end a search between two decisions: nobody is in training then, and
    # who is to be trained on is not written yet.
    rng = np.random.default_rng(0)
    if search.scheduler.schedule(search.history, rng) is None:
        shutil.rmtree(journal.checkpoints, ignore_errors=True)
