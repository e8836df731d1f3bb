"""Small files that are replaced as a whole."""

import os
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: Path, content: str) -> Path:
    """Write a file as a whole: who has it open never sees a half.

    Parameters
    ----------
    path : Path
        A file that is there is replaced.
    content : str
        Its text.

    Returns
    -------
    path : Path
        The same.
    """
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        half.write_text(content, encoding="utf-8", newline="\n")
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return path
