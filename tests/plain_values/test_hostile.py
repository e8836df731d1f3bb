"""A file is data from strangers: whatever it says, nothing of theirs is run."""

import contextlib
import importlib
import sys
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.svm import SVC

from sksearch._plain_values import _paths, _trust, from_plain, to_plain
from sksearch.exceptions import MetadataError

OUTSIDE = [
    "os:system",
    "subprocess:Popen",
    "builtins:eval",
    "builtins:exec",
    "builtins:open",
    "builtins:__import__",
    "joblib:load",
    "pickle:loads",
    "antigravity:fly",
    "numpy:load",
    "numpy:memmap",
    "numpy:save",
    "numpy.f2py.__main__:main",
    "numpy:ctypeslib.load_library",
    "torch:load",
    "torch.hub:load",
    "torch.utils.cpp_extension:load",
    "sklearn.datasets:fetch_openml",
    "sklearn.datasets:load_files",
    "sklearn.utils._testing:check_skip_network",
    "sklearn.conftest:pyplot",
    "sklearn.base:os.system",
    "sklearn.svm:SVC.fit",
    "sklearn.svm:SVC.__init__",
    "sklearn.model_selection:np.load",
    "sklearn.metrics:get_scorer.__globals__",
    "sksearch._plain_values._paths:resolve",
    "sksearch.__main__:main",
    "scipy.special:errstate",
    "torch.utils.data:_utils.worker._worker_loop",
    "torch.nn.functional:handle_torch_function",
    "../evil:Net",
    "",
    ":",
    "sklearn.svm",
    "sklearn.svm:",
    "sklearn.svm:SVC\n",
    "sklearn..svm:SVC",
    None,
    7,
    ["sklearn.svm:SVC"],
]
TAGS = ["$object", "$class", "$function"]


@pytest.fixture(scope="module")
def imported():
    """The modules that were imported on a file's word, and what had to be."""
    seen, real = [], importlib.import_module

    def noted(name, *args):
        seen.append(name)
        return real(name, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_paths, "importlib", types.SimpleNamespace(import_module=noted))
        yield seen


def form_of(tag, path):
    return {tag: path, "params": {}} if tag == "$object" else {tag: path}


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("path", OUTSIDE, ids=str)
def test_what_is_not_listed_is_refused(tag, path, imported):
    inside = {"$object": "sklearn.svm:SVC", "params": {"C": form_of(tag, path)}}
    for form in (form_of(tag, path), inside, {"$partial": form_of(tag, path)}):
        with pytest.raises(MetadataError):
            from_plain(form)
    assert set(imported) <= _trust._MODULES


def test_nothing_is_imported_before_all_is_checked(tmp_path, monkeypatch):
    (tmp_path / "of_a_stranger.py").write_text("raise SystemExit('it ran')")
    monkeypatch.syspath_prepend(tmp_path)
    form = [{"$class": "sklearn.svm:SVC"}, {"$class": "of_a_stranger:Net"}]
    with pytest.raises(MetadataError, match=r"trusted=\['of_a_stranger:Net'\]"):
        from_plain(form)
    assert "of_a_stranger" not in sys.modules


texts = st.sampled_from([*filter(lambda p: isinstance(p, str), OUTSIDE)]) | st.text()
tags = st.sampled_from(
    [*TAGS, "$tuple", "$set", "$dict", "$range", "$slice", "$int", "$float", "$bytes"]
    + ["$complex", "$scalar", "$array", "$dtype", "$tensor", "$partial", "$scorer"]
    + ["$distribution", "$text", "$unknown"]
)
beside = st.sampled_from(
    ["args", "keywords", "params", "dtype", "shape", "requests", "output"]
    + ["greater_is_better", "response_method"]
)
good = st.sampled_from(
    [*map(to_plain, (SVC(), SVC, range(3), 1j, (1, None), {1: 2}, {3}))]
    + ["loguniform", "<f8", "|O", "<U1000000000", "V9999999999", "sklearn.svm:SVC"]
)
forms = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | good,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(tags | beside | st.text(), inner, max_size=4)
        | st.builds(
            lambda tag, value, more: {tag: value, **more},
            tags,
            inner,
            st.dictionaries(beside, inner, max_size=3),
        )
    ),
    max_leaves=10,
)


@given(form=forms)
def test_any_form_is_read_or_refused(form, imported):
    with contextlib.suppress(MetadataError):
        from_plain(form)
    assert set(imported) <= _trust._MODULES


def test_deep_nesting_is_refused():
    form = None
    for _ in range(100_000):
        form = [form]
    with pytest.raises(MetadataError, match="too deeply"):
        from_plain(form)


PACKAGE = """
import os
from os import system
class Net:
    def __init__(self, width=1):
        self.width = width
    def get_params(self, deep=True):
        return {"width": self.width}
def halved(X):
    return X / 2
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package that a user knows, and we do not."""
    folder = tmp_path / "of_a_friend"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "nets.py").write_text(PACKAGE)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("of_a_friend.nets")
    for name in ("of_a_friend", "of_a_friend.nets"):
        del sys.modules[name]


@pytest.mark.parametrize(
    "trusted", ["of_a_friend", "of_a_friend.nets", "of_a_friend.nets:Net"]
)
def test_a_users_own_classes_need_a_word(package, trusted):
    form = to_plain(package.Net(width=5))
    with pytest.raises(MetadataError, match="trusted="):
        from_plain(form)
    with pytest.raises(MetadataError, match="trusted="):
        from_plain(form, ["of_a_friend.net", "of_a"])
    assert from_plain(form, [trusted]).width == 5


def test_trust_in_a_package_is_none_in_what_it_imported(package):
    assert from_plain(to_plain(package.halved), ["of_a_friend"]) is package.halved
    for path in ("of_a_friend.nets:system", "of_a_friend.nets:os.system"):
        with pytest.raises(MetadataError):
            from_plain({"$function": path}, ["of_a_friend"])


def test_errors_of_constructors_are_named():
    form = {"$object": "sklearn.svm:SVC", "params": {"depth": 3}}
    with pytest.raises(MetadataError, match="unexpected keyword argument 'depth'"):
        from_plain(form)


def test_what_is_not_installed_is_named():
    form = {"$object": "xgboost:XGBClassifierOfTomorrow", "params": {}}
    with pytest.raises(MetadataError, match="xgboost"):
        from_plain(form)
