"""Small files that are replaced as a whole."""

import os
from pathlib import Path

__all__ = ["check_folder", "write_whole"]


def check_folder(path: Path) -> None:
    """Refuse a path where nothing can be written, by the name that the user gave.

    Raises
    ------
    FileNotFoundError
        If its folder is not there.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"path={str(path)!r} is in a folder that is not there. Make it, or pass "
            "another path."
        )


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

    Raises
    ------
    OSError
        If it cannot be written.
    """
    check_folder(path)
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        half.write_text(content, encoding="utf-8", newline="\n")
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return path
