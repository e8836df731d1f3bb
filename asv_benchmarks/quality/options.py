"""The options of the command line."""

import argparse
from pathlib import Path
from typing import Any

from asv_benchmarks.quality import overhead
from asv_benchmarks.quality.methods import NAMES
from asv_benchmarks.quality.multi import methods as multi_methods
from asv_benchmarks.quality.multi import problems as multi_problems
from asv_benchmarks.quality.problems import GROUPS, HALVES, TASKS
from asv_benchmarks.quality.real.tables import REAL_TASKS
from asv_benchmarks.quality.scaled import runs as scaled_runs
from asv_benchmarks.quality.timed import cost_aware
from asv_benchmarks.quality.timed.searches import SEARCHES
from asv_benchmarks.quality.trained import finishing
from asv_benchmarks.quality.trained.longer import LONGER
from asv_benchmarks.quality.trained.problems import PROBLEMS
from asv_benchmarks.quality.trained.searches import METHODS
from asv_benchmarks.quality.trained.waiting import CLIMBS

HERE = Path(__file__).resolve().parent
RESULTS, OVERHEAD = HERE / "results.csv", HERE / "overhead.csv"
RACING, PORTFOLIO = HERE / "racing.csv", HERE / "portfolio.csv"
REACHING, CHECKS = HERE / "reaching.csv", HERE / "checks.csv"
COST_AWARE, TRAINING = HERE / "cost_aware.csv", HERE / "training.csv"
WAITING, FINISHING = HERE / "waiting.csv", HERE / "finishing.csv"
SELECTING = HERE / "selecting.csv"
MULTI = HERE / "multi.csv"
SCALE, KEEPING = HERE / "scale.csv", HERE / "keeping.csv"
REPORT = HERE.parents[1] / "docs" / "benchmarks.md"


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="python -m asv_benchmarks.quality",
        description="How good what a search finds is, beside that of the peers.",
    )
    commands = parser.add_subparsers(dest="command", required=True)

    add = commands.add_parser("run", help="run what the CSV lacks")
    add.add_argument("--methods", nargs="+", choices=NAMES, default=["gp", "random"])
    add.add_argument(
        "--tasks",
        nargs="+",
        choices=[*TASKS, *HALVES],
        metavar="TASK",
        default=list(HALVES),
        help="names of problems, or of the halves: choosing, report",
    )
    add.add_argument("--groups", nargs="+", choices=GROUPS, default=list(GROUPS))
    add.add_argument("--seeds", type=int, default=5, help="from 0 up to this many")
    add.add_argument("--evaluations", type=int, default=100)
    add.add_argument("--jobs", type=int, default=1, help="processes")
    add.add_argument("--results", type=Path, default=RESULTS)

    cost = commands.add_parser("overhead", help="measure time and memory")
    cost.add_argument(
        "--of",
        nargs="+",
        choices=overhead.MEASURABLE,
        default=list(overhead.MEASURABLE),
        help="methods whose suggestions are timed; memory is that of ours",
    )
    cost.add_argument("--runs", type=int, default=1, help="over which to average")
    cost.add_argument("--overhead", type=Path, default=OVERHEAD)

    race = commands.add_parser("racing", help="run what the CSV of fold racing lacks")
    race.add_argument("--seeds", type=int, default=10, help="from 0 up to this many")
    race.add_argument("--jobs", type=int, default=1, help="processes")
    race.add_argument("--racing", type=Path, default=RACING)

    begin = commands.add_parser("portfolio", help="run what the CSV of starts lacks")
    begin.add_argument("--seeds", type=int, default=10, help="from 0 up to this many")
    begin.add_argument("--jobs", type=int, default=1, help="processes")
    begin.add_argument("--portfolio", type=Path, default=PORTFOLIO)
    select = commands.add_parser(
        "selecting", help="run what the CSV of rules of selection lacks"
    )
    select.add_argument("--seeds", type=int, default=20, help="from 0 up to this many")
    select.add_argument("--jobs", type=int, default=1, help="processes")
    select.add_argument("--selecting", type=Path, default=SELECTING)
    _add_training(commands)
    _add_timed(commands)
    _add_multi(commands)
    _add_scale(commands)

    write = commands.add_parser("report", help="make docs/benchmarks.md of the CSVs")
    write.add_argument("--results", type=Path, default=RESULTS)
    write.add_argument("--overhead", type=Path, default=OVERHEAD)
    write.add_argument("--racing", type=Path, default=RACING)
    write.add_argument("--portfolio", type=Path, default=PORTFOLIO)
    write.add_argument("--reaching", type=Path, default=REACHING)
    write.add_argument("--checks", type=Path, default=CHECKS)
    write.add_argument("--cost-aware", type=Path, default=COST_AWARE)
    write.add_argument("--training", type=Path, default=TRAINING)
    write.add_argument("--waiting", type=Path, default=WAITING)
    write.add_argument("--finishing", type=Path, default=FINISHING)
    write.add_argument("--multi", type=Path, default=MULTI)
    write.add_argument("--selecting", type=Path, default=SELECTING)
    write.add_argument("--scale", type=Path, default=SCALE)
    write.add_argument("--keeping", type=Path, default=KEEPING)
    write.add_argument("--output", type=Path, default=REPORT)
    return parser.parse_args()


