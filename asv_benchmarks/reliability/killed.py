"""Searches that are killed: run in forks of a process that has imported everything.

A request to the server is a line of JSON, and so is its answer. Only a process that
waits can kill without a race: nobody else gets the number of a child that was not
reaped.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import joblib

from asv_benchmarks.reliability.searches import X, Y, make_search

__all__ = ["run", "serve", "server", "size"]

ROOT = Path(__file__).resolve().parents[2]


def run(request: dict[str, Any]) -> None:
    """Run a search to its end."""
    with joblib.parallel_config(request.pop("backend", "sequential")):
        make_search(**request).fit(X, Y)


def run_and_kill(request: dict[str, Any]) -> dict[str, Any]:
    """Fork, run, and kill at a length of the journal; tell whether it was alive."""
    length, delay = request.pop("length"), request.pop("delay")
    pid = os.fork()
    if pid == 0:
        sys.stdin.close()
        run(request)
        os._exit(0)
    end = time.monotonic() + 60
    while size(request["journal"]) < length and time.monotonic() < end:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
        time.sleep(0.0003)
    time.sleep(delay)
    os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    return {"killed": os.WIFSIGNALED(status), "status": status}


def size(path: str) -> int:
    """Return how long a journal is, with that of its re-check; 0 without a file."""
    total = 0
    for name in (path, f"{path}.recheck"):
        with contextlib.suppress(FileNotFoundError):
            total += os.stat(name).st_size
    return total


def serve(names: Sequence[str]) -> None:
    """Answer requests until there are no more."""
    for name in names:  # what is imported late, once
        make_search(name).fit(X, Y)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        print(json.dumps(run_and_kill(json.loads(line))), flush=True)


@contextlib.contextmanager
def server(names: Sequence[str]) -> Iterator[Callable[..., dict[str, Any]]]:
    """Start a server of searches; yields what asks it to run one and kill it."""
    code = f"from {__name__} import serve; serve({[*names]!r})"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        to, back = process.stdin, process.stdout
        if json.loads(back.readline()) != "ready":
            raise RuntimeError("The server of searches did not start.")

        def ask(**request: Any) -> dict[str, Any]:
            to.write(json.dumps(request) + "\n")
            to.flush()
            answer: dict[str, Any] = json.loads(back.readline())
            return answer

        yield ask
        to.close()
