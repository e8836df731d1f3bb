"""What a user gets with `import sksearch`: these names, and no other packages."""

import importlib
import importlib.metadata
import json
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path
from time import perf_counter

import pytest

import sksearch

ROOT = Path(__file__).resolve().parents[1]
REQUIRED = {"numpy", "scipy", "sklearn", "joblib"}

LIST_MODULES = """
import json, sys
{statement}
print(json.dumps(sorted(sys.modules)))
"""


def modules_after(statement):
    code = LIST_MODULES.format(statement=statement)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    return set(json.loads(done.stdout))


def packages(modules):
    return {name.partition(".")[0] for name in modules}


def test_import_brings_nothing_but_what_is_required():
    """scikit-learn itself imports pandas or matplotlib where they are; we add none."""
    ours = packages(modules_after("import sksearch"))
    allowed = packages(
        modules_after(
            "import sklearn.model_selection, sklearn.gaussian_process, scipy.stats, "
            "scipy.optimize, joblib.externals.loky, multiprocessing"
        )
    )
    allowed |= REQUIRED | {"sksearch", "threadpoolctl"} | sys.stdlib_module_names
    assert {name for name in ours - allowed if not name.startswith("_")} == set()


def test_optional_packages_are_not_imported():
    ours = packages(modules_after("import sksearch"))
    for name in ("torch", "skorch", "lightgbm", "dask", "distributed", "ray", "mlflow"):
        assert name not in ours


@pytest.mark.slow
def test_import_takes_little_more_than_scikit_learn_alone():
    def seconds(statement):
        start = perf_counter()
        subprocess.run([sys.executable, "-c", statement], check=True)
        return perf_counter() - start

    # In turns, and the best of each: what else runs only ever adds.
    pairs = [
        (seconds("import sksearch"), seconds("import sklearn.model_selection"))
        for _ in range(7)
    ]
    ours, theirs = map(min, zip(*pairs, strict=True))
    assert ours < 1.2 * theirs


def public_modules():
    found = pkgutil.walk_packages(sksearch.__path__, "sksearch.")
    names = [module.name for module in found if "._" not in module.name]
    return ["sksearch", *names]


@pytest.mark.parametrize("name", public_modules())
def test_public_modules_export_what_they_say(name):
    module = importlib.import_module(name)
    assert [missing for missing in module.__all__ if not hasattr(module, missing)] == []
    assert list(module.__all__) == sorted(set(module.__all__))


def test_the_package_is_typed():
    assert (Path(sksearch.__file__).parent / "py.typed").exists()


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_version_is_the_same_everywhere(project):
    assert sksearch.__version__ == project["version"]


def test_required_dependencies_are_the_four(project):
    names = {line.partition(">=")[0] for line in project["dependencies"]}
    assert names == {"numpy", "scipy", "scikit-learn", "joblib"}


def test_extra_all_joins_the_others(project):
    extras = project["optional-dependencies"]
    [line] = extras["all"]
    joined = set(line.removeprefix("sksearch[").removesuffix("]").split(","))
    assert joined == set(extras) - {"all"}
    assert not any("torch" in requirement for requirement in extras["test"])
