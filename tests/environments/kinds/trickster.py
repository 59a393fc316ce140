"""An engine that does whatever a test asks of it, in a worker."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from typing import Any


class Trickster:
    """`load` does what the payload says, every other method what its name says."""

    def __init__(self, broken: str = "", child: bool = False) -> None:
        if broken:
            raise RuntimeError(broken)
        self._loads = 0
        self._kept = b""
        self._child = subprocess.Popen(["sleep", "600"], start_new_session=True) if child else None

    def load(self, payload: dict[str, Any]) -> dict[str, Any]:
        self._loads += 1
        time.sleep(payload.get("seconds", 0))
        if payload.get("refused") or (payload.get("refused_when_used") and self._loads > 1):
            raise ValueError("no such\n\tgame: \x1b[31m\ud800")
        return {"process": os.getpid(), "loads": self._loads, "child": self._child.pid if self._child else None}

    def echo(self, text: str) -> str:
        return text

    def walk(self) -> list[str]:
        return list({str(number) for number in range(50)})

    def litter(self) -> str:
        return tempfile.mkdtemp()

    def hang(self) -> None:
        time.sleep(600)

    def fail(self) -> None:
        raise KeyError("lost")

    def leave(self) -> None:
        sys.exit("enough")

    def die(self) -> None:
        print("the last words")
        os._exit(3)

    def grow(self, mb: int) -> None:
        self._kept = b"x" * (mb << 20)

    def huge(self, mb: int) -> str:
        return "x" * (mb << 20)

    def no_json(self) -> object:
        return {1, 2}

    def chatter(self, mb: int) -> str:
        print("half a character: \ud800", "{", flush=True)
        os.write(1, b"\xff\0" * (mb << 19))
        os.write(2, b"[" * 5000 + b"\n")
        return "said"
