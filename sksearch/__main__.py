"""`python -m sksearch`: look at the journal of a search, or tune again."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sksearch._retune_job import FAILED, KEEP, PROMOTE, JobError, read_job, run_job
from sksearch.exceptions import JournalError
from sksearch.report import write_report
from sksearch.report._status import load_journal, status_of

_DESCRIPTION = "Look at the journal of a search, which may run, or tune again."
_CODES = (
    f"exit status: {KEEP} keep the champion, {PROMOTE} promote the challenger, "
    f"{FAILED} failed, 2 wrong usage"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its code, which is 1 after an error was printed."""
    given = _parser().parse_args(arguments)
    try:
        return int(given.command(given))
    except (JobError, JournalError, OSError, ValueError) as error:
        message = "".join(c if c.isprintable() else "�" for c in _message(error))
        sys.stderr.write(f"sksearch: error: {message}\n")
        return FAILED


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
    retune = commands.add_parser(
        "retune",
        help="search on new data, and compare with the champion",
        epilog=_CODES,
    )
    retune.set_defaults(command=_retune)
    retune.add_argument("config", help="what to do, such as retune.toml")
    return parser


def _show(given: argparse.Namespace) -> int:
    _print(status_of(given.journal))
    return 0


def _report(given: argparse.Namespace) -> int:
    journal = Path(given.journal)
    history = load_journal(journal)
    output = Path(given.output) if given.output else journal.with_suffix(".html")
    if output.exists() and output.samefile(journal):
        raise ValueError(f"--output {str(output)!r} is the journal. Pass another file.")
    title = given.title or f"Report of {journal.name}"
    _print(write_report(history, output, title=title))
    return 0


def _retune(given: argparse.Namespace) -> int:
    retuned, written = run_job(read_job(given.config))
    _print(retuned)
    return PROMOTE if written["verdict"] == "promote" else KEEP


def _print(text: object) -> None:
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has seen enough, as in `... | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _message(error: Exception) -> str:
    if isinstance(error, FileNotFoundError) and error.filename is not None:
        return f"There is no file {error.filename!r}."
    return " ".join(str(error).splitlines())


if __name__ == "__main__":
    sys.exit(main())
