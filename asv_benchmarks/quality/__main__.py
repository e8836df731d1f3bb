"""The command line."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from asv_benchmarks.quality import overhead, racing, report, runs, selecting, starts
from asv_benchmarks.quality.multi import runs as multi_runs
from asv_benchmarks.quality.multi.runs import MultiRun
from asv_benchmarks.quality.options import parse
from asv_benchmarks.quality.problems import GROUPS, HALVES
from asv_benchmarks.quality.scaled import keeping
from asv_benchmarks.quality.scaled import runs as scaled_runs
from asv_benchmarks.quality.scaled.keeping import Kept
from asv_benchmarks.quality.scaled.runs import Scale
from asv_benchmarks.quality.selecting import Chosen
from asv_benchmarks.quality.timed import checking, cost_aware, reaching, records
from asv_benchmarks.quality.timed.checking import Check
from asv_benchmarks.quality.timed.cost_aware import Spent
from asv_benchmarks.quality.timed.reaching import Reach
from asv_benchmarks.quality.timed.records import R
from asv_benchmarks.quality.trained import finishing, searches, waiting
from asv_benchmarks.quality.trained.finishes import Finish
from asv_benchmarks.quality.trained.searches import Trained
from asv_benchmarks.quality.trained.waiting import Wait


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


def _save_each(path: Path, kind: type[R], found: Iterable[R]) -> None:
    """Add results that take long, one by one."""
    for record in found:
        records.update(path, kind, [record])


def run_multi(options: argparse.Namespace) -> None:
    """Run the searches of several objectives that are missing."""
    done = records.read(options.multi, MultiRun)
    lacking = multi_runs.missing(
        done, options.methods, options.tasks, options.seeds, options.evaluations
    )
    print(f"{len(lacking)} runs to do")
    found = multi_runs.run_all(lacking, options.evaluations, options.jobs)
    _save_each(options.multi, MultiRun, found)


def run_scale(options: argparse.Namespace) -> None:
    """Run the searches with many virtual workers that are missing."""
    done = records.read(options.scale, Scale)
    lacking = scaled_runs.missing(
        done, options.searches, options.workers, options.seeds
    )
    _save_each(options.scale, Scale, scaled_runs.run_all(lacking))
    left = keeping.missing(records.read(options.keeping, Kept))
    _save_each(options.keeping, Kept, keeping.run_all(left))


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
        left = searches.missing(known, options.tasks, options.seeds, options.searches)
        found = searches.run_all(left, options.jobs)
        _save_each(options.training, Trained, found)
    elif options.command == "waiting":
        unmeasured = waiting.missing(records.read(options.waiting, Wait), options.tasks)
        _save_each(options.waiting, Wait, waiting.run_all(unmeasured))
    elif options.command == "finishing":
        finishes = finishing.run_all(
            records.read(options.finishing, Finish),
            options.tasks,
            options.searches,
            options.seeds,
        )
        _save_each(options.finishing, Finish, finishes)
    elif options.command == "cost-aware":
        run_cost_aware(options)
    elif options.command == "multi":
        run_multi(options)
    elif options.command == "selecting":
        undone = selecting.missing(
            records.read(options.selecting, Chosen), options.seeds
        )
        choices = selecting.run_all(undone, options.jobs)
        records.update(options.selecting, Chosen, choices)
    elif options.command == "scale":
        run_scale(options)
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
            records.read(options.waiting, Wait),
            records.read(options.finishing, Finish),
            records.read(options.multi, MultiRun),
            records.read(options.selecting, Chosen),
            records.read(options.scale, Scale),
            records.read(options.keeping, Kept),
        )
        options.output.write_text(made)


if __name__ == "__main__":
    main()
