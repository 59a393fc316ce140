"""The embedded store: N-Triples loaded into pyoxigraph's files on disk, once per content, for all processes of a user.

The folder's name is a hash of the graph's content, so a changed file is another store; an old one stays until somebody deletes it.
Loading happens under a lock that other processes wait for, in a folder that gets its name only when it is whole; from then on it is
opened read-only, by any number of them.
"""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import importlib.metadata
import io
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from environments.contract import UserError
from environments.ownership import state_directory

LAYOUT = 1
"""To be counted up when the same content has to be loaded in another way."""
PREFIX = "knowledge-graph-store-"
MAKING = "knowledge-graph-making-"
_CHUNK = 1 << 20


def prepare(graph: Path | None, timeout_s: float) -> Path:
    """The store of the N-Triples in `graph` (plain or .gz; None: this project's own graph), loaded where it is not there yet.

    Blocks; call it in a thread. Raises `UserError` for a file that is missing or malformed, or another process that loads for longer
    than `timeout_s`.
    """
    folder = state_directory() / f"{PREFIX}{_key(graph)}"
    with (state_directory() / "knowledge-graph.guard").open("w") as guard:
        _wait_for(guard, timeout_s)
        if not folder.exists():
            for left in state_directory().glob(f"{MAKING}*"):  # of a killed process: nobody else is loading, for the lock is ours
                shutil.rmtree(left, ignore_errors=True)
            making = Path(tempfile.mkdtemp(prefix=MAKING, dir=state_directory()))
            try:
                _load(graph, making)
                making.rename(folder)
            finally:
                shutil.rmtree(making, ignore_errors=True)
    return folder


def _wait_for(guard: IO[str], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise UserError(f"another process is still loading a graph after load_timeout_s={timeout_s:g}; give it more") from None
            time.sleep(0.1)


def _key(graph: Path | None) -> str:
    digest = hashlib.sha256(f"{importlib.metadata.version('pyoxigraph')} {LAYOUT}\n".encode())
    with opened(graph) as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def opened(graph: Path | None) -> Iterator[IO[bytes]]:
    """The bytes of a graph as it lies on disk, uncompressed where it ends in .gz. Raises `UserError` where it cannot be read."""
    if graph is None:
        from environments.knowledge_graph.invented.graph import n_triples

        yield io.BytesIO(n_triples().encode())
        return
    try:
        with gzip.open(graph) if graph.suffix == ".gz" else graph.open("rb") as source:
            yield cast(IO[bytes], source)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"knowledge_graph.graph: cannot read '{graph}' ({error}); it should be N-Triples, plain or .gz") from None


def _load(graph: Path | None, folder: Path) -> None:
    from pyoxigraph import RdfFormat, Store

    store = Store(folder)
    with opened(graph) as source:
        try:
            store.bulk_load(input=source, format=RdfFormat.N_TRIPLES)
        except (SyntaxError, ValueError) as error:
            raise UserError(f"knowledge_graph.graph: '{graph}' is no N-Triples file: {str(error).splitlines()[0]}") from None
    store.optimize()
    store.flush()
