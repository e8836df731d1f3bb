"""What a search found, as a file: complete, strict, and the estimator comes back."""

import json
import math

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import sksearch
from sksearch import (
    BayesSearchCV,
    HyperbandSearchCV,
    MultiObjectiveSearchCV,
    load_metadata,
    nested_cross_validate,
)
from sksearch.estimators._fingerprints import held_data_facts
from sksearch.evaluation import Evaluator
from sksearch.exceptions import MetadataError
from sksearch.space._identity import describe

X, Y = load_iris(return_X_y=True)
SPACE = {"svc__C": loguniform(1e-2, 1e2), "svc__kernel": ["linear", "rbf"]}


def pipeline():
    return make_pipeline(StandardScaler(), SVC())


def small(estimator, X, y):
    return -float(estimator.tree_.node_count)


def strict(path):
    def refuse(name):
        raise AssertionError(name)

    return json.loads(path.read_text(), parse_constant=refuse)


@pytest.fixture(scope="module")
def search():
    return BayesSearchCV(pipeline(), SPACE, n_iter=6, random_state=3).fit(X, Y)


@pytest.fixture
def path(search, tmp_path):
    return search.export_metadata(tmp_path / "metadata.json")


def searches():
    tree = DecisionTreeClassifier(random_state=0)
    goals = {"good": "accuracy", "small": small}
    return [
        BayesSearchCV(pipeline(), SPACE, n_iter=4, random_state=0),
        HyperbandSearchCV(
            SGDClassifier(max_iter=9, random_state=0),
            {"alpha": loguniform(1e-5, 1e-1)},
            resource="epochs",
            max_resources=9,
            random_state=0,
        ),
        MultiObjectiveSearchCV(
            tree, {"max_depth": range(1, 6)}, scoring=goals, n_iter=5, random_state=0
        ),
    ]


@pytest.mark.parametrize("search", searches(), ids=lambda s: type(s).__name__)
def test_every_search_writes_its_winner(search, tmp_path):
    search.fit(X, Y)
    metadata = load_metadata(search.export_metadata(tmp_path / "m.json"))
    assert describe(metadata.best_params) == describe(search.best_params_)
    expected = clone(search.estimator).set_params(**search.best_params_)
    assert describe(metadata.estimator) == describe(expected)
    assert not hasattr(metadata.estimator, "n_features_in_")
    document = strict(tmp_path / "m.json")
    assert document["search"]["class"] == type(search).__name__
    is_on_rungs = isinstance(search, HyperbandSearchCV)
    amount = search.best_resource_ if is_on_rungs else None
    assert (document["resource"] or {}).get("amount") == amount


def test_the_rebuilt_estimator_predicts_as_the_winner(search, path):
    rebuilt = load_metadata(path).estimator.fit(X, Y)
    assert (rebuilt.predict(X) == search.predict(X)).all()


def test_scores_are_those_of_the_table(search, path):
    found = load_metadata(path).scores["cross_validated"]["score"]
    table, row = search.cv_results_, search.best_index_
    assert found["mean"] == search.best_score_
    assert found["std"] == table["std_test_score"][row]
    assert found["folds"] == [table[f"split{k}_test_score"][row] for k in range(5)]


def test_seeds_versions_data_and_cost_are_there(search, path):
    document, metadata = strict(path), load_metadata(path)
    assert document["seeds"]["search"] == search.history_.seed
    assert metadata.versions["sksearch"] == sksearch.__version__
    assert {"python", "numpy", "scikit-learn"} <= set(metadata.versions)
    assert metadata.cost["fits"] == 30
    assert metadata.cost["refit_seconds"] == search.refit_time_
    assert document["data"]["n_test"] == [30] * 5
    assert "shape (150, 4)" in document["data"]["X"]["text"]


def test_the_fingerprint_is_of_the_data(search, path, tmp_path):
    def facts(X, cv=None):
        other = clone(search).set_params(cv=cv).fit(X, Y)
        return strict(other.export_metadata(tmp_path / "other.json"))["data"]

    first = strict(path)["data"]
    assert facts(np.asfortranarray(X)) == first
    assert facts(X + 1e-9)["X"] != first["X"]
    assert facts(X, StratifiedKFold(4))["splits"] != first["splits"]


def test_settings_without_a_plain_form_stand_as_text(tmp_path):
    search = BayesSearchCV(
        SVC(), {"C": [1, 2]}, param_constraint=lambda params: True, random_state=0
    ).fit(X, Y)
    path = search.export_metadata(tmp_path / "m.json")
    assert "lambda" in strict(path)["search"]["params"]["param_constraint"]["$text"]
    assert load_metadata(path).estimator.C in (1, 2)


def test_an_estimator_without_a_plain_form_is_refused_by_name(tmp_path):
    steps = make_pipeline(FunctionTransformer(lambda X: X), SVC())
    search = BayesSearchCV(steps, {"svc__C": [1, 2]}, random_state=0).fit(X, Y)
    with pytest.raises(MetadataError, match=r"estimator.steps\[0\]\[1\].func"):
        search.export_metadata(tmp_path / "m.json")
    assert not list(tmp_path.iterdir())


