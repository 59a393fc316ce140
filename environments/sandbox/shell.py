"""The host's side of a sandbox's supervisor: commands in its shell, programs beside it, every wait with an end.

The supervisor is process 1 of the sandbox and keeps its own deadlines; the host's are the same plus a margin, for the
case that the sandbox as a whole stands still. What the host reads is bounded: a sandbox cannot make it keep more than
it asked for.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from environments.contract import EnvironmentFault

FRAME = struct.Struct("!II")
MAX_HEADER_BYTES = 1 << 16
PACKAGE = Path(__file__).parent
# What supervisor.py imports from this package, each before what imports it.
MODULES = ("foreground", "custody", "children", "console")
LOAD = """import sys, types
for name, text in {texts!r}.items():
    sys.modules[name] = types.ModuleType(name)
    exec(compile(text, name, "exec"), vars(sys.modules[name]))
"""
# One line of source comes first on stdin; the host says nothing more before the hello, so nothing else is read with it.
BOOTSTRAP = "import sys;exec(eval(sys.stdin.buffer.readline()))"
COMMAND = ("python3", "-I", "-S", "-u", "-c", BOOTSTRAP)
# A sandbox at its limits answers slowly.
MARGIN_S = 15.0
# AgentBench's limits of a command (SPEC 2.5): without output, and in all.
SILENCE_S = 5.0
OPEN_S = 20.0


def program() -> str:
    """The supervisor's text with that of its modules, as one program that needs no files."""
    texts = {f"environments.sandbox.{name}": (PACKAGE / f"{name}.py").read_text(encoding="utf-8") for name in MODULES}
    return LOAD.format(texts=texts) + (PACKAGE / "supervisor.py").read_text(encoding="utf-8")


SUPERVISOR = program()


class SandboxLost(EnvironmentFault):
    """The sandbox does not answer any more."""


class Refused(EnvironmentFault):
    """The sandbox answers, but could not do what it was asked."""


class CommandResult(NamedTuple):
    """What a command in the shell did. `running`: it still did something when nobody waited any longer. `exit_code` is
    None then, and where another program than the login shell now has the terminal."""

    output: bytes
    exit_code: int | None
    running: bool = False
    truncated: bool = False
    shell_ended: bool = False
    shell_restarted: bool = False
    error: str = ""


class ProgramResult(NamedTuple):
    """What a program beside the shell did, and how long the sandbox as a whole stood still meanwhile."""

    stdout: bytes
    stderr: bytes
    exit_code: int | None
    timed_out: bool = False
    truncated: bool = False
    error: str = ""
    stood_still_s: float = 0.0


def frame(header: dict[str, Any], body: bytes = b"") -> bytes:
    encoded = json.dumps(header).encode()
    return FRAME.pack(len(encoded), len(body)) + encoded + body


async def read_frame(reader: asyncio.StreamReader, limit_bytes: int) -> tuple[dict[str, Any], bytes]:
    """The next frame. Raises `SandboxLost` at the end of the stream or when it is none of ours."""
    try:
        header_length, body_length = FRAME.unpack(await reader.readexactly(FRAME.size))
        if header_length > MAX_HEADER_BYTES or body_length > limit_bytes:
            raise SandboxLost(f"the sandbox's supervisor sent a frame of {header_length} + {body_length} bytes")
        header = json.loads(await reader.readexactly(header_length))
        if not isinstance(header, dict):
            raise SandboxLost("the sandbox's supervisor sent a header that is no object")
        return header, await reader.readexactly(body_length)
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise SandboxLost("the sandbox closed its stream") from error
    except ValueError as error:
        raise SandboxLost(f"the sandbox's supervisor sent a broken header: {error}") from error