def _add_multi(commands: Any) -> None:
    """Add the command of searches of several objectives."""
    multi = commands.add_parser(
        "multi", help="run what the CSV of several objectives lacks"
    )
    names, tasks = multi_methods.NAMES, multi_problems.TASKS
    multi.add_argument("--methods", nargs="+", choices=names, default=list(names))
    multi.add_argument(
        "--tasks", nargs="+", choices=tasks, default=list(tasks), metavar="TASK"
    )
    multi.add_argument("--seeds", type=int, default=10, help="from 0 up to this many")
    multi.add_argument("--evaluations", type=int, default=100)
    multi.add_argument("--jobs", type=int, default=1, help="processes")
    multi.add_argument("--multi", type=Path, default=MULTI)


def _add_scale(commands: Any) -> None:
    """Add the command of searches with many workers."""
    scale = commands.add_parser(
        "scale", help="run what the CSVs of many virtual workers lack"
    )
    kinds, workers = scaled_runs.KINDS, scaled_runs.WORKERS
    scale.add_argument(
        "--searches", nargs="+", choices=kinds, default=list(kinds), metavar="NAME"
    )
    scale.add_argument("--workers", nargs="+", type=int, default=list(workers))
    scale.add_argument("--seeds", type=int, default=1, help="from 0 up to this many")
    scale.add_argument("--scale", type=Path, default=SCALE)
    scale.add_argument("--keeping", type=Path, default=KEEPING)


def _add_training(commands: Any) -> None:
    """Add the commands of searches that train candidates on."""
    train = commands.add_parser(
        "training", help="run what the CSV of training on lacks"
    )
    train.add_argument("--tasks", nargs="+", choices=PROBLEMS, default=list(PROBLEMS))
    train.add_argument(
        "--searches",
        nargs="+",
        choices=METHODS,
        default=list(METHODS),
        metavar="NAME",
    )
    train.add_argument("--seeds", type=int, default=10, help="from 0 up to this many")
    train.add_argument("--jobs", type=int, default=1, help="processes")
    train.add_argument("--training", type=Path, default=TRAINING)
    wait = commands.add_parser(
        "waiting", help="measure what the CSV of checkpoints' costs lacks"
    )
    wait.add_argument("--tasks", nargs="+", choices=CLIMBS, default=list(CLIMBS))
    wait.add_argument("--waiting", type=Path, default=WAITING)
    end = commands.add_parser(
        "finishing", help="run what the CSV of seconds to a random score lacks"
    )
    end.add_argument("--tasks", nargs="+", choices=LONGER, default=list(LONGER))
    end.add_argument(
        "--searches",
        nargs="+",
        choices=finishing.SEARCHES,
        default=list(finishing.SEARCHES),
        metavar="NAME",
    )
    end.add_argument("--seeds", type=int, default=5, help="from 0 up to this many")
    end.add_argument("--finishing", type=Path, default=FINISHING)


def _add_timed(commands: Any) -> None:
    """Add the commands of searches in virtual time."""
    reach = commands.add_parser(
        "reaching", help="run what the CSV of seconds to a random search's score lacks"
    )
    reach.add_argument(
        "--searches",
        nargs="+",
        choices=SEARCHES,
        default=list(SEARCHES),
        metavar="NAME",
    )
    reach.add_argument("--reaching", type=Path, default=REACHING)
    check = commands.add_parser(
        "checking", help="measure how near virtual time is to real time"
    )
    check.add_argument(
        "--workers", nargs="+", type=int, default=[1], help="more need an idle machine"
    )
    check.add_argument("--checks", type=Path, default=CHECKS)
    spend = commands.add_parser(
        "cost-aware", help="run what the CSV of cost-aware searches lacks"
    )
    spend.add_argument("--cost-aware", type=Path, default=COST_AWARE)
    for command, tasks in ((reach, REAL_TASKS), (spend, cost_aware.TASKS)):
        command.add_argument(
            "--tasks", nargs="+", choices=tasks, default=list(tasks), metavar="TASK"
        )
        command.add_argument("--seeds", type=int, default=10, help="from 0 up to this")
        command.add_argument("--jobs", type=int, default=1, help="processes")
