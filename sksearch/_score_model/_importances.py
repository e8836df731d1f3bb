"""Which parameters matter: shares of the variance of a model of the scores.

Shapes: N points, d coordinates of the unit cube.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from sksearch._score_model._model import ScoreModel
from sksearch.history import History
from sksearch.space import SearchSpace

__all__ = ["importances", "shares_of"]

Array = NDArray[np.float64]

_BRANCH = "(branch)"
_N_POINTS = 512


def importances(history: History, *, seed: int = 0) -> dict[str, float]:
    """Return the share of each parameter in how much scores vary over the space.

    A Gaussian process is fitted to the scores. A parameter's share is the part of the
    variance of its mean, over the prior of the space, that would be left if all other
    parameters were known: its total effect [1]_, interactions included, estimated as by
    Jansen [2]_. Shares of parameters that interact count what they do together twice,
    so the sum may be above 1. As for the search, the worse half of the scores counts
    by its order only. Of a search with several resources they are those at the highest.

    Parameters
    ----------
    history : History
        A finished search, or one that runs.
    seed : int, default=0
        Of the points at which the model is asked.

    Returns
    -------
    shares : dict of str to float
        By parameter, the largest first; 0 for a parameter with a single value. Where
        a space of several dicts has no parameter that tells them apart, "(branch)" is
        the choice between them.

    Raises
    ------
    ValueError
        If fewer than ten candidates are complete, or all scores are equal.

    References
    ----------
    .. [1] F. Hutter, H. Hoos and K. Leyton-Brown, "An efficient approach for assessing
       hyperparameter importance", ICML 2014; A. Saltelli et al., "Global sensitivity
       analysis: the primer", 2008, chapter 4.
    .. [2] M. J. W. Jansen, "Analysis of variance designs for model output", Computer
       Physics Communications 117, 1999, equation 5.

    Examples
    --------
    >>> import numpy as np
    >>> from sksearch.history import Evaluation, History, Trial
    >>> from sksearch.report import importances
    >>> from sksearch.space import Real, SearchSpace
    >>> space = SearchSpace({"a": Real(0.0, 1.0), "b": Real(0.0, 1.0)})
    >>> history, rng = History(space, seed=0, n_splits=1), np.random.default_rng(0)
    >>> for number in range(20):
    ...     params = space.sample(rng)
    ...     history.record(Trial(number, params))
    ...     history.record(Evaluation(number, 1, 0, {"score": -params["b"]}))
    >>> {name: round(share, 1) for name, share in importances(history).items()}
    {'b': 1.0, 'a': 0.0}
    """
    return shares_of(ScoreModel.fit(history), seed)


def shares_of(model: ScoreModel, seed: int = 0) -> dict[str, float]:
    """Return the importances that a model of the scores gives."""
    space = model.space
    first, second = _two_designs(space.n_coordinates, seed)
    means = model.means(first)
    variance = float(np.var(np.concatenate([means, model.means(second)])))
    shares = dict.fromkeys(space.names, 0.0)
    for name, columns in _coordinates(space).items():
        changed = first.copy()
        changed[:, columns] = second[:, columns]
        difference = means - model.means(changed)
        # V_T = E[(f(A) - f(A with B's columns))^2] / 2
        if variance > 0.0:
            shares[name] = float(np.mean(difference**2)) / (2.0 * variance)
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _two_designs(n_coordinates: int, seed: int) -> tuple[Array, Array]:
    """Return two independent samples of the unit cube, of shape (N, d) each."""
    sequence = qmc.Sobol(2 * n_coordinates, seed=np.random.default_rng(seed))
    points = sequence.random(_N_POINTS)
    return points[:, :n_coordinates], points[:, n_coordinates:]


def _coordinates(space: SearchSpace) -> dict[str, list[int]]:
    """Return the coordinates that decide each parameter, and that of the branch."""
    found = {name: columns for name, columns in space.coordinates.items() if columns}
    if space.n_branches > 1 and [0] not in found.values():
        found[_BRANCH] = [0]
    return found
