"""When a model is asked, and what goes first: a space-filling design."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from sksearch._blas import blas_limited_to
from sksearch.history import History
from sksearch.optimizers._base import Proposal
from sksearch.optimizers._prior import draw_believed
from sksearch.optimizers._sobol import Sobol

__all__ = [
    "InitialSize",
    "ask_design",
    "ask_model",
    "check_n_initial",
    "knows_too_little",
]

InitialSize = int | Literal["auto"]


def check_n_initial(n: object) -> None:
    """Refuse a number of initial trials that is none.

    Raises
    ------
    ValueError
        If it is neither "auto" nor an integer of at least 1.
    """
    if n != "auto" and not (isinstance(n, int) and n >= 1):
        raise ValueError(
            f"n_initial={n!r} must be an integer of at least 1. "
            "Pass 'auto' to leave it to the number of dimensions."
        )


def ask_design(history: History, rng: np.random.Generator) -> Proposal | None:
    """Return the next point of a design that looks everywhere.

    Where the user believes something every other point is drawn from that, until it is
    denied; the others are those of the Sobol sequence, by which that is found out.

    Parameters
    ----------
    history : History
        The log so far.
    rng : numpy.random.Generator
        The only source of randomness.

    Returns
    -------
    proposal : Proposal or None
        None when every point of a finite space has been tried.
    """
    newest = history.trials[-1].tags if history.trials else {}
    drawn = None if newest.get("by") == "prior" else draw_believed(history, rng)
    return drawn or Sobol().ask(history, rng)


def ask_model(
    suggest: Callable[[History, np.random.Generator], Proposal | None],
    history: History,
    rng: np.random.Generator,
    n_initial: InitialSize,
) -> Proposal | None:
    """Ask a model; or a design, while too little is known and where the model fails.

    Parameters
    ----------
    suggest : callable
        The model. Whatever it raises is taken for a failure.
    history : History
        The log so far.
    rng : numpy.random.Generator
        The only source of randomness.
    n_initial : int or "auto"
        Trials before the model takes over: with "auto" two for each dimension of
        the space, but from 5 to 10.

    Returns
    -------
    proposal : Proposal or None
        None when every point of a finite space has been tried.
    """
    if knows_too_little(history, n_initial):
        return ask_design(history, rng)
    try:
        # One thread: for matrices this small more are slower, and the last bits of
        # the answer must not depend on their number.
        with blas_limited_to(1), np.errstate(all="ignore"):
            proposal = suggest(history, rng)
    except Exception:  # whatever it is: a model never ends a search
        proposal = None
    return proposal or Sobol().ask(history, rng)


def knows_too_little(history: History, n_initial: InitialSize) -> bool:
    """Whether the design goes on: `n_initial` is as of `ask_model`."""
    n_observed = len(history.observed())
    n_known = n_observed + len(history.pending())
    usual = min(max(5, 2 * history.space.n_coordinates), 10)
    return n_observed < 3 or n_known < (usual if n_initial == "auto" else n_initial)
