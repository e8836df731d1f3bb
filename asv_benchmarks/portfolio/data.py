"""The data sets that portfolios are chosen on: none of them is a real problem's."""

from collections.abc import Callable
from functools import partial

from asv_benchmarks.quality.real.data import Data, bundled, framed

_N_ROWS = 400

_MODELDATA = partial(framed, "modeldata", n_rows=_N_ROWS)

# Classes, then numbers.
DATA: dict[str, Callable[[], Data]] = {
    "wine": partial(bundled, "wine", _N_ROWS),
    "penguins": partial(_MODELDATA, "penguins", "species"),
    "ad_data": partial(_MODELDATA, "ad_data", "Class"),
    "lending_club": partial(_MODELDATA, "lending_club", "Class"),
    "wa_churn": partial(_MODELDATA, "wa_churn", "churn"),
    "spam7": partial(framed, "DAAG", "spam7", "yesno", _N_ROWS),
    "boston": partial(framed, "MASS", "Boston", "medv", _N_ROWS),
    "auto": partial(framed, "ISLR", "Auto", "mpg", _N_ROWS, drop=["name"]),
    "hitters": partial(framed, "ISLR", "Hitters", "Salary", _N_ROWS),
    "biomass": partial(_MODELDATA, "biomass", "HHV", drop=["sample"]),
    "car_prices": partial(_MODELDATA, "car_prices", "Price"),
}
