"""scikit-learn's own tests of its searches, with BayesSearchCV standing in.

`sklearn.model_selection.tests.test_search` ships in scikit-learn's wheel. A copy of
that module is loaded with other classes behind the names `GridSearchCV` and
`RandomizedSearchCV`, and its tests become the methods of one class per stand-in.
"""

import importlib.util
import inspect
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from unittest import mock

import pytest
import sklearn
import sklearn.model_selection
from sklearn.model_selection.tests import test_search as original
from sklearn.utils.fixes import parse_version

from sksearch import BayesSearchCV

try:
    from joblib.externals import cloudpickle
except ImportError:  # since joblib 1.6 a package of its own
    import cloudpickle

# What a BayesSearchCV shows beyond scikit-learn's searches: the stand-ins hide it.
EXTRA_COLUMNS = ("status", "n_folds", "error")
EXTRA_ATTRIBUTES = ("cost_", "history_", "metadata_")

LARGER_THAN_ANY_GRID = 10_000  # a finite space ends its search when it is exhausted

DRAWS = "asserts which points scikit-learn's sampler draws"
REPEATS = "its grid repeats a point, and no point is evaluated twice"
NOT_A_SEARCH = "calls no search that is replaced, only scikit-learn's own"

DESELECTED = {
    "test_search_with_2d_array": DRAWS,
    "test_grid_search_classifier_all_fits_fail": REPEATS,
    "test_callable_multimetric_clf_all_fits_fail": REPEATS,
    "test_grid_search_cv_splits_consistency": REPEATS,
    "test_validate_parameter_input": f"{NOT_A_SEARCH} ParameterGrid and -Sampler",
    "test_parameter_grid": f"{NOT_A_SEARCH} ParameterGrid",
    "test_param_sampler": f"{NOT_A_SEARCH} ParameterSampler",
    "test_parameters_sampler_replacement": f"{NOT_A_SEARCH} ParameterSampler",
    "test__custom_fit_no_run_search": f"{NOT_A_SEARCH} BaseSearchCV",
    "test_yield_masked_array_for_each_param": f"{NOT_A_SEARCH} helper",
    "test_yield_masked_array_no_runtime_warning": f"{NOT_A_SEARCH} helper",
}
WRITTEN_FOR = parse_version("1.9")  # the newest scikit-learn that DESELECTED knows
SKLEARN_VERSION = parse_version(sklearn.__version__)
if SKLEARN_VERSION < WRITTEN_FOR:
    DESELECTED["test_random_search_bad_cv"] = "our message has the words of 1.9"

REPLACED = {
    "GridSearchCV": sklearn.model_selection.GridSearchCV,
    "RandomizedSearchCV": sklearn.model_selection.RandomizedSearchCV,
}


def stand_in(replaced: type, **fixed: Any) -> type:
    """Return BayesSearchCV with the name and the signature of a scikit-learn search."""
    signature = inspect.signature(replaced.__init__)  # type: ignore[misc]
    space_name = list(signature.parameters)[2]

    class StandIn(BayesSearchCV):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            bound = signature.bind(self, *args, **kwargs)
            bound.apply_defaults()
            params = {**fixed, **bound.arguments}
            del params["self"]
            params["param_distributions"] = params.pop(space_name)
            super().__init__(**params)
            setattr(self, space_name, params["param_distributions"])

        __init__.__signature__ = signature  # type: ignore[attr-defined] # get_params

        def fit(self, X: Any, y: Any = None, **params: Any) -> "StandIn":
            self.param_distributions = getattr(self, space_name)  # after a set_params
            super().fit(X, y, **params)
            hide_extras(self)
            return self

    StandIn.__name__ = StandIn.__qualname__ = replaced.__name__
    return StandIn


def hide_extras(search: Any) -> None:
    """Remove from a fitted search what scikit-learn's own do not have."""
    for column in EXTRA_COLUMNS:
        del search.cv_results_[column]
    for attribute in EXTRA_ATTRIBUTES:
        delattr(search, attribute)


def load_copy(name: str, classes: dict[str, type]) -> ModuleType:
    """Execute scikit-learn's test module once more, with `classes` behind its names."""
    spec = importlib.util.spec_from_file_location(name, original.__file__)
    assert spec is not None
    assert spec.loader is not None
    copy = sys.modules[name] = importlib.util.module_from_spec(spec)
    cloudpickle.register_pickle_by_value(copy)  # worker processes cannot import it
    for search in classes.values():
        if search.__module__ == __name__:
            search.__module__ = name  # where pickle finds it
    with mock.patch.multiple(sklearn.model_selection, **classes):
        spec.loader.exec_module(copy)
    return copy


def is_halving(value: Any) -> bool:
    """Tell whether a test's parameter is one of scikit-learn's halving searches."""
    values = value if isinstance(value, tuple) else (value,)
    return any("Halving" in getattr(v, "__name__", type(v).__name__) for v in values)


def without_halving(mark: pytest.Mark) -> pytest.Mark:
    """Drop the searches that are not replaced from a test's parameters."""
    if mark.name != "parametrize":
        return mark
    names, values = mark.args
    values = [value for value in values if not is_halving(value)]
    return pytest.mark.parametrize(names, values, **mark.kwargs).mark


def selected(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield the selected tests of a module as methods without self."""
    for name, test in vars(module).items():
        if name.startswith("test_") and name not in DESELECTED:
            marks = map(without_halving, getattr(test, "pytestmark", []))
            test.pytestmark = list(marks)
            yield name, staticmethod(test)


def suite(name: str, classes: dict[str, type]) -> type:
    """Return a test class that runs scikit-learn's tests on `classes`."""
    module = load_copy(f"sklearn_search_tests_{name.lower()}", classes)
    return type(name, (), dict(selected(module)))


def searches_with(optimizer: str) -> dict[str, type]:
    """Return both stand-ins, searching with one optimizer."""
    exhaustive = {"n_iter": LARGER_THAN_ANY_GRID, "optimizer": optimizer}
    return {
        "GridSearchCV": stand_in(REPLACED["GridSearchCV"], **exhaustive),
        "RandomizedSearchCV": stand_in(
            REPLACED["RandomizedSearchCV"], optimizer=optimizer
        ),
    }


# Its tests provoke warnings on purpose, and catch those that they are about.
@pytest.mark.filterwarnings("ignore")
class TestDefaults(suite("Defaults", searches_with("auto"))):  # type: ignore[misc]
    """Both searches replaced by a BayesSearchCV with its default optimizer."""


@pytest.mark.filterwarnings("ignore")
class TestRandom(suite("Random", searches_with("random"))):  # type: ignore[misc]
    """Both searches replaced by a BayesSearchCV that samples at random."""


# The mechanism itself, on which everything must pass; scikit-learn ships it passing.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
class TestScikitLearnItself(suite("Itself", REPLACED)):  # type: ignore[misc]
    """Both searches left as they are."""


@pytest.mark.skipif(
    SKLEARN_VERSION < WRITTEN_FOR, reason="older versions lack some of the tests"
)
@pytest.mark.parametrize("name", DESELECTED)
def test_every_deselected_test_exists(name: str) -> None:
    assert callable(getattr(original, name))


@pytest.mark.parametrize("variant", [TestDefaults, TestRandom])
def test_the_stand_ins_are_in_place(variant: type) -> None:
    module = sys.modules[variant.test_grid_search.__module__]  # type: ignore[attr-defined]
    for name in REPLACED:
        assert issubclass(getattr(module, name), BayesSearchCV)
        assert not issubclass(getattr(original, name), BayesSearchCV)
