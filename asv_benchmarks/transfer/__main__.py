"""The command line."""

import argparse
from pathlib import Path

from asv_benchmarks.quality.timed import records
from asv_benchmarks.transfer import page, runs
from asv_benchmarks.transfer.families import FAMILIES

HERE = Path(__file__).resolve().parent
ROWS = HERE / "transfer.csv"
REPORT = HERE.parents[1] / "docs" / "developer" / "transfer.md"


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="python -m asv_benchmarks.transfer", description=runs.__doc__
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run what the CSV lacks")
    run.add_argument("--seeds", type=int, default=10)
    run.add_argument("--jobs", type=int, default=2)
    run.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    commands.add_parser("report", help="make the page of the CSV")
    return parser.parse_args()


def main() -> None:
    """Do what was asked for."""
    options = parse()
    done = records.read(ROWS, runs.Warm)
    if options.command == "run":
        wanted = runs.missing(done, options.families, options.seeds)
        records.update(ROWS, runs.Warm, runs.run_all(wanted, options.jobs))
    else:
        REPORT.write_text(page.write(done), encoding="utf-8")


if __name__ == "__main__":
    main()
