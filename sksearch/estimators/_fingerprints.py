"""What must be the same for a search to go on from its journal, and how it is told."""

import pickle
import platform
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import joblib
import numpy as np
import sklearn

from sksearch.estimators._sources import sources_of
from sksearch.evaluation import Evaluator
from sksearch.history import History
from sksearch.optimizers import Source
from sksearch.space._identity import describe, text

__all__ = [
    "data_facts",
    "data_name",
    "held_data_facts",
    "is_same_data",
    "search_facts",
    "versions",
]

Fact = dict[str, Any]
_SETTINGS = ("return_train_score", "seed_fits", "finalize")
_LONGEST = 300  # characters of a text that is shown


def data_facts(evaluator: Evaluator) -> dict[str, Fact]:
    """Return the facts about data and splits.

    Parameters
    ----------
    evaluator : Evaluator
        It has both.

    Returns
    -------
    facts : dict of str to dict
        "X", "y", "splits" and one for each parameter of `fit`: "text" to show, and
        "hash" to compare, which is None where something cannot be hashed.
    """
    facts = {"X": _of_data(evaluator.X), "y": _of_data(evaluator.y)}
    facts["splits"] = _of_splits(evaluator.splits)
    for kind in ("fit", "score"):
        for name, value in sorted(getattr(evaluator, f"{kind}_params").items()):
            facts[f"{kind} parameter {name!r}"] = _of_data(value)
    return facts


_HELD = {"builtins", "numpy", "pandas", "polars", "pyarrow", "scipy"}


def held_data_facts(evaluator: Evaluator) -> dict[str, Any]:
    """Return what is to be told of data and splits without reading what lies elsewhere.

    Parameters
    ----------
    evaluator : Evaluator
        With both.

    Returns
    -------
    facts : dict of str to object
        "X", "y", "splits" as from `data_facts`, where a lazy data set has its type as
        "text" and None as "hash"; "n_train" and "n_test", lists of numbers of rows.
    """
    sizes = [tuple(map(_n_rows, split)) for split in evaluator.splits]
    return {
        "X": _of_held(evaluator.X),
        "y": _of_held(evaluator.y),
        "splits": _of_splits(evaluator.splits),
        "n_train": [train for train, _ in sizes],
        "n_test": [test for _, test in sizes],
    }


def is_same_data(data: Any, facts: Mapping[str, Any]) -> bool:
    """Whether data are those of which a search tells; False where nobody knows.

    Parameters
    ----------
    data : array-like
        The data.
    facts : dict
        As from `held_data_facts`.
    """
    known = facts.get("X", {}).get("hash")
    return known is not None and known == _of_held(data)["hash"]


def _of_held(data: Any) -> Fact:
    module = type(data).__module__
    if module.partition(".")[0] in _HELD or module == "torch":
        return _of_data(data)
    return {"text": f"a {type(data).__name__}, which was not read", "hash": None}


def _n_rows(rows: Any) -> int:
    rows = np.asarray(rows)
    return int(rows.sum()) if rows.dtype == bool else len(rows)


def data_name(facts: Mapping[str, Fact]) -> str:
    """Return a name that data and splits alone determine.

    Parameters
    ----------
    facts : dict of str to dict
        As from `data_facts`.

    Raises
    ------
    ValueError
        If the data cannot be hashed.
    """
    hashes = [facts[name]["hash"] for name in ("X", "y", "splits")]
    if None in hashes:
        raise ValueError(
            "A folder as journal needs data that can be hashed, and these cannot be "
            "pickled. Pass a file, as in journal='search.jsonl'."
        )
    return str(joblib.hash(hashes))[:16]


def search_facts(search: Any, history: History, rungs: str) -> dict[str, Fact]:
    """Return the facts about everything but the data.

    Parameters
    ----------
    search : BaseSearch
        With its parameters.
    history : History
        With the space, the seed, and what is known of objectives.
    rungs : str
        How far candidates are trained.
    """
    header = history.header()
    seed = header.pop("seed")
    facts = {
        "space": {
            "text": _short(repr(history.space)),
            "hash": history.space.fingerprint,
        },
        **_of_estimator(search.estimator),
        "scoring": _of_value(search.scoring),
        "seed": {
            "text": f"{seed} (random_state={text(search.random_state)})",
            "hash": seed,
        },
        "rungs": {"text": rungs, "hash": rungs},
    }
    for name, value in header.items():
        fact = {"text": _short(repr(value)), "hash": describe(_plain(value))}
        facts["score_constraints" if name == "constraints" else name] = fact
    if search.warm_start_from:
        facts["warm_start_from"] = _of_sources(sources_of(search, history))
    for name in _SETTINGS:
        facts[name] = _of_value(getattr(search, name))
    if search.reshuffle:  # else absent, as in journals that know nothing of it
        facts["reshuffle"] = {"text": "True", "hash": "True"}
    return facts


