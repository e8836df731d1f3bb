"""What stands for the space of a stored search that nobody gave."""

import json
from collections.abc import Hashable, Mapping
from typing import Any

__all__ = ["ShownSpace"]

_LARGEST = 2**63 - 1


class ShownSpace:
    """Reads points as they are printed: numbers as they are, choices as their texts.

    Parameters
    ----------
    fingerprint : str
        Of the space of the search.

    Examples
    --------
    >>> ShownSpace("0").from_json({"C": 0.5, "kernel": {"choice": 1, "text": "'rbf'"}})
    {'C': 0.5, 'kernel': "'rbf'"}
    """

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"This history was loaded without its search space, which has {name!r}. "
            "Use History.load(path, space=SearchSpace(param_distributions))."
        )

    def from_json(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """Return a point with texts for its choices."""
        return {name: _shown(value) for name, value in form.items()}

    def to_json(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return a point as it is."""
        return dict(params)

    def key(self, params: Mapping[str, Any]) -> Hashable:
        """Return what is equal for points that look equal."""
        return json.dumps(params, sort_keys=True)


def _shown(value: Any) -> Any:
    """Return a number or a text, whatever the file has."""
    if isinstance(value, Mapping):
        return str(value.get("text"))
    if isinstance(value, int) and abs(value) > _LARGEST:
        return str(value)
    return (
        value if value is None or isinstance(value, str | int | float) else str(value)
    )
