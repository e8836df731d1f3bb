"""Names of our scorers, which scikit-learn does not know."""

from collections.abc import Iterator, Mapping
from typing import Any

from sksearch import metrics

__all__ = ["check_scorer_names"]


def check_scorer_names(scoring: Any) -> None:
    """Refuse a scorer of `sksearch.metrics` where only its name is passed.

    Parameters
    ----------
    scoring : object
        As users pass it.

    Raises
    ------
    ValueError
        If several scorers are asked for, and one of them is such a name.
    """
    ours = [name for name in _names(scoring) if name in metrics.__all__]
    if ours:
        raise ValueError(
            f"scoring={scoring!r}: scikit-learn knows scorers by name, but not those "
            f"of sksearch.metrics: {', '.join(ours)}. Pass the object in a dict, as in "
            f"scoring={{'accuracy': 'accuracy', {ours[0]!r}: "
            f"sksearch.metrics.{ours[0]}}}."
        )


def _names(scoring: Any) -> Iterator[str]:
    several = scoring.values() if isinstance(scoring, Mapping) else scoring
    if isinstance(scoring, Mapping | list | tuple):
        yield from (name for name in several if isinstance(name, str))
