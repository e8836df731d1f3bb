"""The command line."""

import argparse
from pathlib import Path
from typing import Any

from asv_benchmarks.quality import overhead, racing, report, runs, starts
from asv_benchmarks.quality.methods import NAMES
from asv_benchmarks.quality.multi import methods as multi_methods
from asv_benchmarks.quality.multi import problems as multi_problems
from asv_benchmarks.quality.multi import runs as multi_runs
from asv_benchmarks.quality.multi.runs import MultiRun
from asv_benchmarks.quality.problems import GROUPS, HALVES, TASKS
from asv_benchmarks.quality.real.tables import REAL_TASKS
from asv_benchmarks.quality.timed import checking, cost_aware, reaching, records
from asv_benchmarks.quality.timed.checking import Check
from asv_benchmarks.quality.timed.cost_aware import Spent
from asv_benchmarks.quality.timed.reaching import Reach
from asv_benchmarks.quality.timed.searches import SEARCHES
from asv_benchmarks.quality.trained import searches
from asv_benchmarks.quality.trained.problems import PROBLEMS
from asv_benchmarks.quality.trained.searches import TRAINED_ON, Trained

HERE = Path(__file__).resolve().parent
RESULTS, OVERHEAD = HERE / "results.csv", HERE / "overhead.csv"
RACING, PORTFOLIO = HERE / "racing.csv", HERE / "portfolio.csv"
REACHING, CHECKS = HERE / "reaching.csv", HERE / "checks.csv"
MULTI = HERE / "multi.csv"
COST_AWARE, TRAINING = HERE / "cost_aware.csv", HERE / "training.csv"
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
    train = commands.add_parser(
        "training", help="run what the CSV of training on lacks"
    )
    train.add_argument("--tasks", nargs="+", choices=PROBLEMS, default=list(TRAINED_ON))
    train.add_argument("--seeds", type=int, default=10, help="from 0 up to this many")
    train.add_argument("--jobs", type=int, default=1, help="processes")
    train.add_argument("--training", type=Path, default=TRAINING)
    _add_timed(commands)
    _add_multi(commands)

    write = commands.add_parser("report", help="make docs/benchmarks.md of the CSVs")
    write.add_argument("--results", type=Path, default=RESULTS)
    write.add_argument("--overhead", type=Path, default=OVERHEAD)
    write.add_argument("--racing", type=Path, default=RACING)
    write.add_argument("--portfolio", type=Path, default=PORTFOLIO)
    write.add_argument("--reaching", type=Path, default=REACHING)
    write.add_argument("--checks", type=Path, default=CHECKS)
    write.add_argument("--cost-aware", type=Path, default=COST_AWARE)
    write.add_argument("--training", type=Path, default=TRAINING)
    write.add_argument("--multi", type=Path, default=MULTI)
    write.add_argument("--output", type=Path, default=REPORT)
    return parser.parse_args()


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


def run(options: argparse.Namespace) -> None:
    """Run what is missing; what was finished stays when this is interrupted."""
    wanted = runs.missing(
        runs.read(options.results),
        options.methods,
        _tasks(options.tasks, options.groups),
        range(options.seeds),
        options.evaluations,
    )
    print(f"{len(wanted)} runs to do")
    if wanted:
        results = runs.run_all(wanted, options.evaluations, options.jobs)
        runs.append(options.results, results)
        runs.tidy(options.results)


def _tasks(names: list[str], groups: list[str]) -> list[str]:
    """Return what was named and is in the groups."""
    found = [task for name in names for task in HALVES.get(name, (name,))]
    return [task for task in found if any(task in GROUPS[group] for group in groups)]


def run_reaching(options: argparse.Namespace) -> None:
    """Run the searches in virtual time that are missing."""
    done = records.read(options.reaching, Reach)
    lacking = reaching.missing(done, options.searches, options.tasks, options.seeds)
    found = reaching.run_all(lacking, options.jobs)
    records.update(options.reaching, Reach, found)


def run_cost_aware(options: argparse.Namespace) -> None:
    """Run the pairs of searches that are missing."""
    done = records.read(options.cost_aware, Spent)
    lacking = cost_aware.missing(done, options.tasks, options.seeds)
    found = cost_aware.run_all(lacking, options.jobs)
    records.update(options.cost_aware, Spent, found)


def run_multi(options: argparse.Namespace) -> None:
    """Run the searches of several objectives that are missing."""
    done = records.read(options.multi, MultiRun)
    lacking = multi_runs.missing(
        done, options.methods, options.tasks, options.seeds, options.evaluations
    )
    print(f"{len(lacking)} runs to do")
    found = multi_runs.run_all(lacking, options.evaluations, options.jobs)
    records.update(options.multi, MultiRun, found)


def main() -> None:
    """Do as the command line says."""
    options = parse()
    if options.command == "run":
        run(options)
    elif options.command == "overhead":
        costs = overhead.measure(options.of, options.runs)
        overhead.update(options.overhead, costs)
    elif options.command == "racing":
        lacking = racing.missing(racing.read(options.racing), options.seeds)
        races = racing.run_all(lacking, options.jobs)
        racing.update(options.racing, races)
    elif options.command == "portfolio":
        unknown = starts.missing(starts.read(options.portfolio), options.seeds)
        starts.update(options.portfolio, starts.run_all(unknown, options.jobs))
    elif options.command == "reaching":
        run_reaching(options)
    elif options.command == "checking":
        checks = checking.check_all(options.workers)
        records.update(options.checks, Check, checks)
    elif options.command == "training":
        known = records.read(options.training, Trained)
        left = searches.missing(known, options.tasks, options.seeds)
        found = searches.run_all(left, options.jobs)
        records.update(options.training, Trained, found)
    elif options.command == "cost-aware":
        run_cost_aware(options)
    elif options.command == "multi":
        run_multi(options)
    else:
        made = report.page(
            runs.read(options.results),
            overhead.read(options.overhead),
            racing.read(options.racing),
            starts.read(options.portfolio),
            records.read(options.reaching, Reach),
            records.read(options.checks, Check),
            records.read(options.cost_aware, Spent),
            records.read(options.training, Trained),
            records.read(options.multi, MultiRun),
        )
        options.output.write_text(made)


if __name__ == "__main__":
    main()
