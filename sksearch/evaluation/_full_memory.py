"""What libraries say when memory is full, of a device or of the machine."""

import re

__all__ = ["is_about_memory", "is_memory_error"]

# torch: torch.OutOfMemoryError, torch.cuda.OutOfMemoryError before 2.5; numpy: a
# MemoryError of its own. Known by their names: torch need not be loaded.
_CLASSES = {"MemoryError", "OutOfMemoryError"}
_TEXT = re.compile(
    r"(cuda|gpu|device|hip|mps|xpu)\b.*out of memory"
    r"|out of memory.*\b(cuda|gpu|device|hip|mps|xpu)"
    r"|cudaErrorMemoryAllocation|cudaMalloc"  # LightGBM, XGBoost
    r"|CL_MEM_OBJECT_ALLOCATION_FAILURE"  # LightGBM with OpenCL
    r"|TOutOfMemoryError"  # CatBoost
    r"|(CUBLAS|CUDNN|CUSOLVER)_STATUS_ALLOC_FAILED"
    r"|std::bad_alloc|\bMemoryError\b|OutOfMemoryError"
    r"|DefaultCPUAllocator: (can't allocate|not enough) memory",
    re.IGNORECASE,
)


def is_memory_error(reason: BaseException) -> bool:
    """Return whether a fit ended because memory was full.

    Parameters
    ----------
    reason : Exception
        What was raised: an error of its own kind, or one that says so, as those of
        LightGBM, XGBoost and CatBoost do.
    """
    names = {cls.__name__ for cls in type(reason).__mro__}
    return bool(names & _CLASSES) or is_about_memory(str(reason))


def is_about_memory(text: str) -> bool:
    """Return whether an error says that memory was full.

    Parameters
    ----------
    text : str
        The message, or a traceback that ends with it.

    Examples
    --------
    >>> from sksearch.evaluation._full_memory import is_about_memory
    >>> is_about_memory("[CUDA] out of memory /src/cuda_utils.cpp 29")
    True
    >>> is_about_memory("ValueError: X has 3 features")
    False
    """
    lines = text.splitlines()
    # The lines of a traceback are indented, and may quote anything.
    quoted = [number for number, line in enumerate(lines) if line.startswith("  ")]
    message = lines[quoted[-1] + 1 :] if quoted else lines
    return any(map(_TEXT.search, message))
