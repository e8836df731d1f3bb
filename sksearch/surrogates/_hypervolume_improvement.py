"""How much volume a point may add to what a front dominates, as a logarithm.

Disjoint boxes fill what is not dominated. A point y takes the part below it from each:
prod_j min((y_j - l_j)+, u_j - l_j). Objectives that are independent given the model let
the expectation into the product, so that the sum over boxes is exact for any number of
objectives and needs no Monte Carlo:

    E = sum_b prod_j E[(y_j - l_bj)+] - E[(y_j - u_bj)+].

With two objectives the boxes are strips, and this is the formula of Emmerich, Deutz and
Klinkenberg (2011), "Hypervolume-based expected improvement: monotonicity properties and
exact computation"; with boxes in general, of Yang et al. (2019), "Efficient computation
of expected hypervolume improvement using box decomposition algorithms".

All is done in logarithms (Ament et al., 2023, "Unexpected improvements to expected
improvement"). The difference is log a + log(1 - b / a). Where a and b are close it is
inexact, but harmlessly: the terms of a alone are the improvement on an orthant that
holds nothing dominated, so that none exceeds the sum, and an error relative to it is
one relative to the sum.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from sksearch.surrogates._acquisition import (
    log_improvement,
    log_improvement_with_gradient,
)

__all__ = ["log_hypervolume_improvement", "log_hypervolume_improvement_with_gradient"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_TINY = 1e-30  # what is left of 1 - b/a where rounding leaves nothing


def log_hypervolume_improvement(
    mean: Array, sd: Array, boxes: tuple[Array, Array]
) -> Array:
    """Return the log of the expected gain in hypervolume.

    Parameters
    ----------
    mean : ndarray of shape (k, m)
        Posterior means of m independent objectives; larger is better.
    sd : ndarray of shape (k, m)
        Posterior standard deviations, positive.
    boxes : tuple of two ndarray of shape (b, m)
        Lower and upper corners of disjoint boxes that fill what lies above the
        reference point and is not dominated; the upper may be infinite.

    Returns
    -------
    log_improvement : ndarray of shape (k,)
        Finite for every finite argument, rising in `mean` and `sd`.

    Examples
    --------
    >>> import numpy as np
    >>> lower = np.array([[0.0, 2.0], [1.0, 1.0], [2.0, 0.0]])  # front (1, 2), (2, 1)
    >>> upper = np.array([[np.inf, np.inf], [np.inf, 2.0], [np.inf, 1.0]])
    >>> mean = np.array([[2.0, 2.0], [-50.0, 0.0]])
    >>> log_hypervolume_improvement(mean, np.full((2, 2), 0.1), (lower, upper)).round(3)
    array([ 7.70000000e-02, -1.25224871e+05])
    """
    logs = []
    for j, levels, lower, upper in _levels(boxes):
        ends = log_improvement(mean[:, [j]] - levels, sd[:, [j]], 0.0)
        logs.append(_differences(ends, lower, upper).log)
    return _sum_over_boxes(logs)[0]


def log_hypervolume_improvement_with_gradient(
    mean: Array, sd: Array, boxes: tuple[Array, Array]
) -> tuple[Array, Array, Array]:
    """Return the log of the expected gain in hypervolume and its derivatives.

    Parameters
    ----------
    mean : ndarray of shape (k, m)
        Posterior means of m independent objectives; larger is better.
    sd : ndarray of shape (k, m)
        Posterior standard deviations, positive.
    boxes : tuple of two ndarray of shape (b, m)
        As in `log_hypervolume_improvement`.

    Returns
    -------
    log_improvement : ndarray of shape (k,)
        The value.
    by_mean, by_sd : ndarray of shape (k, m)
        What it gains with each mean and with each standard deviation.
    """
    logs, slopes = [], []
    for j, levels, lower, upper in _levels(boxes):
        ends, *by = log_improvement_with_gradient(
            mean[:, [j]] - levels, sd[:, [j]], 0.0
        )
        differences = _differences(ends, lower, upper)
        logs.append(differences.log)
        slopes.append([_slopes(slope, lower, upper, differences) for slope in by])
    value, shares = _sum_over_boxes(logs)
    by_mean, by_sd = np.einsum("kb,jskb->skj", shares, np.array(slopes))
    return value, by_mean, by_sd


class _Differences(NamedTuple):
    """The log of a - b, and b / a and 1 - b / a with it."""

    log: Array
    ratio: Array
    remainder: Array


def _levels(
    boxes: tuple[Array, Array],
) -> Iterator[tuple[int, Array, Indices, Indices]]:
    """Give, for each objective, the finite ends of boxes, and which each box has.

    Many boxes share an end. The number after the last stands for infinity.
    """
    for j, (lower, upper) in enumerate(zip(boxes[0].T, boxes[1].T, strict=True)):
        levels = np.unique(np.concatenate([lower, upper[np.isfinite(upper)]]))
        yield j, levels, *np.searchsorted(levels, [lower, upper])


def _differences(ends: Array, lower: Indices, upper: Indices) -> _Differences:
    """Subtract the improvements on upper ends from those on lower, given as logs."""
    a, b = ends[:, lower], _with_infinity(ends, -np.inf)[:, upper]
    log_ratio = b - a
    remainder = np.maximum(-np.expm1(log_ratio), _TINY)
    return _Differences(a + np.log(remainder), np.exp(log_ratio), remainder)


def _slopes(
    slopes: Array, lower: Indices, upper: Indices, differences: _Differences
) -> Array:
    """Return d log(a - b) = (dlog a - b / a dlog b) / (1 - b / a)."""
    a, b = slopes[:, lower], _with_infinity(slopes, 0.0)[:, upper]
    return np.asarray((a - differences.ratio * b) / differences.remainder)


def _sum_over_boxes(factors: list[Array]) -> tuple[Array, Array]:
    """Return the log of the sum of products of factors, and each product's share.

    The factors are logs too. Each is taken relative to its largest first: that of an
    objective without hope would swallow the digits of the others.
    """
    largest = np.array([factor.max(axis=1) for factor in factors])
    logs = sum(f - top[:, None] for f, top in zip(factors, largest, strict=True))
    value = logsumexp(logs, axis=1)
    return largest.sum(axis=0) + value, np.exp(logs - value[:, np.newaxis])


def _with_infinity(ends: Array, value: float) -> Array:
    return np.pad(ends, ((0, 0), (0, 1)), constant_values=value)
