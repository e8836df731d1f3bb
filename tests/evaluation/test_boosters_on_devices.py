"""XGBoost and CatBoost themselves take what a search sets to put them on a device.

Neither package is an extra: who has them installed runs these tests.
"""

import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksearch import BayesSearchCV
from sksearch.evaluation._accelerators import accelerators
from sksearch.evaluation._device_params import placement, takes_device

X, Y = load_iris(return_X_y=True)
SPACE = {"max_depth": (2, 5)}
PLACED = {
    "xgboost": {"device": "cuda:1"},
    "catboost": {"task_type": "GPU", "devices": "1"},
}


@pytest.fixture(params=PLACED)
def library(request):
    reason = f"{request.param} is no extra, and not installed"
    pytest.importorskip(request.param, reason=reason)
    return request.param


@pytest.fixture
def model(library):
    """One that trains in a moment."""
    if library == "xgboost":
        from xgboost import XGBClassifier

        return XGBClassifier(n_estimators=2)
    from catboost import CatBoostClassifier

    return CatBoostClassifier(iterations=2, verbose=0, allow_writing_files=False)


@pytest.fixture(autouse=True)
def no_other_leases(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)


@pytest.fixture
def two_gpus(monkeypatch):
    """What the driver would say of two GPUs; the libraries see what there is."""
    for name in ("_device_pool", "_asked_devices"):
        path = f"sksearch.evaluation.{name}.accelerators"
        monkeypatch.setattr(path, lambda: ("cuda:0", "cuda:1"))


def where(model):
    return {
        name.rpartition("__")[2]: value
        for name, value in model.get_params().items()
        if name.rpartition("__")[2] in ("device", "task_type", "devices") and value
    }


def test_what_is_set_is_there_and_stays(library, model):
    placed = clone(model).set_params(**placement(model, "cuda:1"))
    assert where(placed) == where(clone(placed)) == PLACED[library]
    assert takes_device(model)
    assert placement(placed, "cuda:0") == {}, "a device that was chosen stays"
    assert placement(model, "cuda:1", willing=True) == {}, "auto moves nets only"


def test_what_asks_for_a_gpu_is_told_which(library, model):
    asking = {"device": "cuda"} if library == "xgboost" else {"task_type": "GPU"}
    model.set_params(**asking)
    model.set_params(**placement(model, "cuda:1", willing=True))
    assert where(model) == PLACED[library]


def test_in_a_pipeline(library, model):
    pipeline = make_pipeline(StandardScaler(), model)
    pipeline.set_params(**placement(pipeline, "cuda:1"))
    assert where(pipeline) == PLACED[library]


@pytest.mark.parametrize("devices", [["cpu"], "auto"])
def test_a_search_without_a_gpu_changes_nothing(model, devices):
    if accelerators():
        pytest.skip("this machine has accelerators")
    plain, leased = (
        BayesSearchCV(model, SPACE, n_iter=2, cv=2, random_state=0, devices=given)
        for given in (None, devices)
    )
    plain.fit(X, Y)
    leased.fit(X, Y)
    assert leased.cost_["by_device"].keys() == {"cpu"}
    assert (
        leased.cv_results_["mean_test_score"] == plain.cv_results_["mean_test_score"]
    ).all()
    assert leased.best_estimator_.predict(X).shape[0] == len(X)


@pytest.mark.filterwarnings("ignore:.*Device is changed from GPU to CPU:UserWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:.*non-finite:UserWarning")
def test_each_fit_of_a_search_asks_its_library_for_the_device(library, model, two_gpus):
    """Without a GPU XGBoost says so and goes on; CatBoost raises what CUDA says."""
    if accelerators():
        pytest.skip("this machine has accelerators, see test_gpu.py")
    search = BayesSearchCV(
        model, SPACE, n_iter=2, cv=2, random_state=0, devices={"cuda:1": 2}
    )
    if library == "xgboost":
        search.fit(X, Y)
        assert where(search.best_estimator_) == PLACED[library]
        assert search.cost_["by_device"].keys() == {"cuda:1"}
        return
    with pytest.raises(ValueError, match=r"(?s)CatBoostError.*cuda"):
        search.fit(X, Y)
