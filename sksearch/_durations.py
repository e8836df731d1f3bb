"""Durations as numbers of seconds or as texts."""

import math
import numbers
import re
from typing import Any

__all__ = ["duration_text", "seconds_of"]

_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
}
_PART = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]+)\s*")


def seconds_of(duration: Any, name: str = "duration") -> float:
    """Return a duration in seconds.

    Parameters
    ----------
    duration : float or str
        Seconds, or numbers with units as in ``"90s"``, ``"30min"``, ``"1.5h"``,
        ``"1h 30min"`` and ``"2d"``.
    name : str, default="duration"
        What errors call it.

    Returns
    -------
    seconds : float
        Above 0.

    Raises
    ------
    ValueError
        If it is no duration, or not above 0.
    TypeError
        If it is neither a number nor a text.

    Examples
    --------
    >>> from sksearch._durations import seconds_of
    >>> seconds_of("1h 30min"), seconds_of(2.5)
    (5400.0, 2.5)
    """
    is_number = isinstance(duration, numbers.Real) and not isinstance(duration, bool)
    if not is_number and not isinstance(duration, str):
        raise TypeError(f"{name}={duration!r} is neither seconds nor a text like '2h'.")
    seconds = _read(duration) if isinstance(duration, str) else float(duration)
    if not seconds > 0.0 or math.isinf(seconds):
        raise ValueError(
            f"{name}={duration!r} must be a finite duration above 0: seconds, or a "
            "text such as '30s', '90min', '2h' or '1h 30min'."
        )
    return seconds


def duration_text(seconds: float) -> str:
    """Return seconds as people read them.

    Parameters
    ----------
    seconds : float
        0 or more; NaN is not known.

    Examples
    --------
    >>> duration_text(0.25), duration_text(42.4), duration_text(93784)
    ('0.25 s', '42 s', '1 d 2 h 3 min')
    """
    if not math.isfinite(seconds):
        return "unknown"
    if seconds < 9.5:
        return f"{seconds:.2g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next((i for i, (n, _) in enumerate(parts) if n), 3)
    return " ".join(f"{n} {unit}" for n, unit in parts[first : first + 3] if n)


def _read(text: str) -> float:
    """The sum of the parts of a text; NaN where it has other ones."""
    parts, end = [], 0
    for part in _PART.finditer(text.lower()):
        if part.start() != end or part[2] not in _SECONDS:
            return math.nan
        parts.append(float(part[1]) * _SECONDS[part[2]])
        end = part.end()
    return sum(parts) if parts and end == len(text) else math.nan
