"""A private mariadbd or mysqld: its own data directory, a unix socket, no network, no durability. It dies with us.

The data directory is a copy of a template that is made once per server version and user, so that a start takes a
second. A server that died is replaced by a fresh one: what its episodes did is gone with it, and they are told so.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from environments.child_server import ServerProcess
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

    def __init__(self, binary: Path, folder: Path, settings: Settings, prefix: str = "") -> None:
        self._binary = binary
        self._folder = folder
        self._settings = settings
        self._process = ServerProcess(f"'{binary}'", folder, settings.start_timeout_s, prefix)
        self._beside = itertools.count(1)

    def beside(self) -> PrivateServer:
        return PrivateServer(self._binary, self._folder, self._settings, f"b{next(self._beside)}-")

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("root", socket=self._process.socket)

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid

    def running(self) -> bool:
        return self._process.running()

    async def start(self) -> None:
        here = await self._process.renew()
        self._process.check_socket()
        await asyncio.to_thread(self._copy_template, here)
        command = [str(self._binary), f"--defaults-file={here}/my.cnf"]
        if prlimit := shutil.which("prlimit"):
            command = [prlimit, f"--data={self._settings.max_memory_mb << 20}", *command]
        variables = {**os.environ, "MALLOC_MMAP_THRESHOLD_": str(RETURNED_BYTES)}
        await self._process.start(command, self._process.listens, variables, _complaint)

    def _copy_template(self, here: Path) -> None:
        source = template(self._binary, self._settings)
        _lay_out(here, self._settings)
        shutil.copytree(source / "data", here / "data")

    async def stop(self) -> None:
        await self._process.end()