class Supervisor:
    """One sandbox's supervisor, spoken to over a pair of streams, one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._busy = asyncio.Lock()
        self._lost = ""
        self.disk_free_bytes: int | None = None
        """What the sandbox's disk had free when it last answered, well or not."""

    @property
    def ended(self) -> bool:
        """Whether the stream has ended; known without asking."""
        return self._reader.at_eof() or self._reader.exception() is not None

    @property
    def lost(self) -> bool:
        """Whether the stream has ended or lost its step."""
        return bool(self._lost) or self.ended

    async def greet(self, timeout_s: float) -> None:
        """Send the program and wait until it says hello."""
        self._writer.write(ascii(SUPERVISOR).encode() + b"\n")
        header, _ = await self._deadline(timeout_s, 0)
        if header.get("hello") != 1:
            raise SandboxLost(f"the sandbox's supervisor began with {header!r}")

    async def open(self) -> None:
        """Open the login shell, if it is not open."""
        header, _ = await self._ask({"op": "open"}, b"", OPEN_S, 0)
        if "error" in header:
            raise SandboxLost(f"the sandbox's shell could not be opened: {header['error']}")

    async def command(
        self, text: str, timeout_s: float, limit_bytes: int, silence_s: float = SILENCE_S
    ) -> CommandResult:
        """Type `text` at the sandbox's terminal, whatever is in the foreground there, and read until that waits for
        more.
        """
        body = text.encode("utf-8", "surrogatepass")
        request = {"op": "shell", "silence": silence_s, "timeout": timeout_s, "limit": limit_bytes}
        header, output = await self._ask(request, body, timeout_s, limit_bytes)
        if "error" in header:
            return CommandResult(b"", None, error=str(header["error"]))
        flags = (header["running"], header["truncated"], header["ended"], header["restarted"])
        return CommandResult(output, header["exit"], *flags)

    async def run(
        self, language: str, code: str, params: Sequence[str], timeout_s: float, limit_bytes: int, judging: bool = False
    ) -> ProgramResult:
        """Run a program of its own beside the shell; a `judging` one with nothing of the agent's in its environment."""
        request = {
            "op": "run",
            "language": language,
            "params": [param.replace("\0", "") for param in params],
            "judging": judging,
        }
        body = code.replace("\0", "").encode("utf-8", "surrogatepass")
        header, output = await self._ask(
            request | {"timeout": timeout_s, "limit": limit_bytes}, body, timeout_s, limit_bytes
        )
        if "error" in header:
            return ProgramResult(b"", b"", None, error=str(header["error"]))
        split = header["stdout"]
        ending = (header["exit"], header["timed_out"], header["truncated"])
        return ProgramResult(output[:split], output[split:], *ending, stood_still_s=header["stood_still"])

    async def ask(
        self, request: dict[str, Any], body: bytes, timeout_s: float, limit_bytes: int
    ) -> tuple[dict[str, Any], bytes]:
        """One of custody.py's operations. Raises `Refused` when it did not work."""
        header, output = await self._ask(request, body, timeout_s, limit_bytes)
        if "error" in header:
            raise Refused(str(header["error"]))
        return header, output

    async def ping(self, timeout_s: float) -> None:
        """Return if the sandbox lives and answers. Raises `SandboxLost`."""
        await self._ask({"op": "ping"}, b"", timeout_s - MARGIN_S, 0)

    async def _ask(
        self, request: dict[str, Any], body: bytes, timeout_s: float, limit_bytes: int
    ) -> tuple[dict[str, Any], bytes]:
        async with self._busy:
            if self.lost:
                raise SandboxLost(self._lost or "the sandbox closed its stream")
            # A call that is abandoned (cancelled, late) leaves its reply in the stream: nothing after it can be
            # trusted.
            self._lost = "an earlier call to this sandbox was abandoned"
            self._writer.write(frame(request, body))
            header, output = await self._deadline(timeout_s + MARGIN_S, limit_bytes + 4096)
            self._lost = ""
            self.disk_free_bytes = header.get("disk_free")
            return header, output

    async def _deadline(self, timeout_s: float, limit_bytes: int) -> tuple[dict[str, Any], bytes]:
        try:
            async with asyncio.timeout(timeout_s):
                await self._writer.drain()
                return await read_frame(self._reader, limit_bytes)
        except TimeoutError:
            raise SandboxLost(f"the sandbox did not answer within {timeout_s:g} s") from None
        except ConnectionError as error:
            raise SandboxLost(f"the sandbox's stream broke: {error}") from error
