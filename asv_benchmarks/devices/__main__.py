"""Measure on this machine's first GPU, or on the CPU, and print tables.

``python -m asv_benchmarks.devices`` takes minutes on a GPU; ``--device cpu --small``
seconds, to see that it runs.
"""

import argparse

import torch

from asv_benchmarks.devices.batching import batching_table
from asv_benchmarks.devices.loading import loading_table
from asv_benchmarks.devices.sharing import sharing_table

_TABLES = {
    "Epochs per second, 60,000 rows of 784 numbers in batches of 256": loading_table,
    "Candidates per hour, several nets at a time": sharing_table,
    "Candidates per hour, nets trained as one": batching_table,
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    found = "cuda:0" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--device", default=found)
    parser.add_argument("--small", action="store_true", help="few rows, few nets")
    options = parser.parse_args()
    is_gpu = options.device.startswith("cuda")
    name = torch.cuda.get_device_name(options.device) if is_gpu else "CPU"
    print(f"{name}, torch {torch.__version__}")
    for title, table in _TABLES.items():
        print(f"\n{title}\n")
        for line in table(options.device, options.small):
            print(line, flush=True)


if __name__ == "__main__":
    main()
