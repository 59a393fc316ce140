"""The embedded store's server: workers that answer queries on a unix socket, each killed by the kernel at its query's
time limit.

    python -m environments.knowledge_graph.engines.server STORE SOCKET WORKERS MEMORY_MB

pyoxigraph cannot stop a query that runs, and a query can be made to run for ever. So a worker sets an alarm whose
default action ends the process, in the middle of native code if need be, and its parent forks another. Its memory has a
limit, too. The client sees the connection end without an answer (embedded.py).

A connection carries one query. Frames are a length (4 bytes, big-endian) and JSON:
    client  {query, limit, seconds}
    server  one byte when it starts, then {values, cut}, {refused}, {malformed} or {error}
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import struct
import sys
import time
from typing import Any

from environments.knowledge_graph.engines.engine import shown

LENGTH = struct.Struct(">I")
STARTED = b"\x01"
LIMIT_REQUEST_BYTES = 4 << 20
LIMIT_RESULT_BYTES = 64 << 20
READ_TIMEOUT_S = 10.0
_PR_SET_PDEATHSIG = 1
_SHORTEST_LIFE_S = 0.05
"""A worker that dies sooner after its birth is not forked again at once: something is wrong with the store."""


def _receive(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        chunk = connection.recv(count - len(data))
        if not chunk:
            raise ConnectionError("the client is gone")
        data += chunk
    return data


def _read(connection: socket.socket) -> dict[str, Any]:
    (length,) = LENGTH.unpack(_receive(connection, LENGTH.size))
    if length > LIMIT_REQUEST_BYTES:
        raise ConnectionError(f"a request of {length} bytes")
    request: dict[str, Any] = json.loads(_receive(connection, length))
    return request


def answer(store: Any, query: str, limit: int) -> dict[str, Any]:
    """The values of `?x`, or what the store says against the query."""
    try:
        values: list[str] = []
        size = 0
        for solution in store.query(query):
            term = solution["x"]
            if term is None:
                continue
            if len(values) >= limit:
                return {"values": values, "cut": True}
            values.append(shown(term.value))
            size += len(values[-1])
            if size > LIMIT_RESULT_BYTES:
                return {"refused": f"the result is larger than {LIMIT_RESULT_BYTES} bytes"}
        return {"values": values, "cut": False}
    except MemoryError:
        return {"refused": "the query needs more memory than it may have"}
    except SyntaxError as error:
        return {"malformed": str(error)}
    except (ValueError, OSError, RuntimeError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def _serve_one(connection: socket.socket, store: Any) -> None:
    connection.settimeout(READ_TIMEOUT_S)
    request = _read(connection)
    connection.sendall(STARTED)
    signal.setitimer(signal.ITIMER_REAL, request["seconds"])
    try:
        body = json.dumps(answer(store, request["query"], request["limit"])).encode()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    connection.sendall(LENGTH.pack(len(body)) + body)


def _work(path: str, listener: socket.socket, memory_mb: int) -> None:
    """A worker's life. The store is opened after the fork: its threads would not survive one."""
    from pyoxigraph import Store

    resource.setrlimit(resource.RLIMIT_DATA, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    store = Store.read_only(path)
    while True:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError, ValueError, KeyError):  # the client went away, or sent no request
            _serve_one(connection, store)


def _fork(path: str, listener: socket.socket, memory_mb: int) -> int:
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:  # it may have died before the line above
            _work(path, listener, memory_mb)
    except BaseException as error:
        print(f"worker {os.getpid()}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(1)


def main(path: str, address: str, workers: int, memory_mb: int) -> None:
    """Fork the workers, and fork again for every one that dies. Ends when its own parent does."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(address + ".new")
    listener.listen(4096)
    born = {_fork(path, listener, memory_mb): time.monotonic() for _ in range(workers)}
    os.rename(address + ".new", address)  # who sees it can connect
    while True:
        child, _ = os.wait()
        if time.monotonic() - born.pop(child, 0.0) < _SHORTEST_LIFE_S:
            time.sleep(0.5)
        born[_fork(path, listener, memory_mb)] = time.monotonic()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
