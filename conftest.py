"""What pytest reads first, whichever part of the tree it is asked to run."""

# Whole, and before any part of it is collected: in importlib mode pytest 9.2 loads the
# packages above a module one by one, `sksearch` first, which imports all others, and
# then executes `sksearch.evaluation` once more. That second copy lacks its submodules.
import sksearch  # noqa: F401