def versions(estimator: Any) -> dict[str, str]:
    """Return the versions on which results depend."""
    found = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
    }
    modules = [type(part).__module__ for part in (estimator, *_parts(estimator))]
    for name in ("sksearch", *(module.partition(".")[0] for module in modules)):
        version = getattr(sys.modules.get(name), "__version__", None)
        if name not in ("sklearn", "numpy") and isinstance(version, str):
            found[name] = version
    return found


def _parts(estimator: Any) -> Iterable[Any]:
    values = estimator.get_params(deep=True).values()
    return (value for value in values if hasattr(value, "get_params"))


def _of_estimator(estimator: Any) -> dict[str, Fact]:
    """Return a fact for each parameter: of what differs, the name is wanted."""
    facts = {"estimator": _of_class(estimator)}
    for name, value in sorted(estimator.get_params(deep=True).items()):
        is_part = hasattr(value, "get_params") and not isinstance(value, type)
        fact = _of_class(value) if is_part else _of_value(value)
        facts[f"estimator {name}"] = fact
    return facts


def _of_class(value: Any) -> Fact:
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    return {"text": name, "hash": name}


def _of_value(value: Any) -> Fact:
    described = describe(value)  # of a function the name: what it does is not known
    if len(described) > _LONGEST:
        described = str(joblib.hash(described))
    return {"text": _short(text(value)), "hash": described}


def _of_splits(splits: Iterable[Any]) -> Fact:
    pairs = [tuple(np.ascontiguousarray(part) for part in pair) for pair in splits]
    sizes = ", ".join(f"{len(train)}+{len(test)}" for train, test in pairs[:3])
    more = ", ..." if len(pairs) > 3 else ""
    found = str(joblib.hash(pairs))
    shown = f"{len(pairs)} splits of {sizes}{more} rows (hash {found[:8]})"
    return {"text": f"{shown}; a shuffled cv needs a random_state", "hash": found}


def _of_data(data: Any) -> Fact:
    try:
        found = _hash(data)
    except Exception:  # whatever pickle does with what it cannot take, or a device
        return {"text": f"a {type(data).__name__} that cannot be hashed", "hash": None}
    shape = getattr(data, "shape", None)
    size = f" of shape {tuple(shape)}" if shape is not None else ""
    return {"text": f"{type(data).__name__}{size} (hash {found[:8]})", "hash": found}


def _hash(data: Any) -> str:
    """Return what equal data have in common, in every process."""
    if hasattr(data, "columns") and hasattr(data, "__getitem__"):
        columns = [(str(n), _hash(np.asarray(data[n]))) for n in data.columns]
        return str(joblib.hash(columns))
    if hasattr(data, "tocsr"):
        data = data.tocsr().sorted_indices()
        parts = [_hash(part) for part in (data.data, data.indices, data.indptr)]
        return str(joblib.hash([data.shape, parts]))
    if isinstance(data, Mapping):
        return str(joblib.hash(sorted((str(k), _hash(v)) for k, v in data.items())))
    if hasattr(data, "__array__"):  # also a tensor: its pickle holds an address
        # However they lie in memory, for joblib hashes strides too.
        return str(joblib.hash(np.ascontiguousarray(data).view(np.ndarray)))
    if isinstance(data, tuple | list) and any(hasattr(x, "__array__") for x in data):
        return str(joblib.hash([_hash(each) for each in data]))
    found = str(joblib.hash(data))
    if found != joblib.hash(pickle.loads(pickle.dumps(data))):
        raise ValueError("its hash is not that of a copy")
    return found


def _of_sources(sources: Iterable[Source]) -> Fact:
    found = [
        (describe(list(s.points)), list(map(float, s.scores)), list(s.goals))
        for s in sources
    ]
    sizes = ", ".join(str(len(scores)) for _, scores, _ in found)
    return {"text": f"earlier searches of {sizes} points", "hash": joblib.hash(found)}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _short(shown: str) -> str:
    line = " ".join(shown.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
