"""matplotlib and pandas, imported when a picture or a table is asked for."""

import importlib
from typing import Any

__all__ = ["import_extra"]


def import_extra(module: str, purpose: str) -> Any:
    """Import a module of the extra "plot", or say how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ImportError(
            f"{purpose} needs {package}. Run: pip install 'sksearch[plot]'"
        ) from error
