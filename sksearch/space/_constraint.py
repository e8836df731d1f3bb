"""The user's rule on combinations of parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sksearch.space._identity import describe


class Constraint:
    """A callable on parameters whose failures name ``param_constraint``."""

    def __init__(self, function: Callable[[dict[str, Any]], bool] | None) -> None:
        if function is not None and not callable(function):
            raise TypeError(
                f"param_constraint={function!r} must be callable. Pass a function that "
                "takes a dict of parameters and returns True or False."
            )
        self.function = function

    def __call__(self, params: Mapping[str, Any]) -> bool:
        if self.function is None:
            return True
        try:
            verdict = self.function(dict(params))
            holds = bool(verdict)
        except Exception as error:
            raise ValueError(
                f"param_constraint={self.function!r} raised {error!r} for "
                f"{dict(params)!r}. It must return True or False for every point; in "
                "a list of dicts, look up conditional parameters with params.get()."
            ) from error
        if verdict is None:
            raise ValueError(
                f"param_constraint={self.function!r} returned None. It must return "
                "True or False."
            )
        return holds

    def rejection(self, what: str) -> ValueError:
        """Return the error for a constraint that leaves nothing."""
        return ValueError(
            f"param_constraint={self.function!r} rejected {what}. Loosen it, or change "
            "param_distributions so that it can hold."
        )

    def describe(self) -> str:
        """Describe the constraint in canonical text, by its name."""
        return describe(self.function)
