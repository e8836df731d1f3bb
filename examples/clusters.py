"""
One search, on a dask cluster and on a ray cluster
==================================================

The same search runs here, on dask and on ray; what it finds is the same. Both clusters
are local ones of two processes; the user guide says which lines change elsewhere.

Needs ``pip install "sksearch[dask,ray]"``; what is not installed is left out.
"""

import contextlib
import importlib.util
import time

from joblib import parallel_config
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split

from sksearch import BayesSearchCV
from sksearch.history import Evaluation


@contextlib.contextmanager
def dask_cluster():
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        Client(cluster),
    ):
        yield


@contextlib.contextmanager
def ray_cluster():
    import ray
    from ray.util.joblib import register_ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    register_ray()
    yield
    ray.shutdown()


def search_on(backend, X, y):
    search = BayesSearchCV(
        HistGradientBoostingClassifier(max_iter=20, random_state=0),
        {
            "learning_rate": (0.03, 1.0, "log-uniform"),
            "max_leaf_nodes": (4, 32),
            "l2_regularization": (1e-3, 10.0, "log-uniform"),
        },
        n_iter=8,
        cv=3,
        random_state=0,
    )
    with parallel_config(backend, n_jobs=-1 if backend == "ray" else 2):
        return search.fit(X, y)


def main():
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.3, random_state=0)
    clusters = {"dask": dask_cluster, "ray": ray_cluster}
    clusters = {k: v for k, v in clusters.items() if importlib.util.find_spec(k)}
    print(f"{'':<8}{'best score':>12}{'held out':>10}{'workers':>9}{'seconds':>9}")
    for backend in ["loky", *clusters]:
        with clusters.get(backend, contextlib.nullcontext)():
            begin = time.perf_counter()
            search = search_on(backend, X, y)
            seconds = time.perf_counter() - begin
        records = search.history_.records
        n_workers = len({r.worker for r in records if isinstance(r, Evaluation)})
        scores = f"{search.best_score_:>12.4f}{search.score(X_test, y_test):>10.4f}"
        print(f"{backend:<8}{scores}{n_workers:>9}{seconds:>9.1f}")


if __name__ == "__main__":
    main()
