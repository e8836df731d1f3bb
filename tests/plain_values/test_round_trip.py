"""What is written as plain parameters comes back as it was, of the same types."""

import functools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import special, stats
from sklearn import config_context, metrics
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_selection import SelectKBest, mutual_info_classif
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators
from sklearn.utils._test_common.instance_generator import _construct_instances

from sksearch import BayesSearchCV
from sksearch._plain_values import from_plain, to_plain
from sksearch.exceptions import MetadataError
from sksearch.selection import OneStandardError
from sksearch.space import Categorical, Integer, Real
from sksearch.space._identity import describe

numbers = st.integers() | st.floats() | st.complex_numbers() | st.booleans() | st.none()
dtypes = (
    hnp.boolean_dtypes()
    | hnp.integer_dtypes(endianness="?")
    | hnp.floating_dtypes(endianness="?", sizes=(16, 32, 64))
    | hnp.complex_number_dtypes(sizes=(64, 128))
    | hnp.unicode_string_dtypes()
)
hashables = numbers | st.text() | st.binary() | st.tuples(st.integers(), st.text())
leaves = (
    hashables
    | st.text(st.characters())
    | hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, min_side=0, max_side=3))
    | dtypes.flatmap(lambda t: hnp.from_dtype(t)).map(lambda v: np.asarray(v)[()])
    | dtypes
    | st.builds(range, st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 3))
    | st.builds(slice, st.none() | st.integers(), st.integers(), st.none())
    | st.frozensets(hashables)
    | st.sets(hashables)
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.just("$tuple"), inner, max_size=4)
        | st.dictionaries(hashables, inner, max_size=3)
    ),
    max_leaves=12,
)


def there_and_back(value, trusted=()):
    written = json.dumps(to_plain(value), allow_nan=False)
    return from_plain(json.loads(written), trusted)


