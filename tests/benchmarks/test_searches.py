"""Every search class runs on the toy that asv measures them on, and goes on from it."""

import pytest

from asv_benchmarks.searches import SEARCHES, Toy, regret, run


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_that_is_resumed_fits_nothing(name, tmp_path, monkeypatch):
    options = {"optimizer": "random", "journal": tmp_path / "search.jsonl"}
    options["refit"] = name == "nested_cross_validate"  # which needs it
    first = run(name, 4, **options)
    fitted = []
    monkeypatch.setattr(Toy, "fit", lambda self, X, y: fitted.append(self) or self)
    monkeypatch.setattr(Toy, "partial_fit", Toy.fit)
    monkeypatch.setattr(Toy, "score", lambda self, X, y: 0.0)
    again = run(name, 4, **options)
    assert len(fitted) == len(again) * options["refit"]
    for a, b in zip(first, again, strict=True):
        assert a.history_.records == b.history_.records
        assert regret(a) >= 0.0
