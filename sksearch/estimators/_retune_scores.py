"""By which score champion and challenger are compared, and what they have."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import check_scoring

from sksearch import _sklearn_compat as compat
from sksearch.estimators._paired_gain import Draws, HeldOut

__all__ = ["Scored", "gains_of", "scored", "scorer_of"]


@dataclass(frozen=True)
class Scored:
    """What a model has on the held-out rows.

    Parameters
    ----------
    score : float
        On all of them.
    drawn : ndarray of shape (n_draws,)
        On each draw; NaN where one has no score.
    """

    score: float
    drawn: Any


def scorer_of(search: Any, scoring: Any) -> tuple[Any, str]:
    """Return what scores a model, and its name.

    Parameters
    ----------
    search : BaseSearch
        With scores of its own.
    scoring : str, callable or None
        One of them, another one, or None for the one by which the search chooses.

    Raises
    ------
    ValueError
        If the search chooses by several, or the score is not known.
    """
    scorers, _ = search._get_scorers()
    own = compat.scorers_by_name(scorers)
    name = _chosen(search, list(own)) if scoring is None else scoring
    if callable(search.scoring) and isinstance(name, str):  # reports what it likes
        return (own["score"], name) if scoring is None else _other(search, scoring)
    if not isinstance(name, str) or name not in own:
        return _other(search, scoring)
    is_single = name == "score" and isinstance(search.scoring, str)
    return own[name], search.scoring if is_single else name


def _other(search: Any, scoring: Any) -> tuple[Any, str]:
    scorer = check_scoring(search.estimator, scoring=scoring)
    name = getattr(scoring, "__name__", "score")
    return scorer, scoring if isinstance(scoring, str) else name


def _chosen(search: Any, names: list[str]) -> str:
    """Return the score by which the best candidate is chosen."""
    is_known = search.refit in names or callable(search.scoring)
    if isinstance(search.refit, str) and is_known:
        return search.refit
    if hasattr(search, "objectives"):
        raise ValueError(
            f"The search chooses by several scores, of {names}, and one has to say "
            "which model is better. Pass its name as scoring."
        )
    return search.objective or names[0]


def scored(held_out: HeldOut, draws: Draws, model: Any) -> Scored:
    """Score a model on all rows, and on each draw of them.

    Parameters
    ----------
    held_out : HeldOut
        The rows.
    draws : Draws
        Of them.
    model : estimator
        Fitted.

    Raises
    ------
    ValueError
        If it has no score on all rows, or on most of the draws.
    """
    score = held_out.score_of(model)
    whole = float(score(np.ones((1, held_out.n_rows)))[0])
    if not np.isfinite(whole):
        held_out.ask(model)  # it says why
        raise ValueError(f"the score is {whole}")
    drawn = np.concatenate([score(weights) for weights in draws])
    share = float(np.mean(np.isfinite(drawn)))
    if share < 0.5:
        raise ValueError(
            f"only {share:.0%} of the draws have one: there are too few rows of each "
            "class, or groups"
        )
    return Scored(whole, drawn)


def gains_of(champion: Scored, challenger: Scored) -> Any:
    """Return the gain of the challenger in each draw in which both have a score.

    Parameters
    ----------
    champion, challenger : Scored
        On the same draws.
    """
    gains = challenger.drawn - champion.drawn
    return gains[np.isfinite(gains)]