def same(a, b):
    """Equal, of equal types at every depth; NaN equals NaN, and 0.0 is not -0.0."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        pairs = zip(a.items(), b.items(), strict=True)
        return len(a) == len(b) and all(same(x, y) for x, y in pairs)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, set | frozenset):
        return len(a) == len(b) and sorted(map(repr, a)) == sorted(map(repr, b))
    if isinstance(a, np.ndarray | np.generic):
        same_kind = a.dtype == b.dtype and a.shape == b.shape
        return same_kind and same(a.tolist(), b.tolist())
    if isinstance(a, float):
        return (a == b and math.copysign(1, a) == math.copysign(1, b)) or a != a != b
    if isinstance(a, complex):
        return same((a.real, a.imag), (b.real, b.imag)) or a != a != b
    return bool(a == b)


@given(values)
def test_values_come_back_with_their_types(value):
    assert same(there_and_back(value), value)


@given(values)
def test_what_is_written_is_stable(value):
    assert to_plain(there_and_back(value)) == to_plain(value)


def test_none_nan_text_and_tuple_are_four_things():
    given_ = [
        None,
        math.nan,
        "nan",
        "None",
        (None,),
        [None],
        np.float64(1),
        1.0,
        1,
        True,
    ]
    assert same(there_and_back(given_), given_)


def instances():
    for name, cls in all_estimators():
        if name != "FrozenEstimator" and not name.startswith("PassiveAggressive"):
            yield from _construct_instances(cls)


@pytest.mark.parametrize("estimator", list(instances()), ids=lambda e: type(e).__name__)
def test_every_estimator_of_scikit_learn_is_rebuilt(estimator):
    again = there_and_back(estimator)
    assert type(again) is type(estimator)
    assert describe(again) == describe(estimator)


COMPOSED = [
    Pipeline(
        [
            ("log", FunctionTransformer(np.log1p, inverse_func=special.expit)),
            (
                "best",
                SelectKBest(functools.partial(mutual_info_classif, n_neighbors=2)),
            ),
            ("model", SVC(C=np.float64(2.5), class_weight={0: 1.0, 1: 2.0})),
        ],
        memory="cache",
    ),
    ColumnTransformer(
        [
            (
                "numbers",
                StandardScaler(),
                make_column_selector(dtype_include=np.number),
            ),
            ("rest", "passthrough", slice(2, None)),
            ("masked", "drop", np.array([True, False])),
        ]
    ),
    GaussianProcessRegressor(RBF(2.0, "fixed") + WhiteKernel(0.1) * 2.0),
    BayesSearchCV(
        DecisionTreeClassifier(),
        {
            "max_depth": Integer(1, 9),
            "ccp_alpha": stats.loguniform(1e-4, 1e-1),
            "max_features": Real(0.1, 1.0),
            "criterion": Categorical(["gini", "entropy"]),
            "min_samples_leaf": stats.randint(low=1, high=20),
        },
        cv=RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=1),
        refit=OneStandardError(["max_depth"]),
        scoring={"f": metrics.make_scorer(metrics.fbeta_score, beta=2)},
    ),
    HistGradientBoostingClassifier(categorical_features=[0, "b"], max_bins=7),
]


@pytest.mark.parametrize("composed", COMPOSED, ids=lambda e: type(e).__name__)
def test_what_is_composed_is_rebuilt(composed):
    again = there_and_back(composed)
    assert describe(again) == describe(composed)
    assert describe(clone(again)) == describe(composed)


@pytest.mark.parametrize(
    "splitter",
    [KFold(4), GroupKFold(3), ShuffleSplit(2, test_size=0.3), TimeSeriesSplit(gap=2)],
    ids=repr,
)
def test_splitters_are_rebuilt(splitter):
    assert repr(there_and_back(splitter)) == repr(splitter)


@pytest.mark.parametrize(
    "frozen",
    [stats.loguniform(1e-3, 10), stats.norm(loc=1, scale=2), stats.binom(5, 0.3)],
    ids=lambda frozen: frozen.dist.name,
)
def test_distributions_are_rebuilt(frozen):
    again = there_and_back(frozen)
    draws = [each.rvs(20, random_state=3) for each in (frozen, again)]
    assert (draws[0] == draws[1]).all()


def test_a_scorer_scores_as_before():
    scorer = metrics.make_scorer(
        metrics.log_loss, greater_is_better=False, response_method="predict_proba"
    )
    X, y = np.arange(8.0)[:, None], np.arange(8) % 2
    model = LogisticRegression().fit(X, y)
    assert there_and_back(scorer)(model, X, y) == scorer(model, X, y)


def test_requests_and_output_come_back_as_with_clone():
    with config_context(enable_metadata_routing=True):
        model = LogisticRegression().set_fit_request(sample_weight="weight")
        scaler = StandardScaler().set_output(transform="pandas")
    again, scaled = there_and_back(model), there_and_back(scaler)
    asked = again.get_metadata_routing().fit.requests
    assert asked["sample_weight"] == "weight"
    assert scaled._sklearn_output_config == scaler._sklearn_output_config


class Local:
    pass


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (lambda x: x, "cannot be imported"),
        (SVC().fit, "cannot be imported"),
        (Local(), "Local cannot be written"),
        (np.random.RandomState(0), "RandomState cannot be written"),
        (np.array(["2020-01-01"], dtype="M8[D]"), "ndarray cannot be written"),
        (np.longdouble(1), "longdouble cannot be written"),
        (FrozenEstimator(SVC()), "a fitted model"),
    ],
    ids=["lambda", "method", "object", "generator", "date", "longdouble", "frozen"],
)
def test_what_has_no_plain_form_is_refused_by_name(value, says):
    with pytest.raises(MetadataError, match=says) as raised:
        to_plain(SVC(C=[0, value]), "estimator")
    assert "estimator.C[1]" in str(raised.value)


def test_what_is_defined_in_a_notebook_is_refused():
    class Net:
        __module__ = "__main__"

    with pytest.raises(MetadataError, match="module of your own"):
        to_plain(Net)


def test_what_contains_itself_is_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(MetadataError, match="nested too deeply"):
        to_plain(loop)


def test_nets_are_rebuilt():
    torch = pytest.importorskip("torch", reason="torch is an extra")
    skorch = pytest.importorskip("skorch", reason="skorch is an extra")
    from skorch.callbacks import EarlyStopping, LRScheduler

    net = skorch.NeuralNetClassifier(
        torch.nn.Linear,
        module__in_features=3,
        module__out_features=2,
        criterion=torch.nn.CrossEntropyLoss,
        criterion__weight=torch.tensor([1.0, 2.0]),
        optimizer=torch.optim.Adam,
        callbacks=[
            ("slower", LRScheduler(torch.optim.lr_scheduler.StepLR, step_size=2)),
            ("enough", EarlyStopping(patience=3)),
        ],
    )
    again = there_and_back(net)
    assert to_plain(again) == to_plain(net)
    assert torch.equal(again.criterion__weight, net.criterion__weight)
    assert again.initialize().module_.in_features == 3


def test_boosters_are_rebuilt():
    lightgbm = pytest.importorskip("lightgbm", reason="lightgbm is an extra")
    model = lightgbm.LGBMClassifier(num_leaves=7, min_gain_to_split=0.1)
    assert there_and_back(model).get_params() == model.get_params()
