"""Batches that are sliced where the net is."""

import contextlib
import importlib
import itertools
import weakref
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

__all__ = ["DeviceLoader"]


class DeviceLoader:
    """Slices batches on the device of a net, where all rows are put at once.

    For skorch's `iterator_train` and `iterator_valid`. torch's `DataLoader` takes row
    after row, puts them together and sends each batch to the device; where rows are
    small that is most of the time. The order of rows, the batches and the draws from
    torch's generators are those of `DataLoader` with the same arguments, and so is, bit
    for bit, what a net learns.

    Parameters
    ----------
    dataset : skorch.dataset.Dataset, TensorDataset or Subset of one
        With arrays or tensors, or dicts, lists or tuples of them, or a DataFrame. All
        of it has to fit on the device.
    batch_size : int, default=1
        Rows in a batch.
    shuffle : bool, default=False
        Whether the rows come in a new order each time.
    drop_last : bool, default=False
        Whether a last batch with fewer rows is left out.
    sampler : torch.utils.data.Sampler or None, default=None
        Gives the order instead of `shuffle`.
    generator : torch.Generator or None, default=None
        Draws the order; None is that of torch.
    device : str, torch.device or None, default=None
        Where rows are put, such as "cuda"; None leaves them where they are. A search
        with `devices` sets it.
    **others : object
        Nothing else is taken; the error says so.

    Raises
    ------
    ImportError
        If torch is not installed.
    TypeError
        If the dataset makes its rows only when they are asked for, or is sparse, or for
        other arguments of `DataLoader`, such as `num_workers`.

    Notes
    -----
    Rows are put on the device once for each training. Arrays that nobody can write to
    stay there as long as they live: a search passes such arrays to a net with this
    iterator, so that they move once for each worker and fold, and not for each
    candidate.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from sksearch.torch import DeviceLoader
    >>> from skorch import NeuralNetClassifier
    >>> X, y = np.eye(5, dtype=np.float32), np.arange(5)
    >>> net = NeuralNetClassifier(
    ...     torch.nn.Linear(5, 5),
    ...     criterion=torch.nn.CrossEntropyLoss,
    ...     batch_size=2,
    ...     iterator_train=DeviceLoader,
    ...     iterator_train__shuffle=True,
    ...     iterator_valid=DeviceLoader,
    ...     train_split=None,
    ...     verbose=0,
    ... )
    >>> net.fit(X, y).predict(X).shape
    (5,)
    >>> [len(batch) for _, batch in net.get_iterator(net.get_dataset(X, y))]
    [2, 2, 1]
    """

    keeps_data_on_device = True  # so that a search sets `device`

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        drop_last: bool = False,
        sampler: Any = None,
        generator: Any = None,
        device: Any = None,
        **others: Any,
    ) -> None:
        if others:
            raise TypeError(
                f"DeviceLoader takes no {sorted(others)}: rows are there before "
                "anybody asks. Leave these out, or take torch's DataLoader."
            )
        torch = _import("torch")
        self.dataset = dataset
        self.batch_size = batch_size
        self.device = device
        # torch's own, over the numbers of rows: order and draws are the same by that.
        self._batches = torch.utils.data.DataLoader(
            _Numbers(len(dataset)),
            batch_size=batch_size,
            shuffle=shuffle,
            drop_last=drop_last,
            sampler=sampler,
            generator=generator,
            collate_fn=_as_it_is,
        )
        sequential = torch.utils.data.SequentialSampler
        self._in_order = isinstance(self._batches.sampler, sequential)
        self._is_shuffled = bool(shuffle) and generator is None
        self._drops = drop_last
        self._rows = _on_device(dataset, device)

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self._batches)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        """Return the batches, each a pair of X and y."""
        torch = _import("torch")
        numbers, bounds = self.order()  # here, where DataLoader draws as well
        if self._in_order:  # copied: a layer may work in place
            return (self._between(a, b) for a, b in bounds)
        order = torch.as_tensor(numbers, device=self.device)
        return (self._taken(order[a:b]) for a, b in bounds)

    def order(self) -> tuple[Any, list[tuple[int, int]]]:
        """Draw the order of one pass.

        Returns
        -------
        numbers : torch.Tensor of shape (n,)
            Of the rows, one batch after the other, on the CPU.
        bounds : list of (int, int)
            Where batches begin and end.
        """
        torch = _import("torch")
        if self._is_shuffled:
            n_rows = len(self) * self.batch_size if self._drops else len(self.dataset)
            ends = [*range(0, n_rows, self.batch_size), n_rows]
            return _shuffled(len(self.dataset))[:n_rows], _between(ends)
        numbers = list(self._batches)
        ends = np.cumsum([0, *map(len, numbers)]).tolist()
        flat = [number for batch in numbers for number in batch]
        return torch.tensor(flat, dtype=torch.int64), _between(ends)

    @property
    def rows(self) -> Any:
        """X and y, as tensors on the device."""
        return self._rows

    def _between(self, start: int, stop: int) -> Any:
        return _each(self._rows, lambda t: t[start:stop].clone())

    def _taken(self, numbers: Any) -> Any:
        return _each(self._rows, lambda t: t.index_select(0, numbers.to(t.device)))


