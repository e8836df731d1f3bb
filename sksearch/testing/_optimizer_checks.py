"""The conformance suite for optimizers: what `ask` must keep, whatever it computes."""

import copy
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sksearch.history import Evaluation, History, Trial
from sksearch.optimizers import Optimizer, Proposal, Random
from sksearch.space import Categorical, Integer, Real, SearchSpace

__all__ = ["check_optimizer", "optimizer_checks"]

Params = dict[str, Any]
Check = Callable[[Optimizer, dict[str, SearchSpace]], None]

_N_ASKS = 14


def optimizer_checks(
    optimizer: Optimizer, finite_only: bool = False
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the checks of the suite, for one optimizer, one by one.

    Parameters
    ----------
    optimizer : Optimizer
        What is to be checked.
    finite_only : bool, default=False
        Whether it can only propose the points of finite spaces.

    Yields
    ------
    name : str
        The name of the check, ``check_...``.
    check : callable
        Called without arguments, it returns None or raises AssertionError.

    See Also
    --------
    check_optimizer : Run all of them.

    Examples
    --------
    >>> from sksearch.optimizers import Random
    >>> from sksearch.testing import optimizer_checks
    >>> checks = dict(optimizer_checks(Random()))
    >>> checks["check_proposals_are_legal"]()
    """
    spaces = {
        name: space
        for name, space in make_spaces().items()
        if math.isfinite(space.size) or not finite_only
    }
    for check in _CHECKS:
        if check is not check_no_worse_than_random or not finite_only:
            yield check.__name__, _bind(check, optimizer, spaces)


def check_optimizer(optimizer: Optimizer, finite_only: bool = False) -> None:
    """Check that an optimizer keeps what searches rely on.

    Parameters
    ----------
    optimizer : Optimizer
        What is to be checked.
    finite_only : bool, default=False
        Whether it can only propose the points of finite spaces.

    Raises
    ------
    AssertionError
        With the name of the check that failed.

    Examples
    --------
    >>> from sksearch.optimizers import Sobol
    >>> from sksearch.testing import check_optimizer
    >>> check_optimizer(Sobol())
    """
    for _, check in optimizer_checks(optimizer, finite_only):
        check()


def _bind(
    check: Check, optimizer: Optimizer, spaces: dict[str, SearchSpace]
) -> Callable[[], None]:
    def run() -> None:
        try:
            check(optimizer, spaces)
        except Exception as error:
            message = f"{check.__name__} of {optimizer!r}: {error}\n({check.__doc__})"
            raise AssertionError(message) from error

    return run


def make_spaces() -> dict[str, SearchSpace]:
    """Return spaces of every kind that an optimizer meets, by name."""
    mixed = {
        "rate": Real(1e-4, 1.0, prior="log-uniform"),
        "depth": Integer(1, 20),
        "loss": Categorical(["a", "b", "c"]),
        "layers": [1, 2, 4, 8],
        "flag": [True, False],
    }
    conditional: list[dict[str, Any]] = [
        {"kernel": ["linear"], "C": Real(0.1, 10.0, prior="log-uniform")},
        {"kernel": ["rbf"], "C": Real(0.1, 10.0, prior="log-uniform"), "g": (0.0, 1.0)},
    ]
    triangle = {"x": Integer(0, 5), "y": Integer(0, 5)}
    return {
        "mixed": SearchSpace(mixed),
        "conditional": SearchSpace(conditional),
        "constrained": SearchSpace(
            {"x": (0.0, 1.0), "y": (0.0, 1.0)}, lambda p: bool(p["x"] + p["y"] < 0.5)
        ),
        "believed": SearchSpace(
            conditional, prior={"kernel": ("rbf", 0.8), "C": (1.0, 2.0)}
        ),
        "one value": SearchSpace({"fixed": [None], "x": (0.0, 1.0)}),
        "one point": SearchSpace({"fixed": ["only"]}),
        "finite": SearchSpace({"a": [1, 2, 3], "b": ["u", "v"], "c": [None]}),
        "triangle": SearchSpace(triangle, lambda p: bool(p["x"] + p["y"] < 4)),
        "finite conditional": SearchSpace([{"a": [1, 2], "b": [0, 1]}, {"a": [3]}]),
    }


def score_of(space: SearchSpace, params: Params) -> float:
    """Return a smooth score, largest at the encoded point (0.3, ..., 0.3)."""
    return -float(((space.encode([params]) - 0.3) ** 2).sum())


def start_trial(
    optimizer: Optimizer, history: History, number: int | None = None
) -> Proposal | None:
    """Ask, check that the answer is legal and new, and record its trial."""
    number = len(history.trials) if number is None else number
    proposal = optimizer.ask(history, np.random.default_rng([history.seed, number]))
    if proposal is not None:
        assert history.space.key(proposal.params) not in history.keys, "not new"
        params, tags = proposal.params, proposal.tags
        history.record(Trial(len(history.trials), params, tags=tags))
    return proposal


def end_trial(history: History, number: int, score: float) -> None:
    """Record the result of a trial; one without a finite score has failed."""
    ok = math.isfinite(score)
    history.record(
        Evaluation(number, 1, 0, {"score": score}, status="ok" if ok else "failed")
    )


def grow(
    optimizer: Optimizer,
    space: SearchSpace,
    n: int = _N_ASKS,
    score: Callable[[SearchSpace, Params], float] = score_of,
    n_pending: int = 1,
    seed: int = 0,
) -> History:
    """Return the history of a search with `n_pending` trials unfinished at its end."""
    history = History(space, seed=seed, n_splits=1)
    for _ in range(n):
        if start_trial(optimizer, history) is None:
            break
        if history.n_unfinished > n_pending:
            oldest = history.pending()[0]
            end_trial(history, oldest.id, score(space, dict(oldest.params)))
    return history


def check_empty_history(optimizer: Optimizer, spaces: dict[str, SearchSpace]) -> None:
    """The first point needs no other."""
    for space in spaces.values():
        assert start_trial(optimizer, History(space, seed=0, n_splits=1)) is not None


def check_proposals_are_legal(
    optimizer: Optimizer, spaces: dict[str, SearchSpace]
) -> None:
    """Proposals are legal, complete, new, and tagged with what JSON can keep."""
    for name, space in spaces.items():
        for trial in grow(optimizer, space).trials:
            assert space.allows(trial.params), f"{trial.params} is illegal in {name}"
            assert json.loads(json.dumps(trial.tags, allow_nan=False)) == trial.tags


def check_history_is_not_changed(
    optimizer: Optimizer, spaces: dict[str, SearchSpace]
) -> None:
    """An optimizer reads the history and never writes to it."""
    for space in spaces.values():
        history = grow(optimizer, space)
        before = history.to_json(), list(history.records), set(history.keys)
        optimizer.ask(history, np.random.default_rng(0))
        assert (history.to_json(), history.records, history.keys) == before


def check_depends_only_on_history_and_rng(
    optimizer: Optimizer, spaces: dict[str, SearchSpace]
) -> None:
    """The answer is the same from a copy, and after each cut of the log."""
    for space in spaces.values():
        log = grow(optimizer, space)
        lines = log.to_json().splitlines(keepends=True)
        for cut, record in enumerate(log.records, start=1):
            if isinstance(record, Trial):
                history = History.from_json("".join(lines[:cut]), space)
                other = copy.deepcopy(optimizer)
                start_trial(other, history)
                assert history.records[-1] == record, f"cut at line {cut}"


def check_repr_and_equality(
    optimizer: Optimizer, spaces: dict[str, SearchSpace]
) -> None:
    """A copy is equal, also after a search: nothing has been written to it."""
    before = copy.deepcopy(optimizer)
    grow(optimizer, next(iter(spaces.values())))
    assert before == optimizer
    assert repr(before) == repr(optimizer)
    assert isinstance(optimizer, Optimizer)
    assert optimizer.max_pending >= 1


def check_failures(optimizer: Optimizer, spaces: dict[str, SearchSpace]) -> None:
    """A search goes on when some fits fail, and when all do."""

    def score(space: SearchSpace, params: Params) -> float:
        found = score_of(space, params)
        return found if found > -0.3 else math.nan

    for space in spaces.values():
        for failing in (score, lambda *_: math.nan):
            history = grow(optimizer, space, score=failing)
            assert len(history.trials) == min(_N_ASKS, _n_legal(space))


def check_pending(optimizer: Optimizer, spaces: dict[str, SearchSpace]) -> None:
    """Points are new also while many, or all, are unfinished."""
    for space in spaces.values():
        for n_pending in (4, _N_ASKS):
            history = grow(optimizer, space, n_pending=n_pending)
            assert len(history.trials) == min(_N_ASKS, _n_legal(space))


def check_finite_spaces_are_exhausted(
    optimizer: Optimizer, spaces: dict[str, SearchSpace]
) -> None:
    """Each point of a finite space comes once, and then None."""
    for name, space in spaces.items():
        if math.isfinite(n_legal := _n_legal(space)) and space.size < 100:
            history = grow(optimizer, space, n=int(n_legal) + 3)
            assert len(history.keys) == n_legal, name
            assert optimizer.ask(history, np.random.default_rng(1)) is None, name


def check_degenerate_scores(
    optimizer: Optimizer, spaces: dict[str, SearchSpace]
) -> None:
    """Scores that are equal, huge, tiny, or mostly lost in rounding stop nobody."""
    scores: list[Callable[[SearchSpace, Params], float]] = [
        lambda *_: 1.0,
        lambda *_: 0.0,
        lambda space, params: 1e300 * score_of(space, params),
        lambda space, params: 1e-300 * score_of(space, params),
        lambda space, params: 1.0 + 1e-16 * score_of(space, params),
        lambda space, params: -1e300 if score_of(space, params) < -0.2 else 0.5,
    ]
    for score in scores:
        for space in list(spaces.values())[:2]:
            history = grow(optimizer, space, score=score)
            assert len(history.trials) == min(_N_ASKS, _n_legal(space))


def check_several_objectives(
    optimizer: Optimizer, spaces: dict[str, SearchSpace]
) -> None:
    """Two objectives and a bound that is missed now and then change none of this."""
    for name, space in spaces.items():
        history = History(
            space,
            seed=0,
            n_splits=1,
            objectives=["low", "high"],
            constraints={"low": -0.3, "price": -0.5},
        )
        for number in range(_N_ASKS):
            if start_trial(copy.deepcopy(optimizer), history) is None:
                break
            if history.n_unfinished > 1:
                oldest = history.pending()[0]
                history.record(_several_scores(space, oldest))
            again = History.from_json(history.to_json(), space)
            answers = [
                optimizer.ask(each, np.random.default_rng(number))
                for each in (history, again)
            ]
            assert answers[0] == answers[1], f"{name}: {answers} after {number}"
        assert len(history.trials) == min(_N_ASKS, _n_legal(space))


def _several_scores(space: SearchSpace, trial: Trial) -> Evaluation:
    """Return scores that contradict each other, and a failure for every fifth trial."""
    low = score_of(space, dict(trial.params))
    high = -float(((space.encode([trial.params]) - 0.7) ** 2).sum())
    if trial.id % 5 == 4:
        return Evaluation(trial.id, 1, 0, {}, status="failed")
    scores = {"low": low, "high": high, "price": low - high}
    return Evaluation(trial.id, 1, 0, scores)


def check_no_worse_than_random(
    optimizer: Optimizer, spaces: dict[str, SearchSpace]
) -> None:
    """On a sphere, the median of the best scores is not worse than that of Random."""
    space = SearchSpace({f"x{i}": Real(0.0, 1.0) for i in range(3)})

    def regret(searcher: Optimizer) -> float:
        return -float(np.median([_best(searcher, space, seed) for seed in range(9)]))

    # Two random searches differ by less than this factor in 99 of 100 comparisons.
    assert regret(optimizer) <= 3.0 * regret(Random())


def _best(optimizer: Optimizer, space: SearchSpace, seed: int) -> float:
    history = grow(optimizer, space, n=25, n_pending=0, seed=seed)
    return max(map(history.score, range(25)))


def _n_legal(space: SearchSpace) -> float:
    return sum(1 for _ in space.grid()) if math.isfinite(space.size) else math.inf


_CHECKS: tuple[Check, ...] = (
    check_empty_history,
    check_proposals_are_legal,
    check_history_is_not_changed,
    check_depends_only_on_history_and_rng,
    check_repr_and_equality,
    check_failures,
    check_pending,
    check_finite_spaces_are_exhausted,
    check_degenerate_scores,
    check_several_objectives,
    check_no_worse_than_random,
)
