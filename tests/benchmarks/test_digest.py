"""Rows of a benchmark are stale when, and only when, what they ran has changed."""

import pytest

import asv_benchmarks.quality.digest as digest
from asv_benchmarks.quality.methods import version

BAYESIAN, RANDOM = "sksearch.optimizers._bayesian", "sksearch.optimizers._random"


def test_what_is_imported_is_found_through_packages():
    found = digest.needed_by(BAYESIAN)
    assert "sksearch.surrogates._gaussian_process" in found
    assert "sksearch.surrogates._cholesky" in found
    assert "sksearch.space._moves" in found
    assert not [name for name in found if name.endswith("__init__")]
    assert "sksearch.optimizers._nsga2" not in found


@pytest.mark.parametrize(
    ("changed", "stale"),
    [
        ("sksearch.surrogates._kernel", {BAYESIAN}),
        ("sksearch.space._integer", {BAYESIAN, RANDOM}),
        ("sksearch.optimizers._nsga2", set()),
    ],
)
def test_a_change_makes_stale_what_needs_it(monkeypatch, changed, stale):
    before = {name: digest.digest_of(name) for name in (BAYESIAN, RANDOM)}
    code = digest._code
    monkeypatch.setattr(
        digest, "_code", lambda name: code(name) + "pass" * (name == changed)
    )
    after = {name: digest.digest_of(name) for name in before}
    assert {name for name in before if before[name] != after[name]} == stale


def test_comments_and_docstrings_change_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(digest, "_path", lambda name: tmp_path / name)
    (tmp_path / "a").write_text('"""Doc."""\n# a comment\nx = 1  # why\n')
    (tmp_path / "b").write_text("x = 1\n")
    assert digest._code("a") == digest._code("b")


def test_ours_have_versions_of_their_own():
    assert version("gp") == version("bayes-search-cv") != version("random")
