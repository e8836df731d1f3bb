"""What pending candidates cost: the measurement behind ``max_pending="auto"``.

Run it from the root of the repository::

    python asv_benchmarks/pending.py --seeds 20 --jobs 2

It prints the table of docs/user_guide/engine.md: median regret over seeds of the point
that a search returns, relative to a random point, after 25 and after 50 evaluations.
"""

import argparse
import math
import zlib
from statistics import median

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import wilcoxon

from sksearch._search_loop import Search, run_search
from sksearch.evaluation import SerialExecutor
from sksearch.history import Evaluation, History
from sksearch.optimizers import Bayesian, Random
from sksearch.schedulers import FullEvaluation
from sksearch.space import Categorical, Integer, Real, SearchSpace

PENDING = (1, 2, 4, 8, 16)
MARKS = (25, 50)
FLOOR = 1e-5  # of regret, before its logarithm


def unit(n):
    """Return n floats between 0 and 1."""
    return {f"x{i}": Real(0.0, 1.0) for i in range(n)}


def vector(params):
    """Return the floats of a point as an array."""
    return np.array([params[f"x{i}"] for i in range(len(params))])


def branin(params):
    """Branin's function with its usual box mapped to the unit square."""
    a, b = 15 * params["x0"] - 5, 15 * params["x1"]
    bowl = b - 5.1 * a**2 / (4 * math.pi**2) + 5 * a / math.pi - 6
    return -(bowl**2) - 10 * (1 - 1 / (8 * math.pi)) * math.cos(a) - 10


def hartmann(rates, centres):
    """Return a function of the Hartmann family (Dixon and Szego, 1978)."""
    weights = np.array([1.0, 1.2, 3.0, 3.2])

    def value(params):
        distances = (np.array(rates) * (vector(params) - centres) ** 2).sum(axis=1)
        return float(weights @ np.exp(-distances))

    return value


HARTMANN3 = hartmann(
    [[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]],
    1e-4
    * np.array(
        [[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]]
    ),
)
HARTMANN6 = hartmann(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ],
    1e-4
    * np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    ),
)


def rosenbrock(params):
    """Minus the logarithm of Rosenbrock's function on [-2, 2]."""
    x = 4 * vector(params) - 2
    valley = 100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2
    return -math.log10(1 + valley.sum())


def ackley(params):
    """Ackley's function, its optimum away from the centre."""
    x = 20 * (vector(params) - 0.37)
    bowl = 20 * math.exp(-0.2 * math.sqrt((x * x).mean()))
    return bowl + math.exp(np.cos(2 * math.pi * x).mean()) - 20 - math.e


def mixed(params):
    """Like a net: an activation that moves the best learning rate."""
    offset, best = {"a": (0.0, 0.2), "b": (0.3, 0.5), "c": (1.0, 0.8)}[params["c"]]
    rate = (math.log10(params["rate"]) + 5) / 5
    bend = params["r"] - 0.4 * (1 + (params["c"] == "a"))
    width = (params["width"] - 12) / 30
    return (
        -offset - 4 * (rate - best) ** 2 - width**2 - 0.2 * params["flag"] - 2 * bend**2
    )


def conditional(params):
    """Like a support vector machine: kernels with parameters of their own."""
    c = math.log10(params["C"])
    if params["kernel"] == "linear":
        return -0.25 - 0.02 * (c + 1) ** 2
    gamma = math.log10(params["gamma"])
    value = -0.15 * ((c + gamma + 1.5) / 2) ** 2 - 0.04 * (gamma + 2.5) ** 2
    if params["kernel"] == "poly":
        value -= 0.1 + 0.05 * (params["degree"] - 3) ** 2
    return max(value, -0.8)


def boosting(params):
    """Like gradient boosting: rate against number of trees, and plateaus."""
    trees = 0.25 * (math.log10(params["rate"] * params["n"]) - 1) ** 2
    leaves = 0.1 * ((math.sqrt(params["leaves"]) - 6) / 4) ** 2
    penalty = 0.024 * abs(math.log10(params["l2"]) + 1)
    sample = 0.15 * max(0.0, 0.6 - params["sample"])
    kind = {"gbdt": 0.0, "dart": 0.03, "goss": 0.08}[params["kind"]]
    depth = 0.02 * max(0, 4 - (params["depth"] or 10))
    return -math.tanh(trees + leaves + penalty + sample + kind + depth)


def categories(params):
    """Mostly choices, one of which decides what another is worth."""
    table = {"a": (0, 1, 3, 0.5), "b": (1, 0, 2, 0.7), "c": (0.3, 2, 0, 1)}
    match = params["c3"] == ("u" if params["c1"] == "a" else "v")
    value = -table[params["c1"]][params["c2"]] - 0.5 * (not match)
    return value - 0.2 * abs(params["d"] - 5) - 3 * (params["x"] - 0.6) ** 2


