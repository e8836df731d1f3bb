"""Earlier searches, read as points of the space that is searched now."""

import contextlib
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from sksearch._pareto import preference_order
from sksearch._shown_space import ShownSpace
from sksearch.history import History
from sksearch.optimizers import Source
from sksearch.space import Categorical, SearchSpace

__all__ = ["sources_of"]

# Parameters, a score, and those of several objectives where all are known.
_Entry = tuple[Mapping[str, Any], float, tuple[float, ...]]
_Found = Iterable[_Entry]


def sources_of(search: Any, history: History) -> list[Source]:
    """Read what a search is told to begin from.

    Parameters
    ----------
    search : BaseSearch
        With `warm_start_from`, and the estimator whose own values stand for parameters
        that an earlier search did not vary.
    history : History
        Of the search, still empty: with the space, and what is known of objectives.

    Returns
    -------
    sources : list of Source
        Without those that have no finite score.

    Raises
    ------
    TypeError
        If an entry is nothing that can be read.
    ValueError
        If an entry has no parameter in common with the space, or no such score.
    """
    given = search.warm_start_from
    if isinstance(given, str | os.PathLike | Mapping | History) or hasattr(
        given, "fit"
    ):
        raise TypeError(
            f"warm_start_from={_named(given)} must be a list of searches, histories, "
            "paths of journals or cv_results_. Put it in a list."
        )
    own = search.estimator.get_params(deep=True)
    sources = [
        _source(entry, f"warm_start_from[{i}]", history, own)
        for i, entry in enumerate(given)
    ]
    return [source for source in sources if len(source.points)]


def _source(entry: Any, name: str, history: History, own: Mapping[str, Any]) -> Source:
    space = history.space
    found = list(_read(entry, name, history))
    _check_common(name, found, space)
    texts = _choices_by_text(space) if _shows_texts(entry) else {}
    best: dict[Any, _Entry] = {}
    for params, score, goals in found:
        point = _placed(params, space, own, texts)
        if point is None or not math.isfinite(score):
            continue
        key = space.key(point)
        if key not in best or score > best[key][1]:
            best[key] = point, score, goals
    points, scores, of_goals = zip(*best.values(), strict=True) if best else ((),) * 3
    return Source(points, scores, of_goals if all(of_goals) else ())


# -- what an entry holds --------------------------------------------------------------


def _read(entry: Any, name: str, history: History) -> _Found:
    if isinstance(entry, str | os.PathLike):
        return _of_history(_loaded(entry, history.space), history)
    if isinstance(entry, History):
        return _of_history(entry, history)
    if hasattr(entry, "history_"):
        return _of_history(entry.history_, history)
    table = getattr(entry, "cv_results_", entry)
    if isinstance(table, Mapping) and "params" in table:
        return _of_table(table, name, history.goals)
    if hasattr(entry, "fit"):
        raise ValueError(
            f"{name}={_named(entry)} is not fitted. Call its fit, or pass its journal."
        )
    raise TypeError(
        f"{name}={_named(entry)} is no search, history, journal or cv_results_. Pass a "
        "fitted search, its history_, the path of its journal, or its cv_results_."
    )


def _loaded(path: str | os.PathLike[str], space: SearchSpace) -> History:
    """Read a journal; of another space choices are known by their texts."""
    history = History.load(os.fspath(path))
    if history.space.fingerprint == space.fingerprint:
        return History.load(os.fspath(path), space)
    return history


def _of_history(earlier: History, history: History) -> _Found:
    """Yield the trials at the highest resource, with what is to be large of them."""
    resource = earlier.highest()
    ranked = earlier.ranked(resource)
    for place, trial_id in enumerate(ranked):
        score = -float(place)  # by its own rules: bounds and fronts count there
        if len(history.goals) == 1 and not earlier.constraints:
            score = _score(earlier, trial_id, resource, history.objective)
        goals = _goals(earlier, trial_id, resource, history.goals)
        yield earlier.trials[trial_id].params, score, goals


def _goals(
    earlier: History,
    trial_id: int,
    resource: int | None,
    names: Sequence[str | None],
) -> tuple[float, ...]:
    """Return the scores of several objectives; none where one is missing."""
    folds = earlier.evaluations(trial_id, resource).values()
    if len(names) == 1 or not all(n in fold.scores for fold in folds for n in names):
        return ()
    found = tuple(earlier.score(trial_id, resource, name) for name in names)
    return found if all(map(math.isfinite, found)) else ()


