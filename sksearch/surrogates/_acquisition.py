"""How much better than the best a point may turn out, as a logarithm.

Ament et al. (2023), "Unexpected improvements to expected improvement", section 4.
Plain expected improvement underflows to 0, and its gradient with it, almost
everywhere once a search is under way.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, ndtr

__all__ = ["log_improvement", "log_improvement_with_gradient"]

Array = NDArray[np.float64]

_LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)
_FAR = -50.0  # from here the series is exact, and the closed form cancels


def log_improvement(mean: Array, sd: Array, best: float) -> Array:
    """Return the log of the expected improvement E[max(f - best, 0)].

    Parameters
    ----------
    mean : ndarray of shape (m,)
        Posterior means.
    sd : ndarray of shape (m,)
        Posterior standard deviations, positive.
    best : float
        What is to be improved upon; larger is better.

    Returns
    -------
    log_improvement : ndarray of shape (m,)
        Finite for every finite argument, rising in `mean` and `sd`.

    Examples
    --------
    >>> import numpy as np
    >>> log_improvement(np.array([0.0, -1e3]), np.ones(2), 0.0).round(3)
    array([-9.19000000e-01, -5.00014734e+05])
    """
    return np.log(sd) + _log_h(_standard(mean, sd, best))


def log_improvement_with_gradient(
    mean: Array, sd: Array, best: float
) -> tuple[Array, Array, Array]:
    """Return the log of the expected improvement and its derivatives.

    Parameters
    ----------
    mean : ndarray of shape (m,)
        Posterior means.
    sd : ndarray of shape (m,)
        Posterior standard deviations, positive.
    best : float
        What is to be improved upon; larger is better.

    Returns
    -------
    log_improvement, by_mean, by_sd : ndarray of shape (m,)
        The value, and what it gains with the mean and with the standard deviation.
    """
    z = _standard(mean, sd, best)
    # With h = phi + z Phi: d/d mean = Phi / (sd h), d/d sd = phi / (sd h).
    by_mean, by_sd = _ratios(z)
    return np.log(sd) + _log_h(z), by_mean / sd, by_sd / sd


def _standard(mean: Array, sd: Array, best: float) -> Array:
    with np.errstate(over="ignore"):
        return np.asarray(np.clip((mean - best) / sd, -1e100, 1e100))


def _log_h(z: Array) -> Array:
    """Return log(phi(z) + z Phi(z))."""
    near, far = np.maximum(z, -1.0), np.minimum(z, -1.0)
    log_near = np.log(_phi(near) + near * ndtr(near))
    return np.where(z > -1.0, log_near, _log_phi(far) + _log_tail(far))


def _ratios(z: Array) -> tuple[Array, Array]:
    """Return Phi / h and phi / h."""
    near, far = np.maximum(z, -1.0), np.minimum(z, -1.0)
    h = _phi(near) + near * ndtr(near)
    # phi / h from h / phi: a difference of the logarithms would cancel.
    tail = np.exp(-_log_tail(far))
    Phi_h = np.where(z > -1.0, ndtr(near) / h, _mills(far) * tail)
    return Phi_h, np.where(z > -1.0, _phi(near) / h, tail)


def _log_tail(z: Array) -> Array:
    """Return log(h / phi) = log(1 + z Phi / phi) for z <= -1."""
    middle = np.maximum(z, _FAR)
    closed = np.log1p(middle * _mills(middle))
    w = 1.0 / np.square(np.minimum(z, _FAR))
    # h / phi = 1/z^2 (1 - 3/z^2 + 15/z^4 - 105/z^6 + 945/z^8 - ...)
    series = np.log(w) + np.log1p(w * (-3.0 + w * (15.0 + w * (-105.0 + w * 945.0))))
    return np.where(z > _FAR, closed, series)


def _mills(z: Array) -> Array:
    """Return Phi(z) / phi(z) for z <= -1."""
    return np.asarray(math.sqrt(math.pi / 2.0) * erfcx(-z / math.sqrt(2.0)))


def _phi(z: Array) -> Array:
    return np.asarray(np.exp(_log_phi(z)))


def _log_phi(z: Array) -> Array:
    return -0.5 * z * z - _LOG_SQRT_2PI
