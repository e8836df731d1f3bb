"""Candidates per hour with one, two, four and eight nets at a time on one device."""

from time import perf_counter

from sklearn.model_selection import ShuffleSplit

from asv_benchmarks.devices.nets import new_net, rows
from sksearch import BayesSearchCV
from sksearch.torch import DeviceLoader

_SPACE = {"module__width": (32, 512), "lr": (1e-4, 1e-2, "log-uniform")}


def sharing_table(device: str, small: bool) -> str:
    """Return a table of Markdown.

    Parameters
    ----------
    device : str
        Which one.
    small : bool
        Whether it is only to be seen that this runs.
    """
    counts = (1, 2) if small else (1, 2, 4, 8)
    n_iter = 2 if small else 32
    X, y = rows(500 if small else 20_000)
    net = new_net(
        "cpu",  # the lease moves it
        max_epochs=1 if small else 10,
        iterator_train=DeviceLoader,
        iterator_valid=DeviceLoader,
    )
    lines, first = [], 0.0
    for count in counts:
        search = BayesSearchCV(
            net,
            _SPACE,
            n_iter=n_iter,
            optimizer="random",
            cv=ShuffleSplit(1, test_size=0.2, random_state=0),
            refit=False,
            n_jobs=count,
            devices={device: count},
            seed_fits=True,
            random_state=0,
        )
        search.set_params(n_iter=count).fit(X, y)  # workers start, imports are done
        begin = perf_counter()
        search.set_params(n_iter=n_iter).fit(X, y)
        rate = 3600 * n_iter / (perf_counter() - begin)
        first = first or rate
        lines.append(f"| {count} | {rate:,.0f} | {rate / first:.2f} |")
    head = ["| nets at a time | candidates per hour | ratio |", "| --- | --- | --- |"]
    return "\n".join([*head, *lines, ""])