class _Numbers:
    """The numbers of rows, as a dataset."""

    def __init__(self, n_rows: int) -> None:
        self._n_rows = n_rows

    def __len__(self) -> int:
        return self._n_rows

    def __getitems__(self, numbers: list[int]) -> list[int]:
        return numbers


def _shuffled(n_rows: int) -> Any:
    """Draw what DataLoader and its RandomSampler draw, in one piece.

    They make a Python number of each row, which takes 30 ms for 60,000 rows and longer
    than to train a small net on them.
    """
    torch = _import("torch")
    torch.empty((), dtype=torch.int64).random_()  # the seed of DataLoader's workers
    seed = int(torch.empty((), dtype=torch.int64).random_())
    return torch.randperm(n_rows, generator=torch.Generator().manual_seed(seed))


def _between(ends: list[int]) -> list[tuple[int, int]]:
    return list(itertools.pairwise(ends))


def _as_it_is(batch: list[int]) -> list[int]:
    return batch


# -- to the device -----------------------------------------------------------------


def _on_device(dataset: Any, device: Any) -> tuple[Any, Any]:
    """Return X and y of a dataset as tensors on a device."""
    torch = _import("torch")
    if isinstance(dataset, torch.utils.data.Subset):
        rows = _on_device(dataset.dataset, device)
        numbers = torch.as_tensor(np.asarray(dataset.indices))
        return tuple(_each(part, lambda t: t[numbers.to(t.device)]) for part in rows)
    if isinstance(dataset, torch.utils.data.TensorDataset):
        X, y = dataset.tensors
    else:
        X, y = _arrays_of(dataset)
    if y is None:  # skorch's: nets without a target get zeros
        y = torch.zeros(len(dataset), 1)
    return _moved(X, device), _moved(y, device)


def _arrays_of(dataset: Any) -> tuple[Any, Any]:
    plain = _import("skorch.dataset").Dataset
    is_plain = isinstance(dataset, plain) and all(
        getattr(type(dataset), name) is getattr(plain, name)
        for name in ("__getitem__", "transform")
    )
    if not is_plain:
        raise TypeError(
            "DeviceLoader puts the arrays of a dataset on the device, and does not ask "
            f"{type(dataset).__name__!r} for its rows. Pass arrays to the net, or take "
            "torch's DataLoader."
        )
    X = dataset.X
    if dataset.X_is_ndframe:
        X = {name: X[name].to_numpy().reshape(-1, 1) for name in X}
    return X, dataset.y


def _moved(data: Any, device: Any) -> Any:
    """Return data with a tensor in the place of each array, as skorch parts them."""
    if isinstance(data, Mapping):
        return {name: _moved(part, device) for name, part in data.items()}
    if isinstance(data, list | tuple) and len(data) and np.ndim(data[0]) > 0:
        return [_moved(part, device) for part in data]
    if hasattr(data, "tocsr"):
        raise TypeError(
            "DeviceLoader takes no sparse matrix. Pass X.toarray(), or take torch's "
            "DataLoader, which makes each row dense."
        )
    torch = _import("torch")
    if isinstance(data, torch.Tensor):
        return data if device is None else data.to(device)
    return _tensor(np.asarray(data), device)


_kept: dict[tuple[int, str], tuple[Any, Any]] = {}  # by array: a weak reference, tensor


def _tensor(array: Any, device: Any) -> Any:
    """Return a tensor; of an array that cannot change the same as long as it lives."""
    torch = _import("torch")
    if array.flags.writeable:
        return torch.as_tensor(array, device=device)
    # `tensor` copies: `as_tensor` warns that it shares what cannot be written to.
    if not _cannot_change(array):
        return torch.tensor(array, device=device)
    key = id(array), str(device)
    if key not in _kept:
        tensor = torch.tensor(array, device=device)
        _kept[key] = weakref.ref(array, lambda _: _kept.pop(key, None)), tensor
    return _kept[key][1]


def _cannot_change(array: Any) -> bool:
    """Whether nobody can write to an array, nor to one that it is a view of."""
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return False
        array = array.base
    return True


def _each(rows: Any, take: Any) -> Any:
    """Return the same structure with a part of each tensor."""
    if isinstance(rows, dict):
        return {name: _each(part, take) for name, part in rows.items()}
    if isinstance(rows, list | tuple):
        return [_each(part, take) for part in rows]
    return take(rows)


def _import(name: str) -> Any:
    with contextlib.suppress(ImportError):
        return importlib.import_module(name)
    raise ImportError(
        f"sksearch.torch needs {name.partition('.')[0]}, which is not installed: "
        'pip install "sksearch[torch]"'
    )
