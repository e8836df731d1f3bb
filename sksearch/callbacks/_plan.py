"""What a search is going to do, as far as it is known at its begin."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Plan"]


@dataclass(frozen=True)
class Plan:
    """What a search will run at most, and within which budgets.

    Parameters
    ----------
    search : str, default="search"
        The name of the class.
    estimator : str, default=""
        The name of the class that is tuned.
    n_fits : int or None, default=None
        How many fits there will be at most; None is not known.
    resource : str or None, default=None
        What is spent on candidates that are trained on; None where all are trained in
        full.
    max_resource : int, default=1
        The highest: who was trained so far is not trained on.
    max_time : float or None, default=None
        Seconds after which the search ends.
    max_cost : dict of str to float, default={}
        Worker-seconds by kind, "cpu_hours" or "gpu_hours", or of any kind by "".
    versions : dict of str to str, default={}
        Of the packages on which results depend.
    origin : float, default=0.0
        `time.time()` at the begin, to which `Evaluation.started` is added; of a search
        that goes on, the begin it would have without the pause.

    Examples
    --------
    >>> from sksearch.callbacks import Plan
    >>> Plan("BayesSearchCV", n_fits=250, max_time=3600.0).n_fits
    250
    """

    search: str = "search"
    estimator: str = ""
    n_fits: int | None = None
    resource: str | None = None
    max_resource: int = 1
    max_time: float | None = None
    max_cost: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    origin: float = 0.0
