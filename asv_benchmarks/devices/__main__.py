"""Measure on this machine's first GPU, or on the CPU, and print tables.

``python -m asv_benchmarks.devices`` takes some minutes on a GPU and prints each row as
soon as it is known; what has not been measured yet comes first. ``--only sharing
searches`` chooses tables, in that order, and ``--nets 784 convolutions`` rows of nets.
``--device cpu --small`` takes seconds, to see that it runs.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

import torch

from asv_benchmarks.devices.batching import rungs_table, searches_table
from asv_benchmarks.devices.loading import loading_table
from asv_benchmarks.devices.sharing import sharing_table

_Lines = Callable[[argparse.Namespace], Iterator[str]]
TABLES: dict[str, tuple[str, _Lines]] = {
    "searches": (
        "Candidates per hour, whole searches, nets trained as one",
        lambda asked: searches_table(asked.device, asked.small, asked.nets),
    ),
    "sharing": (
        "Candidates per hour, several nets at a time",
        lambda asked: sharing_table(asked.device, asked.small, asked.nets),
    ),
    "loading": (
        "Epochs per second, 60,000 rows of 784 numbers in batches of 256",
        lambda asked: loading_table(asked.device, asked.small),
    ),
    "rungs": (
        "Candidates per hour on one rung, nets trained as one",
        lambda asked: rungs_table(asked.device, asked.small, asked.nets),
    ),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables.

    Parameters
    ----------
    arguments : sequence of str or None, default=None
        In place of those of the command line.
    """
    asked, begin = _parser().parse_args(arguments), perf_counter()
    is_gpu = asked.device.startswith("cuda")
    name = torch.cuda.get_device_name(asked.device) if is_gpu else "CPU"
    print(f"{name}, torch {torch.__version__}", flush=True)
    for key in asked.only:
        title, lines = TABLES[key]
        print(f"\n{title}:\n", flush=True)
        for line in lines(asked):
            print(line, flush=True)
            print(f"{perf_counter() - begin:.0f} s", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    found = "cuda:0" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--device", default=found)
    parser.add_argument("--small", action="store_true", help="few rows, few nets")
    parser.add_argument(
        "--only", nargs="+", choices=TABLES, default=list(TABLES), help="which tables"
    )
    parser.add_argument(
        "--nets", nargs="+", default=[], metavar="WORD", help="of which nets"
    )
    return parser


if __name__ == "__main__":
    main()
