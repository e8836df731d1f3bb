"""The fits that failed, grouped by what they said."""

from dataclasses import dataclass, field

from sksearch._records import error_line
from sksearch.history import Evaluation, History

__all__ = ["Failures", "grouped_failures"]


@dataclass
class Failures:
    """Fits that failed in one way.

    Parameters
    ----------
    status : str
        How they ended; "ok" where a scorer alone failed.
    message : str
        The line that says what was raised.
    example : str
        All of the first.
    fits : list of tuple of int
        (trial, resource, fold) of each.
    """

    status: str
    message: str
    example: str
    fits: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def trial_ids(self) -> list[int]:
        """The candidates, each once."""
        return list(dict.fromkeys(trial_id for trial_id, _, _ in self.fits))


def grouped_failures(history: History) -> list[Failures]:
    r"""Return the failures of a search, the most frequent first.

    Parameters
    ----------
    history : History
        The log.

    Returns
    -------
    failures : list of Failures
        By status and message.

    Examples
    --------
    >>> from sksearch.history import Trial
    >>> from sksearch.space import SearchSpace
    >>> history = History(SearchSpace({"C": [1, 10]}), seed=0, n_splits=2)
    >>> history.record(Trial(0, {"C": 10}))
    >>> for fold in range(2):
    ...     error = "Traceback ...\nValueError: no"
    ...     fit = Evaluation(0, 1, fold, status="failed", error=error)
    ...     history.record(fit)
    >>> [(each.message, len(each.fits)) for each in grouped_failures(history)]
    [('ValueError: no', 2)]
    """
    groups: dict[tuple[str, str], Failures] = {}
    for record in history.records:
        if not isinstance(record, Evaluation) or not _failed(record):
            continue
        text = (record.error or "").strip()
        message = error_line(text).strip() if text else record.status
        key = record.status, message
        group = groups.setdefault(key, Failures(record.status, message, text))
        group.fits.append((record.trial_id, record.resource, record.fold))
    return sorted(groups.values(), key=lambda group: -len(group.fits))


def _failed(result: Evaluation) -> bool:
    return result.status not in ("ok", "skipped") or result.error is not None
