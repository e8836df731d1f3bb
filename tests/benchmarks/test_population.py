"""The benchmark of population-based training, and its table in the user guide."""

from collections import Counter

import pytest

from asv_benchmarks import population


def test_the_page_has_the_table_of_the_scores():
    text = population.PAGE.read_text(encoding="utf-8")
    made = population.table(population.read())
    assert population.page(text, made) == text


def test_each_seed_has_both_methods():
    rows = population.read()
    counts = Counter((row["task"], row["method"]) for row in rows)
    assert counts == {
        (name, method): task.n_seeds
        for name, task in population.TASKS.items()
        for method in ("random", "population")
    }


def epochs_of(search, task):
    table = search.cv_results_
    if "n_resources" not in table:
        return len(table["params"]) * task.n_epochs
    last = table["n_resources"] == table["n_resources"].max()
    return int(last.sum()) * task.n_epochs


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # rates that diverge
def test_both_methods_train_for_as_many_epochs():
    task = population.TASKS["linear"]
    X, y = task.data(0)
    found = {
        name: epochs_of(search.fit(X[:300], y[:300]), task)
        for name, search in population.searches(task, 0).items()
    }
    assert found["random"] == found["population"]
