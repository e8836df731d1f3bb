"""A bar that moves while a search runs, in terminals and notebooks."""

import math
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from sksearch._cost import add_spent, is_fit
from sksearch._durations import duration_text
from sksearch.callbacks._base import Callback
from sksearch.callbacks._plan import Plan
from sksearch.callbacks._tracker import required
from sksearch.history import Evaluation, History

__all__ = ["LiveBar"]

_SECONDS_BETWEEN = 0.2  # two pictures
_SECONDS_BETWEEN_LINES = 60.0  # where a line cannot be drawn over
_FORMAT = "search {percentage:3.0f}%|{bar}| {desc}"
_NOTEBOOK_COLUMNS = 110


class LiveBar(Callback):
    """Shows how far a search is, what it has found, and when it will be done.

    The bar has fits done of those planned, finished and failed candidates, the best
    score, the time that is left, and what is spent of `max_time` and `max_cost`; it is
    as long as the nearest of these ends. Where the output is neither a terminal nor a
    notebook, as in the log of a batch job, there are lines instead: one for each tenth,
    and one when a minute has passed.

    Parameters
    ----------
    stream : file or None, default=None
        Where to draw; None is `sys.stdout` at that time.
    clock : callable, default=time.monotonic
        Returns seconds.

    Raises
    ------
    ImportError
        If tqdm is not installed, with the command that does it.

    See Also
    --------
    ProgressLine : What `verbose` prints, which needs no other package.

    Notes
    -----
    Drawn by tqdm as text, in notebooks too: it needs no widgets there, and stands in
    the saved notebook. The cursor is never hidden, so that a search that is killed
    leaves the terminal as it was. scikit-learn's own ``sklearn.callback.ProgressBar``,
    set by ``search.set_callbacks(...)``, has a line for every fit, and knows no scores.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sksearch import BayesSearchCV
    >>> from sksearch.callbacks import LiveBar
    >>> search = BayesSearchCV(
    ...     KNeighborsClassifier(),
    ...     {"n_neighbors": range(1, 100)},
    ...     n_iter=2,
    ...     optimizer="random",
    ...     callbacks=[LiveBar()],
    ... )
    >>> search.fit(*load_iris(return_X_y=True))
    search  10% 1/10 fits, 0 candidates, ETA ...
    search 100% 10/10 fits, 2 candidates, best 0..., ETA 0 s
    BayesSearchCV(...)
    """

    # Of the fit that is running; neither copied nor pickled.
    _now: "_Picture | None" = None

    def __init__(
        self, stream: Any = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        required("tqdm", "LiveBar", "progress")
        self.stream = stream
        self.clock = clock

    def __getstate__(self) -> dict[str, Any]:
        return {name: v for name, v in vars(self).items() if name != "_now"}

    def on_fit_begin(self, search: Any, plan: Plan) -> None:
        """Hear how many fits are planned.

        Parameters
        ----------
        search : BaseSearch
            The search.
        plan : Plan
            With the number of fits, and the budgets.
        """
        self._now = _Picture(plan, self.clock)

    def on_search_begin(self, history: History) -> None:
        """Draw an empty bar, or what an earlier run has done.

        Parameters
        ----------
        history : History
            The log.
        """
        self._now = self._now or _Picture(Plan(), self.clock)
        self._now.begin(history, self.stream or sys.stdout)

    def on_evaluation(self, history: History, evaluation: Evaluation) -> None:
        """Draw the bar anew.

        Parameters
        ----------
        history : History
            The log.
        evaluation : Evaluation
            The newest result.
        """
        if self._now is not None:
            self._now.add(evaluation)
            self._now.draw(history)

    def on_search_end(self, history: History) -> None:
        """Leave the last picture, and the cursor below it.

        Parameters
        ----------
        history : History
            The log.
        """
        if self._now is not None:
            self._now.end(history)
            vars(self).pop("_now")


class _Picture:
    """What is drawn of one search."""

    def __init__(self, plan: Plan, clock: Callable[[], float]) -> None:
        self._plan, self._clock = plan, clock
        self._bar: Any = None
        self._out: Any = None
        self._done = self._known = 0
        self._spent = dict.fromkeys(plan.max_cost, 0.0)
        self._known_spent = dict(self._spent)
        self._last, self._tenth = -math.inf, 0

    def begin(self, history: History, out: Any) -> None:
        """Start the clock; what an earlier run did is done, and took no time."""
        for record in history.records:
            if isinstance(record, Evaluation):
                self.add(record)
        self._known, self._known_spent = self._done, dict(self._spent)
        self._begin, self._out = self._clock(), out
        self._tenth = int(10 * self._share())
        if _can_be_drawn_over(out):
            self._bar = _tqdm_bar(out)
            self.draw(history)
        else:
            self._last = self._begin

    def add(self, evaluation: Evaluation) -> None:
        """Count a result."""
        self._done += 1
        if is_fit(evaluation):
            add_spent(self._spent, evaluation)

    def draw(self, history: History) -> None:
        """Draw, unless the last picture is young."""
        now = self._clock()
        if self._bar is not None:
            if now - self._last >= _SECONDS_BETWEEN:
                self._last = now
                self._draw_bar(history)
        elif self._is_time_for_a_line(now):
            self._last = now
            self._print_line(history)

    def _is_time_for_a_line(self, now: float) -> bool:
        before, self._tenth = self._tenth, int(10 * self._share())
        late = now - self._last >= _SECONDS_BETWEEN_LINES
        return self._tenth > before or late

    def end(self, history: History) -> None:
        """Draw the last picture."""
        if self._bar is not None:
            self._draw_bar(history)
            self._bar.close()
        elif self._tenth < 10:  # else the last line says it all
            self._print_line(history)

    def _draw_bar(self, history: History) -> None:
        self._bar.n = min(self._share(), 1.0)
        self._bar.set_description_str(self._text(history), refresh=False)
        self._bar.refresh()

    def _print_line(self, history: History) -> None:
        share = min(self._share(), 1.0)
        print(f"search {share:4.0%} {self._text(history)}", file=self._out, flush=True)

    # -- how far it is ---------------------------------------------------------------

    def _elapsed(self) -> float:
        return self._clock() - self._begin

    def _share(self) -> float:
        """How near the nearest end is; 1 is there."""
        plan = self._plan
        shares = [self._done / plan.n_fits] if plan.n_fits else [0.0]
        if plan.max_time is not None:
            shares.append(self._elapsed() / plan.max_time)
        shares += [self._spent[k] / most for k, most in plan.max_cost.items()]
        return max(shares)

    def _seconds_left(self) -> float:
        """Until the nearest end, if all goes on as it went; NaN where nothing tells."""
        left, elapsed, plan = list[float](), self._elapsed(), self._plan
        if plan.n_fits and self._done > self._known:
            rest = max(plan.n_fits - self._done, 0)
            left.append(elapsed / (self._done - self._known) * rest)
        if plan.max_time is not None:
            left.append(max(plan.max_time - elapsed, 0.0))
        for kind, most in plan.max_cost.items():
            spent = self._spent[kind] - self._known_spent[kind]
            if spent > 0.0:
                left.append(elapsed / spent * max(most - self._spent[kind], 0.0))
        return min(left, default=math.nan)

    # -- what it says ----------------------------------------------------------------

    def _text(self, history: History) -> str:
        parts = [f"{self._done}{self._planned()} fits", *_found(history)]
        left = self._seconds_left()
        if math.isfinite(left):
            parts.append(f"ETA {duration_text(left)}")
        return ", ".join([*parts, *self._budgets()])

    def _planned(self) -> str:
        """Of how many; nothing where a budget will end the search long before."""
        n_fits = self._plan.n_fits
        is_near = n_fits and self._done >= 0.1 * min(self._share(), 1.0) * n_fits
        return f"/{n_fits}" if is_near else ""

    def _budgets(self) -> Iterator[str]:
        if self._plan.max_time is not None:
            spent, most = self._elapsed(), self._plan.max_time
            yield f"{duration_text(spent)} of {duration_text(most)}"
        for kind, most in self._plan.max_cost.items():
            name = kind.removesuffix("_hours") or "workers'"
            spent = self._spent[kind]
            yield f"{duration_text(spent)} of {duration_text(most)} {name} time"


def _found(history: History) -> Iterator[str]:
    """What was found so far, in a few words."""
    n = len(history.trials) - history.n_unfinished
    yield "1 candidate" if n == 1 else f"{n} candidates"
    failed = len(history.failed())
    if failed:
        yield f"{failed} failed"
    best = history.incumbent()
    if best is not None and len(history.goals) > 1:
        yield f"front of {len(history.front())}"
    elif best is not None:
        yield f"best {history.score(best):.6g}"


def _can_be_drawn_over(out: Any) -> bool:
    """Whether a carriage return takes back a line, as in terminals and notebooks."""
    is_notebook = type(out).__module__.partition(".")[0] == "ipykernel"
    return is_notebook or bool(getattr(out, "isatty", bool)())


def _tqdm_bar(out: Any) -> Any:
    from tqdm.std import tqdm

    is_terminal = bool(getattr(out, "isatty", bool)())
    return tqdm(
        total=1.0,
        file=out,
        bar_format=_FORMAT,
        dynamic_ncols=is_terminal,
        ncols=None if is_terminal else _NOTEBOOK_COLUMNS,
        mininterval=0.0,
    )