def _score(
    earlier: History, trial_id: int, resource: int | None, name: str | None
) -> float:
    folds = earlier.evaluations(trial_id, resource).values()
    known = all(name in fold.scores for fold in folds)
    return earlier.score(trial_id, resource, name if known else None)


def _of_table(
    table: Mapping[str, Any], name: str, goals: Sequence[str | None]
) -> _Found:
    """Yield the rows of a `cv_results_`, of successive halving the last iteration."""
    columns = [_column(table, name, goal) for goal in goals]
    scores = np.column_stack([np.asarray(table[c], dtype=float) for c in columns])
    resources = np.asarray(table.get("n_resources", np.zeros(len(scores))))
    rows = np.flatnonzero(
        (resources == resources.max(initial=0)) & np.isfinite(scores).all(axis=1)
    )
    single, each = scores[rows, 0], [()] * len(rows)
    if len(goals) > 1 and len(rows):
        single = -np.argsort(preference_order(scores[rows])).astype(float)
        if len(set(columns)) == len(goals):  # else one score stands for all
            each = [tuple(row) for row in scores[rows].tolist()]
    params = [table["params"][row] for row in rows]
    yield from zip(params, single.tolist(), each, strict=True)


def _column(table: Mapping[str, Any], name: str, goal: str | None) -> str:
    """Return the column of a score; the only one, whatever it is called."""
    names = [key for key in table if str(key).startswith("mean_test_")]
    wanted = f"mean_test_{goal or 'score'}"
    if wanted not in names and len(names) == 1:
        return names[0]
    if wanted not in names:
        raise ValueError(
            f"{name} has the scores {sorted(names)}, and none is {wanted!r}. Pass the "
            "name of the score as objective or refit, or a table that has it."
        )
    return wanted


# -- where it lies now ----------------------------------------------------------------


def _check_common(name: str, found: Sequence[_Entry], space: SearchSpace) -> None:
    """Refuse a search that varied nothing that is searched now."""
    theirs = {key for params, *_ in found for key in params}
    ours = {key for branch in space.branches for key in branch}
    if found and not theirs & ours:
        raise ValueError(
            f"{name} has the parameters {sorted(theirs)}, and the space has "
            f"{sorted(ours)}: none in common. Rename the keys of its cv_results_"
            "['params'], or leave it out."
        )


def _placed(
    params: Mapping[str, Any],
    space: SearchSpace,
    own: Mapping[str, Any],
    texts: Mapping[str, Mapping[str, Any]],
) -> Mapping[str, Any] | None:
    """Return a point of the space that has all that it shares with given parameters.

    What the earlier search did not vary had the estimator's own value. It lies in the
    branch in which least must be guessed; None where a value is outside the space, or
    the constraint rejects it.
    """
    found: list[tuple[int, Mapping[str, Any]]] = []
    for dimensions in space.branches:
        given = {
            key: _value(params[key], dimension, texts.get(key, {}))
            for key, dimension in dimensions.items()
            if key in params
        }
        if given and all(given[key] in dimensions[key] for key in given):
            values = {k: v for k, v in {**own, **given}.items() if k in dimensions}
            known = {k: v for k, v in values.items() if v in dimensions[k]}
            point: Mapping[str, Any] = {
                key: dimension.canonical(known[key])
                if key in known
                else dimension.ppf(0.5)
                for key, dimension in dimensions.items()
            }
            found.append((len(dimensions) - len(known), point))
    _, best = min(found, key=lambda each: each[0], default=(0, None))
    return best if best is not None and space.allows(best) else None


def _value(value: Any, dimension: Any, texts: Mapping[str, Any]) -> Any:
    """Return a value; a choice that is known by its text only is looked up."""
    if isinstance(value, str) and value in texts:
        return texts[value]
    if isinstance(value, str) and not isinstance(dimension, Categorical):
        with contextlib.suppress(ValueError):
            return float(value)
    return value


def _shows_texts(entry: Any) -> bool:
    history = getattr(entry, "history_", entry)
    if isinstance(entry, str | os.PathLike):
        return True
    return isinstance(history, History) and isinstance(history.space, ShownSpace)


def _choices_by_text(space: SearchSpace) -> dict[str, dict[str, Any]]:
    """Return the choices of each parameter by the texts that stand for them."""
    found: dict[str, dict[str, Any]] = {}
    for dimensions in space.branches:
        for name, dimension in dimensions.items():
            if isinstance(dimension, Categorical):
                texts = {dimension.to_json(c)["text"]: c for c in dimension.choices}
                found.setdefault(name, {}).update(texts)
    return found


def _named(entry: Any) -> str:
    return repr(entry)[:80]
