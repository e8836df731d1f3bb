"""Population-based training against the best fixed configuration of random search.

`python -m asv_benchmarks.population measure` writes `population.csv` beside this file,
a line for each task, size, method and seed that it lacks; `... table` writes what that
says into the user guide. All methods of a size train as many candidates as far, on the
same splits, and are refitted on all training rows; scores are those of rows that none
has seen.
"""

import argparse
import csv
import itertools
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import loguniform, uniform, wilcoxon
from sklearn.datasets import load_digits, make_classification
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import RandomizedSearchCV, ShuffleSplit, train_test_split
from threadpoolctl import threadpool_limits

from sksearch import PopulationSearchCV

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "population.csv"
PAGE = HERE.parent / "docs" / "user_guide" / "population.md"
BEGIN, END = "<!-- population: begin -->", "<!-- population: end -->"
FIELDS = ("task", "size", "method", "seed", "score", "best_cv_score")
METHODS = {10: ("random", "population")} | dict.fromkeys(
    (4, 8), ("random", "population", "pb2")
)
NAMES = {"random": "random search", "population": "perturb", "pb2": "PB2"}


@dataclass(frozen=True)
class Task:
    """What is tuned: data by seed, the estimator, its space, how far it trains."""

    data: Callable[[int], tuple[Any, Any]]
    estimator: Callable[[int, int], Any]
    space: dict[str, Any]
    n_epochs: int
    n_seeds: dict[int, int]  # by size
    what: str


def noisy_classes(seed: int) -> tuple[Any, Any]:
    """Columns of scales from 0.1 to 1, and labels of which a tenth is wrong."""
    X, y = make_classification(
        3000, 40, n_informative=30, n_redundant=0, flip_y=0.1, random_state=seed
    )
    return (X * np.geomspace(0.1, 1, 40)).astype(np.float32), y


def noisy_digits(seed: int) -> tuple[Any, Any]:
    """Digits, of which a tenth has the label of another one."""
    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    wrong = rng.random(len(y)) < 0.1
    y = np.where(wrong, rng.permutation(y), y)
    return (X / 16).astype(np.float32), y.astype(np.int64)


def linear(n_epochs: int, seed: int) -> Any:
    """Logistic regression by SGD, with a rate that does not fall by itself."""
    return SGDClassifier(
        loss="log_loss",
        learning_rate="constant",
        eta0=0.01,
        max_iter=n_epochs,
        tol=None,
        random_state=seed,
    )


def net(n_epochs: int, seed: int) -> Any:
    """A perceptron of skorch, by SGD with a rate that does not fall by itself."""
    import torch
    from skorch import NeuralNetClassifier

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    return NeuralNetClassifier(
        perceptron(),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.SGD,
        optimizer__momentum=0.9,
        max_epochs=n_epochs,
        batch_size=32,
        train_split=None,
        verbose=0,
    )


def perceptron() -> Any:
    """Return the class of the module; torch is imported where it is needed."""
    import torch

    class Module(torch.nn.Module):
        """One hidden layer of 64."""

        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.Sequential(
                torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10)
            )

        def forward(self, X: Any) -> Any:
            """Return logits."""
            return self.layers(X)

    return Module


TASKS = {
    "linear": Task(
        noisy_classes,
        linear,
        {"eta0": loguniform(1e-4, 1.0), "alpha": loguniform(1e-7, 1e-2)},
        30,
        {10: 40, 4: 20, 8: 20},
        "logistic regression by SGD, noisy classes",
    ),
    "net": Task(
        noisy_digits,
        net,
        {
            "lr": loguniform(1e-3, 1.0),
            "optimizer__weight_decay": loguniform(1e-6, 1e-2),
            "optimizer__momentum": uniform(0.0, 0.95),
        },
        30,
        dict.fromkeys((10, 4), 10),
        "perceptron of skorch by SGD, noisy digits",
    ),
}


def searches(task: Task, size: int, seed: int) -> dict[str, Any]:
    """Return the methods by name: as many candidates, as many epochs, as many folds."""
    estimator = task.estimator(task.n_epochs, seed)
    shared = {
        "cv": ShuffleSplit(2, test_size=0.3, random_state=seed),
        "scoring": "neg_log_loss",
        "random_state": seed,
    }
    found = {"random": RandomizedSearchCV(estimator, task.space, n_iter=size, **shared)}
    for method, explore in {"population": "perturb", "pb2": "pb2"}.items():
        found[method] = PopulationSearchCV(
            estimator,
            task.space,
            population_size=size,
            step=2,
            explore=explore,
            max_resources=task.n_epochs,
            optimizer="random",
            **shared,
        )
    return {method: found[method] for method in METHODS[size]}


def measured(name: str, size: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield a row for each method."""
    task = TASKS[name]
    X, y = task.data(seed)
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.4, random_state=seed)
    for method, search in searches(task, size, seed).items():
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # rates that diverge
            search.fit(X, y)
            score = search.score(X_test, y_test)
        found = name, size, method, seed, score, search.best_score_
        yield dict(zip(FIELDS, found, strict=True))


def cells() -> Iterator[tuple[str, int, int]]:
    """Yield what is to be measured: a task, how many candidates, and a seed."""
    for name, task in TASKS.items():
        for size in METHODS:
            for seed in range(task.n_seeds.get(size, 0)):
                yield name, size, seed


def measure() -> None:
    """Append what is not in the file yet."""
    known = {(row["task"], int(row["size"]), int(row["seed"])) for row in read()}
    for cell in cells():
        if cell not in known:
            append(list(measured(*cell)))


def append(rows: list[dict[str, Any]]) -> None:
    """Write rows to the end of the file, which begins with the names of the columns."""
    is_new = not RESULTS.exists()
    with RESULTS.open("a", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        if is_new:
            writer.writeheader()
        for row in rows:
            shown = {k: f"{v:.6f}" for k, v in row.items() if isinstance(v, float)}
            writer.writerow({**row, **shown})


def read() -> list[dict[str, str]]:
    """Return what was measured."""
    if not RESULTS.exists():
        return []
    with RESULTS.open(newline="") as file:
        return list(csv.DictReader(file))


def table(rows: list[dict[str, str]]) -> str:
    """Return lines of markdown for each task and size: each method against others."""
    lines = [
        "| task | members | seeds | compared | scores | difference | better on | p |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, size in dict.fromkeys((name, size) for name, size, _ in cells()):
        what = TASKS[name].what
        scores = {method: _scores(rows, name, size, method) for method in METHODS[size]}
        for one, other in itertools.combinations(METHODS[size], 2):
            told = _compared(scores[other], scores[one])
            names = f"{NAMES[other]} with {NAMES[one]}"
            lines.append(f"| {what} | {size} | {len(scores[one])} | {names} | {told} |")
    return "\n".join(lines)


def _scores(rows: list[dict[str, str]], *cell: Any) -> Any:
    wanted = [str(each) for each in cell]
    keys = "task", "size", "method"
    return np.array(
        [float(row["score"]) for row in rows if [row[k] for k in keys] == wanted]
    )


def _compared(new: Any, old: Any) -> str:
    """Return the cells that tell of pairs of scores."""
    gain = new - old
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    p = wilcoxon(new, old).pvalue
    return (
        f"{new.mean():.4f}, {old.mean():.4f} | {gain.mean():+.4f} +- {error:.4f} | "
        f"{(gain > 0).sum()} | {p:.2g}"
    )


def page(text: str, made: str) -> str:
    """Return the user guide's page with a table between its two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["measure", "table"])
    if parser.parse_args().what == "measure":
        measure()
    else:
        PAGE.write_text(page(PAGE.read_text(), table(read())))
