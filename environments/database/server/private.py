"""A private mariadbd or mysqld: its own data directory, a unix socket, no network, no durability. It dies with us.

The data directory is a copy of a template that is made once per server version and user, so that a start takes a
second. A server that died is replaced by a fresh one: what its episodes did is gone with it, and they are told so.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from environments.child_server import end, processes_with
from environments.contract import UserError
from environments.database.server.endpoint import Endpoint
from environments.database.server.server import Server
from environments.database.settings import Settings
from environments.ownership import state_directory

TEMPLATE_LAYOUT = 1
"""To be counted up when a change of the options below needs another template."""
RETURNED_BYTES = 1 << 20
"""Blocks of this size go back to the machine when they are freed: a session's large values are not kept for the
next.
"""
LIMIT_SOCKET_PATH = 100
"""A unix socket's path has to fit into 108 bytes; a server beside needs a few more than its elder."""


def configuration(folder: Path, settings: Settings) -> str:
    """The server's option file. `loose-` options are those that only one of the two servers knows."""
    user = "user=root" if os.getuid() == 0 else ""
    return f"""[mysqld]
{user}
datadir={folder}/data
socket={folder}/s
pid-file={folder}/server.pid
tmpdir={folder}/tmp
secure-file-priv={folder}/files
skip-networking
skip-name-resolve
disable-log-bin
loose-skip-external-locking
loose-skip-slave-start
local-infile=OFF
event-scheduler=OFF
character-set-server=utf8mb4
performance-schema=OFF
max-connections=1000
max-allowed-packet=16M
lock-wait-timeout=60
innodb-lock-wait-timeout=20
innodb-buffer-pool-size={settings.buffer_pool_mb}M
innodb-flush-log-at-trx-commit=0
innodb-doublewrite=OFF
innodb-flush-method=nosync
innodb-file-per-table=OFF
innodb-data-file-path=ibdata1:12M:autoextend:max:{settings.max_disk_mb}M
innodb-temp-data-file-path=ibtmp1:12M:autoextend:max:{max(settings.max_disk_mb // 4, 64)}M
loose-innodb-log-file-size=4M
loose-mysqlx=OFF
loose-skip-ssl
loose-debug-no-sync
loose-skip-stack-trace
loose-sync-frm=0
loose-enforce-storage-engine=InnoDB
loose-feedback=OFF
loose-max-session-mem-used={settings.session_memory_mb}M
loose-maximum-max-session-mem-used={settings.session_memory_mb}M
loose-global-connection-memory-tracking=ON
loose-connection-memory-limit={settings.session_memory_mb << 20}
loose-tmp-disk-table-size={2 * settings.session_memory_mb}M
loose-maximum-tmp-disk-table-size={2 * settings.session_memory_mb}M
loose-maximum-tmp-memory-table-size=32M
maximum-tmp-table-size=32M
maximum-max-heap-table-size=32M
maximum-sort-buffer-size=8M
maximum-join-buffer-size=8M
maximum-read-buffer-size=1M
maximum-read-rnd-buffer-size=4M
maximum-bulk-insert-buffer-size=8M
"""


def _lay_out(folder: Path, settings: Settings) -> Path:
    """The folders and option file of one server."""
    for name in ("tmp", "files"):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    option_file = folder / "my.cnf"
    option_file.write_text(configuration(folder, settings))
    return option_file


def _initialise(binary: Path, version: str, folder: Path, settings: Settings) -> None:
    """An empty data directory with the system tables, made by the server's own installer."""
    options = f"--defaults-file={_lay_out(folder, settings)}"
    if "MariaDB" in version:
        installer = (
            shutil.which("mariadb-install-db")
            or shutil.which("mysql_install_db")
            or str(binary.with_name("mariadb-install-db"))
        )
        command = [installer, options, "--auth-root-authentication-method=normal", "--skip-test-db"]
    else:
        (folder / "data").mkdir(mode=0o700)
        command = [str(binary), options, "--initialize-insecure"]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=settings.start_timeout_s,
        )
    except FileNotFoundError:
        raise UserError(
            f"'{command[0]}' is missing; install the whole server package (apt-get install mariadb-server)"
        ) from None
    except subprocess.TimeoutExpired:
        raise UserError(
            f"'{command[0]}' did not end within start_timeout_s={settings.start_timeout_s:g}; give it more"
        ) from None
    if done.returncode != 0:
        raise UserError(f"'{command[0]}' could not make a data directory: {_complaint(done.stderr + done.stdout)}")


