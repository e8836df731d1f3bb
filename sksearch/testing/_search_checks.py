"""The conformance suite for search estimators: three ways to run it."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from unittest import SkipTest

from sksearch.testing._factory import Check, MakeSearch, as_factory
from sksearch.testing._search_rows import ROWS


def search_checks(
    search: Callable[..., Any],
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the checks of the suite, for one search, one by one.

    Parameters
    ----------
    search : class or callable
        A search class whose first two constructor arguments are the estimator and the
        space, or a factory that returns such a search: ``search(estimator, space,
        **params)``, where the space is a grid (a dict of lists, or a list of such
        dicts) and `params` are constructor arguments of ``GridSearchCV``. Arguments
        `n_iter` and `random_state` are passed where the signature has them.

    Yields
    ------
    name : str
        The name of the check, ``check_...``.
    check : callable
        Called without arguments, it returns None, raises AssertionError with the row
        and the name of the check, or raises ``unittest.SkipTest``.

    See Also
    --------
    check_search_estimator : Run all of them.
    parametrize_with_search_checks : Make each one a test of pytest.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sksearch.testing import search_checks
    >>> checks = dict(search_checks(GridSearchCV))
    >>> checks["check_fit_again"]()
    """
    make_search = as_factory(search)
    for row, checks in ROWS.items():
        for check in checks:
            yield check.__name__, _runner(row, check, make_search)


def _runner(row: int, check: Check, make_search: MakeSearch) -> Callable[[], None]:
    def run() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # failing fits, which many checks provoke
            try:
                check(make_search)
            except SkipTest:
                raise
            except Exception as error:
                raise AssertionError(
                    f"row {row}, {check.__name__}: {_what_failed(error)}\n"
                    f"The check in one sentence: {check.__doc__}"
                ) from error

    run.__name__ = check.__name__
    run.__doc__ = check.__doc__
    return run


def _what_failed(error: Exception) -> str:
    """Return the message of an error, and of a bare assert its line."""
    line = traceback.extract_tb(error.__traceback__)[-1].line
    return str(error) or f"{type(error).__name__} in {line}"


def check_search_estimator(
    search: Callable[..., Any],
    *,
    checks: Iterable[str] | None = None,
    expected_failed_checks: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Check that a search estimator can take the place of GridSearchCV.

    The suite has twenty rows of behaviour, each of which at least one widely used
    search breaks: tags, clone, pickle, cross-validation around the search, the columns
    of ``cv_results_``, failing fits, metadata routing, sample weights, parallel runs,
    shuffled splits, choices of any type, data frames, threads, Ctrl-C, dying workers
    and callbacks.

    Parameters
    ----------
    search : class or callable
        A search class whose first two constructor arguments are the estimator and the
        space, or a factory that returns such a search: ``search(estimator, space,
        **params)``, where the space is a grid (a dict of lists, or a list of such
        dicts) and `params` are constructor arguments of ``GridSearchCV``. Arguments
        `n_iter` and `random_state` are passed where the signature has them.
    checks : iterable of str, default=None
        Names of the checks to run, as `search_checks` yields them. None runs all.
    expected_failed_checks : dict of str to str, default=None
        Names of checks that fail, each with its reason. One that passes nevertheless
        raises an AssertionError, so that no reason outlives its cause.

    Returns
    -------
    outcomes : dict of str to str
        For each check "passed", "expected failure: ..." or "skipped: ...".

    Raises
    ------
    AssertionError
        With the row and the name of the first check that fails.
    ValueError
        If `checks` or `expected_failed_checks` names no check.

    See Also
    --------
    parametrize_with_search_checks : Make each check a test of pytest.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sksearch.testing import check_search_estimator
    >>> check_search_estimator(GridSearchCV, checks=["check_clone", "check_pickle"])
    {'check_clone': 'passed', 'check_pickle': 'passed'}
    """
    available = dict(search_checks(search))
    expected = dict(expected_failed_checks or {})
    names = list(available if checks is None else checks)
    _require_known({*names, *expected}, available)
    return {name: _outcome(available[name], expected.get(name)) for name in names}


def _require_known(names: Iterable[str], available: Iterable[str]) -> None:
    unknown = sorted(set(names) - set(available))
    if unknown:
        raise ValueError(
            f"{unknown} are no checks of the suite. "
            f"Take names from search_checks: {', '.join(available)}."
        )


def _outcome(check: Callable[[], None], reason: str | None) -> str:
    try:
        check()
    except SkipTest as skipped:
        return f"skipped: {skipped}"
    except AssertionError:
        if reason is None:
            raise
        return f"expected failure: {reason}"
    if reason is not None:
        raise AssertionError(
            f"{check.__name__} passes, though it was expected to fail ({reason}). "
            f"Remove it from expected_failed_checks."
        )
    return "passed"


def parametrize_with_search_checks(
    searches: Mapping[str, Callable[..., Any]],
    *,
    expected_failed_checks: Mapping[str, Mapping[str, str]] | None = None,
) -> Any:
    """Return a pytest decorator that makes a test of each check and search.

    Parameters
    ----------
    searches : dict of str to class or callable
        Search classes or factories, as `check_search_estimator` takes them, by a name
        that identifies them in the report.
    expected_failed_checks : dict of str to dict of str to str, default=None
        For a search's name, the names of checks that fail with their reasons. These
        tests are strict expected failures.

    Returns
    -------
    decorator : MarkDecorator
        It parametrises the argument `check` of a test.

    Raises
    ------
    ValueError
        If `expected_failed_checks` names no check, or no search.

    See Also
    --------
    check_search_estimator : Run all checks without pytest.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sksearch.testing import parametrize_with_search_checks
    >>> @parametrize_with_search_checks({"grid": GridSearchCV})
    ... def test_search(check):
    ...     check()
    """
    import pytest

    expected = {name: dict(e) for name, e in (expected_failed_checks or {}).items()}
    _require_known(expected, searches)
    tests = []
    for name, search in searches.items():
        checks = dict(search_checks(search))
        reasons = expected.get(name, {})
        _require_known(reasons, checks)
        for check_name, check in checks.items():
            reason = reasons.get(check_name)
            marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
            tests.append(pytest.param(check, id=f"{name}-{check_name}", marks=marks))
    return pytest.mark.parametrize("check", tests)
