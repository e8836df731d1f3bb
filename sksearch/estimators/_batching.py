"""Whether a search trains candidates as one net, and what it says where it does not."""

import functools
import logging
from collections.abc import Callable
from typing import Any

from sksearch._sklearn_compat import StrOptions
from sksearch.evaluation import Evaluator, Training, device_of, why_all_alone

__all__ = ["BATCHING_CONSTRAINTS", "told_of_batching"]

BATCHING_CONSTRAINTS = {"batch_candidates": [StrOptions({"auto"}), "boolean"]}

_logger = logging.getLogger("sksearch.search")


def told_of_batching(
    search: Any, evaluator: Evaluator, training: Training
) -> Callable[[str], None] | None:
    """Return who is told why nets are trained alone; None where all of them are.

    Parameters
    ----------
    search : BaseSearch
        With the parameters of `HyperbandSearchCV`, or those of other searches, which
        train each candidate alone.
    evaluator : Evaluator
        Its own.
    training : Training
        How candidates are trained on.
    """
    asked = getattr(search, "batch_candidates", False)
    if asked is False:
        return None
    tell = functools.partial(_say, bool(search.verbose))
    reason = why_all_alone(evaluator, training)
    if reason is None and (search.fit_timeout, search.max_memory) != (None, None):
        reason = "fit_timeout and max_memory are limits of single fits"
    if reason is None and asked == "auto" and not _is_on_cuda(evaluator):
        reason = "they are on no CUDA device, which 'auto' asks for and True does not"
    if reason is not None:
        tell(reason)
        return None
    return tell


def _is_on_cuda(evaluator: Evaluator) -> bool:
    devices = [*evaluator.pool.here()] if evaluator.pool else []
    own = device_of(evaluator.estimator)
    return any(name.startswith("cuda") for name in [*devices, own or ""])


def _say(aloud: bool, reason: str) -> None:
    message = f"candidates are trained one at a time: {reason}"
    _logger.info(message)
    if aloud:
        print(message)