C = (1e-3, 1e3, "log-uniform")
GAMMA = (1e-5, 10.0, "log-uniform")
# name: (space, function, standard deviation of the noise, optimum)
PROBLEMS = {
    "Branin": (unit(2), branin, 0.0, -0.397887),
    "Hartmann, 3-d, noisy": (unit(3), HARTMANN3, 0.2, 3.86278),
    "Hartmann, 6-d": (unit(6), HARTMANN6, 0.0, 3.32237),
    "Rosenbrock, 4-d": (unit(4), rosenbrock, 0.0, 0.0),
    "Ackley, 5-d": (unit(5), ackley, 0.0, 0.0),
    "mixed, 5-d, noisy": (
        {
            "c": ["a", "b", "c"],
            "rate": Real(1e-5, 1.0, prior="log-uniform"),
            "width": Integer(1, 60),
            "flag": [True, False],
            "r": Real(0.0, 1.0),
        },
        mixed,
        0.05,
        0.0,
    ),
    "conditional, noisy": (
        [
            {"kernel": ["linear"], "C": C},
            {"kernel": ["rbf"], "C": C, "gamma": GAMMA},
            {"kernel": ["poly"], "C": C, "gamma": GAMMA, "degree": [2, 3, 4, 5]},
        ],
        conditional,
        0.02,
        0.0,
    ),
    "boosting-like, 7-d, noisy": (
        {
            "rate": (1e-3, 0.5, "log-uniform"),
            "n": Integer(10, 1000, prior="log-uniform"),
            "leaves": Integer(4, 256),
            "l2": (1e-4, 1e2, "log-uniform"),
            "sample": (0.3, 1.0),
            "kind": ["gbdt", "dart", "goss"],
            "depth": [None, 2, 3, 5, 8],
        },
        boosting,
        0.01,
        0.0,
    ),
    "categories, 5-d, noisy": (
        {
            "c1": ["a", "b", "c"],
            "c2": Categorical([0, 1, 2, 3]),
            "c3": ["u", "v"],
            "d": Integer(0, 20),
            "x": Real(0.0, 1.0),
        },
        categories,
        0.05,
        0.0,
    ),
}


def noise(params, seed, sd):
    """Return the same noise whenever a point is evaluated in a run."""
    key = zlib.crc32(repr(sorted(params.items())).encode())
    return sd * np.random.default_rng([seed, key]).normal()


def regrets(name, optimizer, max_pending, seed):
    """Return the relative regret at each mark of one run."""
    written, function, sd, optimum = PROBLEMS[name]
    space = SearchSpace(written)

    def evaluate(fit):
        score = function(fit.trial.params) + noise(fit.trial.params, seed, sd)
        return Evaluation(*fit.key, scores={"score": score})

    history = History(space, seed=seed, n_splits=1)
    schedule = FullEvaluation(max(MARKS))
    run_search(
        Search(history, optimizer, schedule, max_pending), SerialExecutor(evaluate)
    )
    rng = np.random.default_rng(1)
    usual = median(function(space.sample(rng)) for _ in range(1000))
    best = [max(range(mark), key=history.score) for mark in MARKS]
    values = [function(history.trials[trial].params) for trial in best]
    return [(optimum - value) / (optimum - usual) for value in values]


def study(methods, n_seeds, n_jobs):
    """Return regrets of shape (methods, problems, seeds, marks)."""
    runs = Parallel(n_jobs=n_jobs, inner_max_num_threads=1)(
        delayed(regrets)(name, optimizer, pending, seed)
        for optimizer, pending in methods
        for name in PROBLEMS
        for seed in range(n_seeds)
    )
    return np.reshape(runs, (len(methods), len(PROBLEMS), n_seeds, len(MARKS)))


def print_table(columns, found, mark):
    """Print medians, the mean logarithm, and the test against one pending candidate."""
    logs = np.log10(np.maximum(found, FLOOR)).reshape(len(columns), -1)
    print(f"\n| {mark} evaluations | " + " | ".join(columns) + " |")
    print("| --- " * (len(columns) + 1) + "|")
    for row, name in enumerate(PROBLEMS):
        cells = [f"{np.median(runs[row]):.4f}" for runs in found]
        print(f"| {name} | " + " | ".join(cells) + " |")
    print("| mean of log10 | " + " | ".join(f"{log.mean():.2f}" for log in logs) + " |")
    tests = [f"{wilcoxon(log, logs[0]).pvalue:.2g}" for log in logs[1:]]
    print("| Wilcoxon p against 1 |  | " + " | ".join(tests) + " |")


def main():
    """Run the study and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    methods = [(Bayesian(), pending) for pending in PENDING] + [(Random(), 1)]
    found = study(methods, options.seeds, options.jobs)
    columns = [*map(str, PENDING), "random search"]
    for number, mark in enumerate(MARKS):
        print_table(columns, found[..., number], mark)


if __name__ == "__main__":
    main()
