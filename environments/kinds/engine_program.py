"""The program of a worker's process: makes an engine, and answers what its host asks of it.

    python -m environments.kinds.engine_program DESCRIPTOR

Frames are a length (4 bytes, big-endian) and JSON:
    host    [method, [argument, ...]]    first ["start", [the engine's class, its options]], then calls
    worker  {value} or {error, machine}: one line, and whether it is the machine's fault
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pkgutil
import resource
import signal
import socket
import struct
import sys
import traceback
from typing import Any

from environments.half_characters import well_formed

LENGTH = struct.Struct(">I")
LIMIT_MESSAGE_BYTES = 64 << 20
LIMIT_LINE = 300
START = "start"
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def one_line(text: str) -> str:
    """`text` in one short line of printable characters."""
    shown = well_formed(" ".join(text.split()))[:LIMIT_LINE]
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in shown)


def serve(descriptor: int) -> None:
    """Answer the host's calls until it closes its end."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # had it died before, the socket is closed
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.set_inheritable(descriptor, False)
    for printed in (sys.stdout, sys.stderr):
        printed.reconfigure(errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
    engine: Any = None
    with (
        contextlib.suppress(ConnectionError),
        socket.socket(fileno=descriptor) as connection,
        connection.makefile("rwb") as stream,
    ):
        while header := stream.read(LENGTH.size):
            method, arguments = json.loads(stream.read(*LENGTH.unpack(header)))
            try:
                if method == START:
                    engine, value = pkgutil.resolve_name(arguments[0])(**arguments[1]), None
                elif method == "end" and not hasattr(engine, "end"):
                    value = None
                else:
                    value = getattr(engine, method)(*arguments)
                answer = well_formed(json.dumps({"value": value}, ensure_ascii=False)).encode()
                if len(answer) > LIMIT_MESSAGE_BYTES:
                    raise ValueError(f"'{method}' returns {len(answer)} bytes, more than {LIMIT_MESSAGE_BYTES}")
            except (Exception, SystemExit) as error:
                traceback.print_exc()
                said = one_line("".join(traceback.format_exception_only(error)))
                answer = json.dumps({"error": said, "machine": isinstance(error, OSError | MemoryError)}).encode()
            stream.write(LENGTH.pack(len(answer)) + answer)
            stream.flush()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
