"""The command line."""

import argparse
from pathlib import Path

import sksearch
from asv_benchmarks.portfolio.families import FAMILIES
from asv_benchmarks.portfolio.judge import report
from asv_benchmarks.portfolio.measure import measure
from asv_benchmarks.portfolio.scores import Measured, read, write
from asv_benchmarks.portfolio.table import as_json

TABLE = Path(str(sksearch.__file__)).with_name("estimators") / "_portfolio.json"


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="python -m asv_benchmarks.portfolio",
        description="Choose good starting points of common estimators.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("measure", help="cross-validate what the CSV lacks")
    add.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    commands.add_parser("judge", help="leave out each data set in turn")
    commands.add_parser("table", help="make the table of sksearch.estimators")
    return parser.parse_args()


def main() -> None:
    """Do as the command line says."""
    options = parse()
    measured = read()
    if options.command == "table":
        TABLE.write_text(as_json(measured))
    elif options.command == "judge":
        print(report(measured))
    else:
        _measure(measured, options.families)


def _measure(measured: Measured, names: list[str]) -> None:
    for name in names:
        if name not in measured:
            measured[name] = measure(name)
            write(measured)
            print(f"{name} is measured")


if __name__ == "__main__":
    main()
