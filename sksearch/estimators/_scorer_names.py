"""What scoring may not be: names of our scorers, and metrics.

scikit-learn does not know the former, and takes the latter for scorers.
"""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from sksearch import metrics

__all__ = ["check_no_metrics", "check_scorer_names"]


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


def check_no_metrics(scoring: Any) -> None:
    """Refuse a function that compares two lists where a scorer is asked for.

    It would be called with an estimator, and every score would be missing.

    Parameters
    ----------
    scoring : object
        As users pass it.

    Raises
    ------
    ValueError
        If it is, or has, a function of `sklearn.metrics` that is no scorer.
    """
    for each in scoring.values() if isinstance(scoring, Mapping) else [scoring]:
        module = str(getattr(each, "__module__", ""))
        if inspect.isfunction(each) and module.startswith("sklearn.metrics."):
            name = each.__name__
            raise ValueError(
                f"scoring={name} is a metric, which compares y_true and y_pred, and no "
                f"scorer. Pass make_scorer({name}), or a scorer's name such as "
                "'accuracy'."
            )


def _names(scoring: Any) -> Iterator[str]:
    several = scoring.values() if isinstance(scoring, Mapping) else scoring
    if isinstance(scoring, Mapping | list | tuple):
        yield from (name for name in several if isinstance(name, str))
