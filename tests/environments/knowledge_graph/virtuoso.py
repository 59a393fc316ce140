"""A private Virtuoso on loopback, in a folder of its own: AgentBench's Freebase engine, started and stopped by the
tests.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

NAMES = ("virtuoso-t", "/usr/bin/virtuoso-t", "/usr/lib/virtuoso/bin/virtuoso-t")
LOADERS = ("isql-vt", "isql")
GRAPH = "http://test.example/graph"

CONFIGURATION = """
[Database]
DatabaseFile = {folder}/v.db
ErrorLogFile = {folder}/v.log
LockFile = {folder}/v.lck
TransactionFile = {folder}/v.trx
xa_persistent_file = {folder}/v.pxa
FileExtend = 200
[TempDatabase]
DatabaseFile = {folder}/temp.db
TransactionFile = {folder}/temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
ServerThreads = 10
CheckpointInterval = 0
NumberOfBuffers = 20000
MaxDirtyBuffers = 15000
DirsAllowed = {folder}
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
ServerThreads = 8
[SPARQL]
ResultSetMaxRows = 3000
MaxQueryExecutionTime = 20
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Virtuoso:
    """One server; `url` is its SPARQL endpoint."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sql, http = _free_port(), _free_port()
        self.url = f"http://127.0.0.1:{http}/sparql"
        (folder / "v.ini").write_text(CONFIGURATION.format(folder=folder, sql=self._sql, http=http))
        program = find_binary()
        assert program is not None
        setpriv = shutil.which("setpriv")  # so that it dies with the tests, however they die
        command = [*([setpriv, "--pdeathsig", "KILL"] if setpriv else []), program, "-f", "-c", str(folder / "v.ini")]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{self.url}?query=ASK%20%7B%7D", timeout=5).close()
                return
            except OSError:
                assert self._process.poll() is None, (folder / "v.log").read_text()[-500:]
                assert time.monotonic() < deadline, "virtuoso does not listen"
                time.sleep(0.1)

    def load(self, n_triples: str) -> None:
        """Add triples to the one graph."""
        file = self._folder / "load.nt"
        file.write_text(n_triples)
        loader = next(found for name in LOADERS if (found := shutil.which(name)))
        statement = f"DB.DBA.TTLP_MT(file_to_string_output('{file}'), '', '{GRAPH}', 0);"
        done = subprocess.run(
            [loader, f"127.0.0.1:{self._sql}", "dba", "dba", f"exec={statement}"],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "Done" in done.stdout, done.stdout + done.stderr

    def stop(self) -> None:
        """Kill it; its folder is the test's."""
        self._process.kill()
        self._process.wait(20)


def find_binary() -> str | None:
    """The server program, if it is installed."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)
