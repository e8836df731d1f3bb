"""The benchmark of population-based training, and its table in the user guide."""

from collections import Counter

import pytest

from asv_benchmarks import population


def test_the_page_has_the_table_of_the_scores():
    text = population.PAGE.read_text(encoding="utf-8")
    made = population.table(population.read())
    assert population.page(text, made) == text


def test_each_seed_has_all_methods():
    keys = "task", "size", "method", "seed"
    rows = Counter(tuple(row[key] for key in keys) for row in population.read())
    assert rows == {
        (name, str(size), method, str(seed)): 1
        for name, size, seed in population.cells()
        for method in population.METHODS[size]
    }


def epochs_of(search, task):
    table = search.cv_results_
    if "n_resources" not in table:
        return len(table["params"]) * task.n_epochs
    last = table["n_resources"] == table["n_resources"].max()
    return int(last.sum()) * task.n_epochs


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # rates that diverge
def test_all_methods_train_for_as_many_epochs():
    task = population.TASKS["linear"]
    X, y = task.data(0)
    found = {
        name: epochs_of(search.fit(X[:300], y[:300]), task)
        for name, search in population.searches(task, 4, 0).items()
    }
    assert found == dict.fromkeys(("random", "population", "pb2"), 4 * task.n_epochs)