def _complaint(log: str) -> str:
    """The line of a server's log that says what is wrong."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if "[ERROR]" in line and "Aborting" not in line]
    return (errors or lines or ["it said nothing"])[0][:300]


def template(binary: Path, settings: Settings) -> Path:
    """The folder whose `data` every private server starts from; made once, under a lock that other processes wait
    for.
    """
    try:
        version = subprocess.run(
            [binary, "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError) as error:
        raise UserError(
            f"'{binary}' is no database server that starts ({error}); give database.server another path"
        ) from None
    key = hashlib.sha256(f"{version}\n{TEMPLATE_LAYOUT}".encode()).hexdigest()[:12]
    folder = state_directory() / f"database-template-{key}"
    with (state_directory() / "database-template.guard").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not folder.exists():
            _sweep_unfinished_templates()
            making = Path(tempfile.mkdtemp(prefix="database-making-", dir=state_directory()))
            try:
                _initialise(binary, version, making, settings)
                making.rename(folder)
            finally:
                shutil.rmtree(making, ignore_errors=True)
    return folder


def _sweep_unfinished_templates() -> None:
    """What a killed process left half-made; nobody else is making one, for the lock is ours."""
    for left in state_directory().glob("database-making-*"):
        shutil.rmtree(left, ignore_errors=True)


class PrivateServer(Server):
    """A server process of ours under `folder`."""

    account_host = "localhost"
    own = True

    def __init__(self, binary: Path, folder: Path, settings: Settings, tag: str = "") -> None:
        self._binary = binary
        self._folder = folder
        self._settings = settings
        self._tag = tag
        self._generation = 0
        self._beside = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def beside(self) -> PrivateServer:
        return PrivateServer(self._binary, self._folder, self._settings, f"b{next(self._beside)}-")

    @property
    def _here(self) -> Path:
        return self._folder / f"{self._tag}{self._generation}"

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("root", socket=str(self._here / "s"))

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process is not None and self.running() else None

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        await self.stop()
        self._generation += 1
        here = self._here
        if len(str(here / "s")) > LIMIT_SOCKET_PATH + len(self._tag):
            raise UserError(
                f"the path of the socket '{here}/s' is too long for unix; set AGENTTUNING_STATE to a shorter folder"
            )
        await asyncio.to_thread(self._copy_template, here)
        # Not in a thread: the kernel sends the parent-death signal when the *thread* that forked ends.
        self._process = self._spawn(here)
        await self._wait_until_it_listens(here)

    def _copy_template(self, here: Path) -> None:
        source = template(self._binary, self._settings)
        here.mkdir(mode=0o700, parents=True)
        _lay_out(here, self._settings)
        shutil.copytree(source / "data", here / "data")

    def _spawn(self, here: Path) -> subprocess.Popen[bytes]:
        command = [str(self._binary), f"--defaults-file={here}/my.cnf"]
        # Both exec the server, so that no Python runs between fork and exec.
        if prlimit := shutil.which("prlimit"):
            command = [prlimit, f"--data={self._settings.max_memory_mb << 20}", *command]
        if setpriv := shutil.which("setpriv"):
            command = [setpriv, "--pdeathsig", "KILL", *command]
        environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": str(RETURNED_BYTES)}
        with (here / "log").open("wb") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=here,
                env=environment,
                start_new_session=True,
            )

    async def _wait_until_it_listens(self, here: Path) -> None:
        deadline = time.monotonic() + self._settings.start_timeout_s
        while True:
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                _, writer = await asyncio.wait_for(asyncio.open_unix_connection(str(here / "s")), 2)
                writer.close()
                return
            if not self.running():
                log = (here / "log").read_text(errors="replace")
                raise UserError(f"'{self._binary}' does not start: {_complaint(log)}")
            if time.monotonic() > deadline:
                raise UserError(
                    f"'{self._binary}' does not listen after start_timeout_s={self._settings.start_timeout_s:g}; give"
                    " it more"
                )
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await end(process, "database server")
        if self._here.exists():
            await asyncio.to_thread(shutil.rmtree, self._here, True)


def _servers_under(folder: Path) -> Iterator[int]:
    """Processes whose command line names an option file in `folder`: they are that server, whatever a pid file may
    say.
    """
    return processes_with(f"--defaults-file={folder}/")


def remove_leftover(folder: Path) -> int:
    """Kill the servers that a dead owner left under `folder`, remove the folder, and say how many things that were."""
    pids = list(_servers_under(folder))
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(True for _ in _servers_under(folder)):
        time.sleep(0.02)
    found = len(pids) + int(folder.exists())
    shutil.rmtree(folder, ignore_errors=True)
    return found
