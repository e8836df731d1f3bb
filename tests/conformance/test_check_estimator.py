"""scikit-learn's checks for estimators, on BayesSearchCV and on GridSearchCV alike.

Both run with the same table of expected failures, which are strict: BayesSearchCV fails
in nothing that GridSearchCV does not fail in, and the table holds nothing else.
"""

from typing import Any

import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import check_scoring
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import TransformerTags
from sklearn.utils.estimator_checks import parametrize_with_checks

from sksearch import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    PopulationSearchCV,
)

INNER: list[tuple[BaseEstimator, dict[str, list[Any]]]] = [
    (LogisticRegression(), {"C": [0.1, 1.0]}),
    (Ridge(), {"alpha": [0.1, 1.0]}),
    (make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [0.1, 1.0]}),
    (PCA(), {"whiten": [True, False]}),
    (KMeans(2, n_init=1, random_state=0), {"init": ["random", "k-means++"]}),
]

NO_WARNING = "wants a DataConversionWarning for a column y, which Ridge does not give"
NO_FIT_TRANSFORM = "calls fit_transform, which no search of scikit-learn has"
SPARSE_TAG = "PCA takes sparse data, but with one of its solvers only"

TRANSFORMER = {
    "check_transformer_data_not_an_array": NO_FIT_TRANSFORM,
    "check_transformer_general": NO_FIT_TRANSFORM,
    "check_transformer_preserve_dtypes": NO_FIT_TRANSFORM,
}
EXPECTED_FAILURES = {
    "LogisticRegression": {},
    "Ridge": {"check_supervised_y_2d": NO_WARNING},
    "Pipeline": {"check_supervised_y_2d": NO_WARNING},
    "PCA": {**TRANSFORMER, "check_estimator_sparse_tag": SPARSE_TAG},
    "KMeans": TRANSFORMER,
}


class TransformerTag:
    """Gives a search the tag without which check_estimator refuses a transformer.

    GridSearchCV lacks it, whatever it wraps; so that the checks run at all, both
    searches get it here.
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags = TransformerTags()
        return tags


class TransformingGridSearchCV(TransformerTag, GridSearchCV):
    """GridSearchCV over a transformer."""


class TransformingBayesSearchCV(TransformerTag, BayesSearchCV):
    """BayesSearchCV over a transformer."""


class TransformingHyperbandSearchCV(TransformerTag, HyperbandSearchCV):
    """HyperbandSearchCV over a transformer."""


class TransformingPopulationSearchCV(TransformerTag, PopulationSearchCV):
    """PopulationSearchCV over a transformer."""


class TransformingMultiObjectiveSearchCV(TransformerTag, MultiObjectiveSearchCV):
    """MultiObjectiveSearchCV over a transformer."""


def searches(plain: type, transforming: type) -> list[BaseEstimator]:
    return [
        (transforming if isinstance(inner, PCA | KMeans) else plain)(
            inner,
            space,
            cv=2,
            error_score=_error_score(plain, inner),
            **_scoring(plain, inner),
            **_plan(plain),
        )
        for inner, space in INNER
    ]


def expected_failures(search: Any) -> dict[str, str]:
    expected = dict(EXPECTED_FAILURES[type(search.estimator).__name__])
    if isinstance(search, HyperbandSearchCV):  # with NaN for an error it goes on
        expected.pop("check_estimator_sparse_tag", None)
    return expected


def _scoring(plain: type, inner: BaseEstimator) -> dict[str, Any]:
    """Several scores where a search needs them: its own one, and the same again."""
    if plain is not MultiObjectiveSearchCV:
        return {}
    scorer = check_scoring(inner)
    return {"scoring": {"score": scorer, "again": scorer}, "refit": "score"}


def _plan(plain: type) -> dict[str, Any]:
    """These estimators cannot be trained on: a population is one generation."""
    return {"step": 1.0} if plain is PopulationSearchCV else {}


def _error_score(plain: type, inner: BaseEstimator) -> Any:
    """The few rows of a first rung may give PCA a singular covariance."""
    may_fail = plain is HyperbandSearchCV and isinstance(inner, PCA)
    return float("nan") if may_fail else "raise"


def with_checks(plain: type, transforming: type) -> pytest.MarkDecorator:
    mark = parametrize_with_checks(
        searches(plain, transforming), expected_failed_checks=expected_failures
    )
    names, values = mark.args  # a generator in scikit-learn 1.6
    return pytest.mark.parametrize(names, list(values), **mark.kwargs)


@pytest.mark.filterwarnings("ignore")  # the checks provoke warnings on purpose
@with_checks(BayesSearchCV, TransformingBayesSearchCV)
def test_bayes_search(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore")
@with_checks(HyperbandSearchCV, TransformingHyperbandSearchCV)
def test_hyperband_search(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore")
@with_checks(PopulationSearchCV, TransformingPopulationSearchCV)
def test_population_search(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore")
@with_checks(MultiObjectiveSearchCV, TransformingMultiObjectiveSearchCV)
def test_multi_objective_search(estimator, check):
    check(estimator)


# The table holds what scikit-learn's own search fails in, whatever ours do.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@with_checks(GridSearchCV, TransformingGridSearchCV)
def test_grid_search(estimator, check):
    check(estimator)
