"""A headless Chromium, driven through its pipe: messages of JSON that end with a zero.

https://chromedevtools.github.io/devtools-protocol/
"""

import contextlib
import json
import os
import select
import shutil
import subprocess
import time

NAMES = "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"


def path():
    """Where a Chromium is, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page, and all that was said about it."""

    def __init__(self, process, send, receive):
        self.process, self.send, self.receive = process, send, receive
        self.number, self.rest, self.session = 0, b"", None
        self.events = []

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session is not None:
            message["sessionId"] = self.session
        os.write(self.send, json.dumps(message).encode() + b"\0")
        return self.wait(lambda answer: answer.get("id") == self.number)["result"]

    def wait(self, is_wanted, seconds=60):
        """Return the first message that is wanted; keep the others."""
        end = time.monotonic() + seconds
        while True:
            *messages, self.rest = self.rest.split(b"\0")
            for place, text in enumerate(messages):
                message = json.loads(text)
                self.events.append(message)
                if is_wanted(message):
                    self.rest = b"\0".join([*messages[place + 1 :], self.rest])
                    return message
            left = end - time.monotonic()
            ready, _, _ = select.select([self.receive], [], [], max(left, 0.0))
            part = os.read(self.receive, 1 << 16) if ready else b""
            if not part:
                raise TimeoutError("Chromium does not answer.")
            self.rest += part

    def open(self, file):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        answer = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = answer["sessionId"]
        for domain in ("Runtime", "Log", "Network", "Page"):
            self.call(f"{domain}.enable")
        self.call("Page.navigate", url=file.resolve().as_uri())
        self.wait(lambda message: message.get("method") == "Page.loadEventFired")

    def evaluate(self, code):
        answer = self.call("Runtime.evaluate", expression=code, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def complaints(self):
        """Return what stands on the console, and what was thrown."""
        bad = "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"
        return [event for event in self.events if event.get("method") in bad]

    def requests(self):
        """Return the schemes of all that was asked for."""
        sent = "Network.requestWillBeSent"
        found = [e["params"]["request"] for e in self.events if e.get("method") == sent]
        return {request["url"].partition(":")[0] for request in found}


@contextlib.contextmanager
def browser(folder):
    """Start a Chromium with its profile in a folder, and end it."""
    (theirs_in, send), (receive, theirs_out) = os.pipe(), os.pipe()
    flags = ["--headless", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu"]
    flags += ["--disable-dev-shm-usage", f"--user-data-dir={folder}"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")  # there is none for root
    # It reads file 3 and writes file 4.
    script = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
    process = subprocess.Popen(
        ["bash", "-c", script, "bash", path(), *flags],
        pass_fds=(theirs_in, theirs_out),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        yield (made := Browser(process, send, receive))
        made.session = None
        made.call("Browser.close")
        process.wait(timeout=30)
    finally:
        process.kill()
        process.wait()
        os.close(send)
        os.close(receive)
