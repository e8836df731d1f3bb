"""What a user gets with `import sksearch`: these names, and no other packages."""

import importlib
import importlib.metadata
import json
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import sksearch

ROOT = Path(__file__).resolve().parents[1]

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


def test_import_brings_nothing_that_scikit_learn_does_not_bring():
    """So it takes little longer; asv_benchmarks/benchmarks/package.py says how long."""
    ours = modules_after("import sksearch")
    theirs = modules_after("import sklearn.model_selection")
    assert packages(ours - theirs) == {"sksearch"}


def test_optional_packages_are_not_imported():
    ours = packages(modules_after("import sksearch"))
    for name in (
        "torch",
        "skorch",
        "lightgbm",
        "dask",
        "distributed",
        "ray",
        "mlflow",
        "wandb",
        "tensorboard",
        "tqdm",
    ):
        assert name not in ours


def public_modules():
    found = pkgutil.walk_packages(sksearch.__path__, "sksearch.")
    names = [module.name for module in found if "._" not in module.name]
    return ["sksearch", *names]


@pytest.mark.parametrize("name", public_modules())
def test_public_modules_export_what_they_say(name):
    module = importlib.import_module(name)
    assert [missing for missing in module.__all__ if not hasattr(module, missing)] == []
    # As ruff sorts: names all in capitals, TPE among them, come first.
    in_order = sorted(set(module.__all__), key=lambda name: (not name.isupper(), name))
    assert list(module.__all__) == in_order


def test_the_package_is_typed():
    assert (Path(sksearch.__file__).parent / "py.typed").exists()


def test_the_table_of_good_starts_lies_beside_its_reader():
    table = Path(sksearch.__file__).parent / "estimators" / "_portfolio.json"
    assert json.loads(table.read_text("utf-8"))["classes"]


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


@pytest.mark.slow
def test_a_part_is_tested_without_being_imported_twice():
    """Else a test that replaces something does so where nobody looks."""
    part = ["sksearch/evaluation", "tests/evaluation/test_evaluator.py"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *part]
    done = subprocess.run(
        [*command, "-k", "shares_add_up"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