def test_honest_scores_stand_beside(search, tmp_path):
    nested = nested_cross_validate(search, X, Y, cv=3)
    path = search.export_metadata(
        tmp_path / "m.json", scores={"nested": nested, "last month": {"f1": math.nan}}
    )
    found = load_metadata(path).scores
    assert found["nested"]["score"]["mean"] == nested.mean["score"]
    low_high = nested.confidence_interval()["score"]
    assert tuple(found["nested"]["score"]["interval_95"]) == low_high
    assert math.isnan(found["last month"]["f1"])


def test_another_row_can_be_written(search, tmp_path):
    path = search.export_metadata(tmp_path / "m.json", index=2)
    params = search.cv_results_["params"][2]
    assert load_metadata(path).best_params == params
    with pytest.raises(IndexError, match="has 6"):
        search.export_metadata(tmp_path / "m.json", index=6)


def test_without_a_best_candidate_a_row_is_wanted(tmp_path):
    search = BayesSearchCV(
        SVC(), {"C": [1, 2]}, scoring=["accuracy", "f1_macro"],
        refit=False, random_state=0,
    ).fit(X, Y)  # fmt: skip
    with pytest.raises(MetadataError, match="Pass index"):
        search.export_metadata(tmp_path / "m.json")
    assert load_metadata(search.export_metadata(tmp_path / "m.json", index=1))


def test_infinities_stay_strict(tmp_path):
    chosen = SelectFromModel(DecisionTreeClassifier(random_state=0))
    model = make_pipeline(chosen, DecisionTreeClassifier(random_state=0))
    thresholds = {"selectfrommodel__threshold": [0.1, -math.inf]}
    search = BayesSearchCV(model, thresholds, random_state=0).fit(X, Y)
    path = search.export_metadata(tmp_path / "m.json", index=1)
    strict(path)
    assert load_metadata(path).estimator[0].threshold == -math.inf


def test_a_lazy_data_set_is_not_read():
    class Lazy:
        """Rows from a disk."""

        def __len__(self):
            return len(X)

        def __getitem__(self, rows):
            return X[rows]

        def __array__(self, dtype=None, copy=None):
            raise AssertionError("all of it was read")

    splits = list(StratifiedKFold(3).split(X, Y))
    evaluator = Evaluator(SVC(), Lazy(), Y, splits, None)
    assert held_data_facts(evaluator)["X"]["hash"] is None


def test_a_search_must_be_fitted(tmp_path):
    with pytest.raises(NotFittedError):
        BayesSearchCV(SVC(), {"C": [1]}).export_metadata(tmp_path / "m.json")


DAMAGE = {
    "no JSON": lambda text: text[:-10],
    "a list": lambda text: "[]",
    "NaN": lambda text: text.replace(
        '"sksearch_metadata": 1', '"sksearch_metadata": NaN'
    ),
    "a newer format": lambda text: text.replace('_metadata": 1', '_metadata": 2'),
    "a name twice": lambda text: text.replace("{", '{"cost": {}, "cost": {},', 1),
    "a lost section": lambda text: text.replace('"scores": {', '"scared": {', 1),
    "another class": lambda text: text.replace("sklearn.svm:SVC", "os:system"),
    "another kind": lambda text: text.replace("sklearn.svm:SVC", "numpy:load"),
    "a new parameter": lambda text: text.replace('"C":', '"See":'),
    "deep nesting": lambda text: "[" * 100_000 + "]" * 100_000,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_files_are_refused(path, damage):
    path.write_text(damage(path.read_text()))
    with pytest.raises(MetadataError):
        load_metadata(path)


def test_names_are_told_without_an_import(path):
    names = load_metadata(path).names
    assert names == [
        "sklearn.pipeline:Pipeline",
        "sklearn.preprocessing:StandardScaler",
        "sklearn.svm:SVC",
    ]


def test_trusted_is_a_list(path):
    with pytest.raises(TypeError, match=r"as in \['mypackage'\]"):
        load_metadata(path, trusted="mypackage")


def test_nets_bring_the_version_of_torch(tmp_path):
    torch = pytest.importorskip("torch", reason="torch is an extra")
    skorch = pytest.importorskip("skorch", reason="skorch is an extra")
    digits, labels = load_digits(return_X_y=True)
    digits, labels = digits[:90].astype(np.float32), labels[:90].astype(np.int64)
    net = skorch.NeuralNetClassifier(
        torch.nn.Linear,
        module__in_features=64,
        module__out_features=10,
        criterion=torch.nn.CrossEntropyLoss,
        max_epochs=2,
        train_split=None,
        verbose=0,
    )
    optimizers = [torch.optim.SGD, torch.optim.Adam]
    search = BayesSearchCV(net, {"optimizer": optimizers}, cv=2, random_state=0)
    path = search.fit(digits, labels).export_metadata(tmp_path / "m.json")
    metadata = load_metadata(path)
    assert metadata.estimator.optimizer is search.best_params_["optimizer"]
    assert metadata.versions["torch"] == torch.__version__
    assert metadata.versions["skorch"] == skorch.__version__
