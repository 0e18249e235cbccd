"""A headless Chromium under control of a test, over the pipe of its DevTools protocol, by the standard library."""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)
# The protocol is spoken over the descriptors 3 and 4, whatever numbers the pipes have here.
TRAMPOLINE = "import os, sys; r, w = map(int, sys.argv[1:3]); a, b = os.dup(r), os.dup(w); " + (
    "b = os.dup(b) if b == 3 else b; os.dup2(a, 3); os.dup2(b, 4); [os.set_inheritable(fd, True) for fd in (3, 4)]; "
    "os.execv(sys.argv[3], sys.argv[3:])"
)
KEYS = {
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
    "Escape": 27,
    "Enter": 13,
    "Home": 36,
    "End": 35,
}


def find():
    """Return the path of a browser, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Page:
    """One page: commands of the protocol, and everything it complained of."""

    def __init__(self, to, answers):
        self._to, self._answers, self._number, self._session = to, answers, 0, None
        self.complaints = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method, **parameters):
        """Return the answer to a command."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        command |= {"sessionId": self._session} if self._session else {}
        self._to.write(json.dumps(command).encode() + b"\0")
        self._to.flush()
        while (message := self._hear()).get("id") != self._number:
            pass
        assert "error" not in message, message
        return message["result"]

    def _hear(self):
        said = bytearray()
        while (byte := self._answers.read(1)) != b"\0":
            assert byte, "the browser has left"
            said += byte
        message = json.loads(said)
        method, told = message.get("method"), message.get("params", {})
        request = told.get("request", {}).get("url", "")
        outside = method == "Network.requestWillBeSent" and not request.startswith(("file:", "data:", "about:"))
        if outside or method in {"Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"}:
            self.complaints.append(message)
        self.loaded = method == "Page.loadEventFired" or getattr(self, "loaded", False)
        return message

    def open(self, file, *, width=1280, height=900, scheme="light", anchor=""):
        """Load a file on a screen of a size, in light or dark."""
        phone = width < 600
        metrics = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
        self.send("Emulation.setDeviceMetricsOverride", **metrics)
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.send("Page.navigate", url="about:blank")
        self.loaded = False
        self.send("Page.navigate", url=Path(file).resolve().as_uri() + anchor)
        while not self.loaded:
            self._hear()
        self.ask("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")

    def ask(self, expression):
        """Return the value of an expression of JavaScript."""
        answer = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key):
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=KEYS[key], **text)
        self._settle()

    def click(self, selector):
        """Click on the middle of an element as a mouse does."""
        middle = self.ask(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center'});"
            "const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=middle[0], y=middle[1], button="left", clickCount=1)
        self._settle()

    def _settle(self):
        """Wait until events that were set off, such as that a dialog has closed, are over."""
        self.ask("new Promise((done) => setTimeout(done, 50))")

    def picture(self, file, *, whole=True):
        """Write what the screen shows, or the whole page, as PNG."""
        data = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        Path(file).write_bytes(base64.b64decode(data))


@contextlib.contextmanager
def browsing(program):
    """Return a context with a new page in a browser of its own."""
    (read, to), (answers, write) = os.pipe(), os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        words = [program, *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-pipe"]
        start = [sys.executable, "-S", "-c", TRAMPOLINE, str(read), str(write), *words]
        with subprocess.Popen(
            start, pass_fds=(read, write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as run:
            os.close(read)
            os.close(write)
            with os.fdopen(to, "wb") as out, os.fdopen(answers, "rb", buffering=0) as heard:
                try:
                    page = Page(out, heard)
                    yield page
                    page.send("Browser.close")
                finally:
                    run.terminate()
