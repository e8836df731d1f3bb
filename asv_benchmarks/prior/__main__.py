"""The command line."""

import argparse
from pathlib import Path

from asv_benchmarks.prior import page, runs
from asv_benchmarks.quality.timed import records
from asv_benchmarks.transfer.families import FAMILIES

HERE = Path(__file__).resolve().parent
ROWS = HERE / "prior.csv"
REPORT = HERE.parents[1] / "docs" / "developer" / "prior.md"


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="python -m asv_benchmarks.prior", description=runs.__doc__
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run what the CSV lacks")
    run.add_argument("--seeds", type=int, default=10)
    run.add_argument("--jobs", type=int, default=2)
    run.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    run.add_argument("--rows", type=Path, default=ROWS)
    commands.add_parser("report", help="make the page of the CSV")
    return parser.parse_args()


def main() -> None:
    """Do what was asked for."""
    options = parse()
    if options.command == "run":
        done = records.read(options.rows, runs.Believing)
        wanted = runs.missing(done, options.families, options.seeds)
        found = runs.run_all(wanted, options.jobs)
        records.update(options.rows, runs.Believing, found)
    else:
        done = records.read(ROWS, runs.Believing)
        REPORT.write_text(page.write(done), encoding="utf-8")


if __name__ == "__main__":
    main()
