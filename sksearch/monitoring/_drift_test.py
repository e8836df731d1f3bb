"""A sequential test for a drop in a mean that nobody knows exactly.

What is assumed: the score of batch i with n_i rows is normal with mean mu and variance
sigma^2 / n_i; so are the K scores of the folds with m rows each, whose mean, since
training sets overlap, has the variance sigma^2 / m (1/K + m / n_train) (Nadeau and
Bengio 2003). Both mu and sigma are unknown. From batch j on the mean may be lower by
sigma d.

With a half-normal prior of scale rho on d, and the right Haar priors on mu and sigma,
the Bayes factor against no drop is the likelihood ratio of what is left of the data
when location and scale are taken away: a martingale that begins at 1 whatever mu and
sigma are (Perez-Ortiz, Lardy, de Heide and Gruenwald 2024, "E-statistics, group
invariance and anytime-valid testing"). So is its mean over j with weights 1/(j(j+1)).
By Ville's inequality it ever exceeds 1/alpha with a probability of alpha at most.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

__all__ = ["Drift", "Reference", "bayes_factors", "drift", "log_evidence"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Reference:
    """What cross-validation told of the score.

    Parameters
    ----------
    mean : float
        Of the folds.
    spread : float
        Standard deviation of the score of one fold.
    dof : int
        How many degrees of freedom it was estimated with.
    rows : float
        In one fold, tested.
    weight : float
        How many rows tell as much of mu as the mean does.
    """

    mean: float
    spread: float
    dof: int
    rows: float
    weight: float

    @property
    def standard_error(self) -> float:
        """Of the mean."""
        return float(self.spread * np.sqrt(self.rows / self.weight))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return where the mean score of new data lies, by Student's t."""
        half = float(stats.t.ppf((1 + level) / 2, self.dof)) * self.standard_error
        return self.mean - half, self.mean + half


@dataclass(frozen=True)
class Drift:
    """What batches say of a drop.

    Parameters
    ----------
    log_e : float
        The logarithm of the e-value: evidence against no drop.
    since : int
        From which batch on, counted from 0, a drop is the most likely.
    drop : float
        How large it would be, shrunken towards none.
    """

    log_e: float
    since: int
    drop: float


def drift(
    scores: Array, rows: Array, reference: Reference, scale: float = 2.0
) -> Drift:
    """Weigh the evidence for a drop in the mean of scores.

    Parameters
    ----------
    scores : ndarray of shape (t,)
        Of the batches, in order; greater is better.
    rows : ndarray of shape (t,)
        In each.
    reference : Reference
        What was before.
    scale : float, default=2.0
        The size of drops that are looked for, in standard deviations of the score of a
        batch that is as large as a fold.

    Returns
    -------
    drift : Drift
        The evidence, and where it comes from.
    """
    log_factors, drops = bayes_factors(
        scores,
        rows,
        mean=reference.mean,
        sum_of_squares=reference.dof * reference.rows * reference.spread**2,
        dof=reference.dof,
        weight=reference.weight,
        precision=reference.rows / scale**2,
    )
    log_weighted = log_factors + log_prior(len(scores))
    since = int(np.argmax(log_weighted))
    return Drift(float(log_evidence(log_factors)), since, float(drops[since]))


def bayes_factors(
    scores: Array,
    rows: Array,
    *,
    mean: float | Array,
    sum_of_squares: float | Array,
    dof: int,
    weight: float,
    precision: float,
) -> tuple[Array, Array]:
    """Return the evidence for a drop from each batch on, and its size.

    Parameters
    ----------
    scores, rows : ndarray of shape (..., t)
        Of the batches; several sequences beside each other.
    mean, sum_of_squares : float or ndarray of shape (..., 1)
        Of the folds: their mean, and their squared deviations times rows.
    dof : int
        Degrees of freedom of the latter.
    weight : float
        How many rows tell as much of mu as the folds do.
    precision : float
        One over the variance of drops that are looked for, in units of sigma.

    Returns
    -------
    log_factors : ndarray of shape (..., t)
        Logarithms of Bayes factors.
    drops : ndarray of shape (..., t)
        Posterior means of drops from there on.
    """
    total = weight + rows.sum(-1, keepdims=True)
    centre = (weight * mean + (rows * scores).sum(-1, keepdims=True)) / total
    gaps = scores - centre
    # Sums of squares in units of sigma^2; nu is what is left of degrees of freedom.
    nu = dof + scores.shape[-1]
    rss = sum_of_squares + weight * (mean - centre) ** 2
    rss = rss + (rows * gaps**2).sum(-1, keepdims=True)
    # A drop from batch j on, seen beside mu: weights and sums of all batches from j.
    weights = _from_each_on(rows)
    information = weights - weights**2 / total
    missing = -_from_each_on(rows * gaps)
    drops = missing / (information + precision)
    left = rss - missing * drops
    with np.errstate(divide="ignore"):  # a rise is no drop: the factor is 0
        is_drop = np.log(
            special.stdtr(nu, drops * np.sqrt(nu * (information + precision) / left))
        )
    log_factors = (
        0.5 * nu * (np.log(rss) - np.log(left))
        - 0.5 * np.log1p(information / precision)
        + np.log(2.0)
        + is_drop
    )
    return log_factors, drops


def log_prior(n: int) -> Array:
    """Return the logarithms of 1/(j(j+1)), shape (n,): when a drop may begin."""
    order = np.arange(1.0, n + 1.0)
    return -np.log(order * (order + 1.0))


def log_evidence(log_factors: Array) -> Array:
    """Return the logarithm of the e-value, a mean over when a drop began, shape (...).

    Parameters
    ----------
    log_factors : ndarray of shape (..., t)
        Of a drop from each batch on.
    """
    n = log_factors.shape[-1]
    later = np.full((*log_factors.shape[:-1], 1), -np.log(n + 1.0))  # not begun yet
    weighted = np.concatenate([log_factors + log_prior(n), later], axis=-1)
    return np.asarray(special.logsumexp(weighted, axis=-1))


def _from_each_on(values: Array) -> Array:
    return np.asarray(np.cumsum(values[..., ::-1], axis=-1)[..., ::-1])
