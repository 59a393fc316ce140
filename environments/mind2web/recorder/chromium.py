"""A headless Chromium of our own, spoken to by the DevTools protocol (CDP) through a pair of pipes.

It ends when its pipe closes, so also when this process is killed; the shell that started it waits for that and removes
its profile. It has a process group of its own: what a terminal interrupts is this process alone, which then ends it.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import msgspec

from environments.contract import UserError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
    "--lang=en-US",
    "--no-default-browser-check",
    "--no-first-run",
    "about:blank",
)
# Chromium's helpers end a little after it, and write into its profile until then: what is removed may not be empty yet.
SHELL = (
    'trap "" HUP INT TERM; "$@" 3<&0 4>&1 0</dev/null 1>/dev/null; '
    'for attempt in 1 2 3 4 5 6 7 8 9; do rm -rf "$PROFILE" && break; sleep 1; done'
)
LIMIT_END_S = 5.0
ANSWER_S = 30.0
CHUNK = 1 << 20


class Unanswered(UserError):
    """A command has no result: Chromium refuses it, or says nothing. While a page gives way to another, both happen."""


class Chromium:
    """A running browser; use it with `with`. `heard` is told of every event."""

    def __init__(self, program: str | None = None) -> None:
        found = program or next((path for name in NAMES if (path := shutil.which(name))), None)
        if found is None or shutil.which(found) is None:
            raise UserError(
                f"no Chromium: {program or ', '.join(NAMES)} cannot be started; install it (Debian: apt-get install"
                " chromium) or give --chromium PATH"
            )
        self._profile = tempfile.mkdtemp(prefix="mind2web-chromium-")
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        self._words = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            ["sh", "-c", SHELL, "sh", found, f"--user-data-dir={self._profile}", *root, *FLAGS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            bufsize=0,
            start_new_session=True,
            env={**os.environ, "PROFILE": self._profile, "TMPDIR": self._profile},
        )
        self._read = b""
        self._said: list[bytes] = []
        self._number = 0
        self.heard: Callable[[dict[str, Any]], None] = lambda event: None

    def __enter__(self) -> Chromium:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it and remove its profile. May be called twice."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(LIMIT_END_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._words.close()
        shutil.rmtree(self._profile, ignore_errors=True)

    def call(self, method: str, session: str = "", limit_s: float = ANSWER_S, **parameters: Any) -> dict[str, Any]:
        """A command's result. Raises `Unanswered`, also when it says nothing for `limit_s`, and `UserError` when it
        has ended.
        """
        number = self.post(method, session, **parameters)
        deadline = time.monotonic() + limit_s
        while (answer := self._message(deadline)) is not None:
            if answer.get("id") == number:
                if "error" in answer:
                    raise Unanswered(f"Chromium refuses {method}: {answer['error'].get('message')}")
                result: dict[str, Any] = answer["result"]
                return result
            self.heard(answer)
        raise Unanswered(f"Chromium does not answer {method} within {limit_s:g} s; give a longer timeout_s")

    def listen(self, limit_s: float) -> None:
        """Hear events for `limit_s`."""
        deadline = time.monotonic() + limit_s
        while (event := self._message(deadline)) is not None:
            self.heard(event)

    def post(self, method: str, session: str, **parameters: Any) -> int:
        """Give a command and don't wait for its result; its number. Raises `UserError` where Chromium has ended."""
        assert self._process.stdin is not None
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        message = msgspec.json.encode({**command, "sessionId": session} if session else command) + b"\0"
        try:
            while message:
                message = message[self._process.stdin.write(message) :]
        except (BrokenPipeError, ValueError):
            raise self._ended() from None
        return self._number

    def _message(self, deadline: float) -> dict[str, Any] | None:
        """The next message; None at the deadline."""
        assert self._process.stdout is not None
        while not self._said:
            if not select.select([self._process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
                return None
            if not (chunk := os.read(self._process.stdout.fileno(), CHUNK)):
                raise self._ended()
            *self._said, self._read = (self._read + chunk).split(b"\0") if b"\0" in chunk else (self._read + chunk,)
        message: dict[str, Any] = json.loads(self._said.pop(0))  # msgspec takes no half of a character
        return message

    def _ended(self) -> UserError:
        self._words.seek(0)
        said = self._words.read().decode(errors="replace").splitlines()
        last = next((line.strip() for line in reversed(said) if line.strip()), "it says nothing")
        return UserError(f"Chromium ended by itself: {last[:300]}")
