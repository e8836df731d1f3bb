"""`python -m sksearch`: look at the journal of a search, which may run."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sksearch.exceptions import JournalError
from sksearch.report import write_report
from sksearch.report._status import load_journal, status_of

_DESCRIPTION = "Look at the journal of a search. It may run; it is not disturbed."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 1 after an error was printed."""
    given = _parser().parse_args(arguments)
    try:
        given.command(given)
    except BrokenPipeError:  # who reads has seen enough, as in `... | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (JournalError, OSError, ValueError) as error:
        message = "".join(c if c.isprintable() else "�" for c in _message(error))
        sys.stderr.write(f"sksearch: error: {message}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m sksearch", description=_DESCRIPTION)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    show = commands.add_parser("show", help="print how far it is, and its best so far")
    show.set_defaults(command=_show)
    report = commands.add_parser("report", help="write a report as one HTML file")
    report.set_defaults(command=_report)
    for command in (show, report):
        command.add_argument("journal", help="the file, such as search.jsonl")
    report.add_argument(
        "-o", "--output", help="where to; by default beside the journal, as .html"
    )
    report.add_argument("--title", help="the heading of the report")
    return parser


def _show(given: argparse.Namespace) -> None:
    sys.stdout.write(f"{status_of(given.journal)}\n")
    sys.stdout.flush()


def _report(given: argparse.Namespace) -> None:
    journal = Path(given.journal)
    history = load_journal(journal)
    output = Path(given.output) if given.output else journal.with_suffix(".html")
    if output.exists() and output.samefile(journal):
        raise ValueError(f"--output {str(output)!r} is the journal. Pass another file.")
    title = given.title or f"Report of {journal.name}"
    sys.stdout.write(f"{write_report(history, output, title=title)}\n")


def _message(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"There is no file {error.filename!r}."
    return str(error)


if __name__ == "__main__":
    sys.exit(main())
