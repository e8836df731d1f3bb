"""How far importances would be elsewhere, had the search tried other candidates."""

import numpy as np
from numpy.typing import NDArray

from sksearch._score_model._importances import shares_of
from sksearch._score_model._model import ScoreModel
from sksearch.surrogates import ConstantOutputError

__all__ = ["share_errors"]

_KEPT = 0.75  # of the trials
_MOST_KEPT = 150  # a fit costs the cube of it


def share_errors(
    model: ScoreModel, *, n_refits: int = 20, seed: int = 0
) -> dict[str, float]:
    """Return the standard errors of the importances, by the delete-d jackknife.

    The model is fitted to m of the n trials, drawn without replacement, again and
    again; the variance of a share is m / (n - m) times the variance among these fits:
    J. Shao and C. F. J. Wu, "A general theory for jackknife variance estimation",
    Annals of Statistics 17, 1989. A bootstrap would draw trials twice, from which a
    Gaussian process learns that there is no noise.

    Parameters
    ----------
    model : ScoreModel
        Of n trials.
    n_refits : int, default=20
        How many fits; at least 2.
    seed : int, default=0
        Of the draws, and of the points at which the models are asked.

    Returns
    -------
    errors : dict of str to float
        By parameter, in the order of `shares_of`.
    """
    n, rng = len(model.y), np.random.default_rng(seed)
    m = min(int(_KEPT * n), _MOST_KEPT)
    names = list(shares_of(model, seed))
    fits = [_shares(model, rng.permutation(n)[:m], int(s)) for s in range(n_refits)]
    spread = np.var([[fit.get(name, 0.0) for name in names] for fit in fits], axis=0)
    errors = np.sqrt(m / (n - m) * spread * n_refits / (n_refits - 1.0))
    return dict(zip(names, errors.tolist(), strict=True))


def _shares(model: ScoreModel, rows: NDArray[np.intp], seed: int) -> dict[str, float]:
    try:
        return shares_of(model.of_some(rows), seed)
    except ConstantOutputError:  # these trials say that nothing matters
        return {}
