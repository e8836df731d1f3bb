"""From a search class, or a factory, to unfitted searches; and their results by row."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sklearn.model_selection import GridSearchCV, ParameterGrid

Space = Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Sequence[Any]]]
MakeSearch = Callable[..., Any]
Check = Callable[[MakeSearch], None]


def as_factory(search: Callable[..., Any]) -> MakeSearch:
    """Return make_search(estimator, space, **params), for grids of any search.

    Where `search` takes `n_iter` and `random_state`, they are the number of points of
    the grid and 0 unless a check says otherwise; where it does not, they are left out.
    """
    accepted = inspect.signature(search).parameters

    def make_search(estimator: Any, space: Space, **params: Any) -> Any:
        defaults = {"n_iter": len(ParameterGrid(space)), "random_state": 0}
        for name, value in defaults.items():
            params.setdefault(name, value)
            if name not in accepted:
                del params[name]
        return search(estimator, space, **params)

    return make_search


def grid_search(estimator: Any, space: Space, **params: Any) -> GridSearchCV:
    """Return the reference: what scikit-learn does with the same arguments."""
    params.pop("n_iter", None)
    return GridSearchCV(estimator, space, **params)


def name_of_space(search: Any, space: Space) -> str:
    """Return the name of the constructor argument that holds `space`."""
    params = search.get_params(deep=False)
    names = [name for name, value in params.items() if value is space]
    assert names, "no parameter of the search is the space that it was given"
    return names[0]


def by_params(search: Any, column: str) -> dict[str, Any]:
    """Return a column of cv_results_ with its candidates as keys."""
    results = search.cv_results_
    keys = [repr(sorted(params.items())) for params in results["params"]]
    return dict(zip(keys, results[column], strict=True))


@contextmanager
def log_file() -> Iterator[str]:
    """Give the path of a log that estimators in any process may append to."""
    with tempfile.TemporaryDirectory(prefix="sksearch-") as folder:
        yield str(Path(folder) / "events.jsonl")
