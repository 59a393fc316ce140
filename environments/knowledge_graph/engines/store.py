"""The embedded store: N-Triples loaded into pyoxigraph's files on disk, once per content, for all processes of a user.

The folder's name is a hash of the graph's content, so a changed file is another store; an old one stays until somebody
deletes it. Loading happens under a lock that other processes wait for, in a folder that gets its name only when it is
whole; from then on it is opened read-only, by any number of them.
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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from environments.contract import UserError
from environments.knowledge_graph.engines.triples import GoodLines
from environments.ownership import state_directory

if TYPE_CHECKING:
    from pyoxigraph import Store

LAYOUT = 1
"""To be counted up when the same content has to be loaded in another way."""
PREFIX = "knowledge-graph-store-"
MAKING = "knowledge-graph-making-"
LEFT_OUT = "knowledge-graph-left-out-"
_CHUNK = 1 << 20


def prepare(graph: Path | None, timeout_s: float) -> Path:
    """The store of the N-Triples in `graph` (plain or .gz; None: this project's own graph), loaded where it is not
    there yet.

    Lines that are no triples are left out (`left_out` says which). Blocks; call it in a thread. Raises `UserError` for
    a file that is missing, cut off, or mostly something else, or another process that loads for longer than
    `timeout_s`.
    """
    folder = state_directory() / f"{PREFIX}{_key(graph)}"
    with (state_directory() / "knowledge-graph.guard").open("w") as guard:
        _wait_for(guard, timeout_s)
        if not folder.exists():
            for left in state_directory().glob(
                f"{MAKING}*"
            ):  # of a killed process: nobody else is loading, for the lock is ours
                shutil.rmtree(left, ignore_errors=True)
            making = Path(tempfile.mkdtemp(prefix=MAKING, dir=state_directory()))
            try:
                if said := _load(graph, making):
                    left_out_file(folder).write_text(said, encoding="utf-8")
                making.rename(folder)
            finally:
                shutil.rmtree(making, ignore_errors=True)
    return folder


def left_out_file(folder: Path) -> Path:
    """Beside the store `folder`: what of its graph could not be loaded."""
    return folder.with_name(folder.name.replace(PREFIX, LEFT_OUT))


def left_out(folder: Path) -> str:
    """How many triples the graph in `folder` lacks of its file, and which is the first; empty if none."""
    try:
        return left_out_file(folder).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _wait_for(guard: IO[str], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise UserError(
                    f"another process is still loading a graph after load_timeout_s={timeout_s:g}; give it more"
                ) from None
            time.sleep(0.1)


def _key(graph: Path | None) -> str:
    digest = hashlib.sha256(f"{importlib.metadata.version('pyoxigraph')} {LAYOUT}\n".encode())
    with opened(graph) as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def opened(graph: Path | None) -> Iterator[IO[bytes]]:
    """The bytes of a graph as it lies on disk, uncompressed where it ends in .gz.

    Raises `UserError` where it cannot be read.
    """
    if graph is None:
        from environments.knowledge_graph.synthetic.graph import n_triples

        yield io.BytesIO(n_triples().encode())
        return
    try:
        with gzip.open(graph) if graph.suffix == ".gz" else graph.open("rb") as source:
            yield cast(IO[bytes], source)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(
            f"knowledge_graph.graph: cannot read '{graph}' ({error}); it should be N-Triples, plain or .gz"
        ) from None


def _load(graph: Path | None, folder: Path) -> str:
    """Load the whole file at once; where a line of it is refused, all lines that are triples.

    Returns what was left out, in words.
    """
    from pyoxigraph import RdfFormat

    with opened(graph) as source, contextlib.suppress(SyntaxError, ValueError):
        _finish(folder, lambda store: store.bulk_load(input=source, format=RdfFormat.N_TRIPLES))
        return ""
    shutil.rmtree(folder)
    with opened(graph) as source:
        lines = GoodLines(source)
        try:
            _finish(
                folder,
                lambda store: store.bulk_load(input=cast(IO[bytes], lines), format=RdfFormat.N_TRIPLES, lenient=True),
            )
        except (SyntaxError, ValueError, UserError) as error:
            raise UserError(f"{_not_one(graph)}: {str(error).splitlines()[0]}") from None
    if lines.skipped > lines.triples:
        raise UserError(f"{_not_one(graph)}: {lines.said()}")
    return lines.said()


def _finish(folder: Path, load: Callable[[Store], None]) -> None:
    """A new store in `folder`, filled by `load`; let go of when this returns, whatever happened."""
    from pyoxigraph import Store

    store = Store(folder)
    load(store)
    store.optimize()
    store.flush()


def _not_one(graph: Path | None) -> str:
    return f"knowledge_graph.graph: '{graph}' is no N-Triples file"
