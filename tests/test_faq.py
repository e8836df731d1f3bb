"""The messages that the page of questions explains are those that the code has."""

import ast
import re
from pathlib import Path

import pytest
import sklearn.base

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "user_guide" / "faq.md"
QUOTED = re.compile(r"^\*\*`(.+)`\*\*\n: ", re.MULTILINE)
# Messages of others, with the file that has them; None for Python's own.
OTHERS = {
    "Invalid parameter ... for estimator ...": Path(sklearn.base.__file__),
    "All the ... fits failed.": Path(sklearn.__file__).parent
    / "model_selection"
    / "_validation.py",
    "__init__() got an unexpected keyword argument 'param_grid'": None,
}


def quoted():
    return QUOTED.findall(PAGE.read_text(encoding="utf-8"))


def text(node):
    """A literal as it is shown, `...` for what is put in; None for other nodes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text(part) or "..." for part in node.values)
    return None


def literals(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [found for node in ast.walk(tree) if (found := text(node))]


def says(literal, message):
    """Whether the parts of a message stand in a literal, in their order."""
    parts = [re.escape(part) for part in message.split("...") if part.strip()]
    return bool(parts) and re.search(".*".join(parts), literal, re.DOTALL) is not None


@pytest.fixture(scope="module")
def ours():
    return [t for path in (ROOT / "sksearch").rglob("*.py") for t in literals(path)]


@pytest.mark.parametrize("message", quoted())
def test_the_message_is_in_the_code(message, ours):
    if message not in OTHERS:
        assert any(says(literal, message) for literal in ours)
    elif OTHERS[message] is not None:
        assert any(says(literal, message) for literal in literals(OTHERS[message]))


def test_the_error_of_a_wrong_name_is_pythons():
    from sklearn.svm import SVC

    from sksearch import BayesSearchCV

    [message] = [message for message, file in OTHERS.items() if file is None]
    with pytest.raises(TypeError, match=re.escape(message)):
        BayesSearchCV(SVC(), param_grid={})


def test_a_message_that_is_in_no_file_is_found(ours):
    assert not any(says(literal, "No such ... message exists.") for literal in ours)


def test_each_message_is_explained_once():
    assert len(quoted()) == len(set(quoted())) > 30
    assert set(OTHERS) <= set(quoted())
