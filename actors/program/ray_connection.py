"""How a process joins Ray: the cluster that RAY_ADDRESS names, else one of its own, whose death it notices."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import psutil
import ray

from actors.program import ray_job, ray_sessions
from actors.program.command_line import ROOMS
from actors.program.error_line import error_line
from actors.program.user_error import UserError
from environments.registry import plug_ins

WATCH_S = 1.0
_PACKAGES = Path(__file__).resolve().parents[2]  # a source tree, or site-packages with much besides
DASHBOARD = "AGENTTUNING_DASHBOARD"
ENGINE = ("raylet", "gcs_server")  # the processes without which a cluster on one machine is dead

Result = TypeVar("Result")


class Connection:
    """A cluster as this process is connected to it.

    Of one that was started here it knows the processes that must not end.
    """

    def __init__(self, private: bool) -> None:
        children = psutil.Process().children() if private else []
        self._processes = {process.name(): process for process in children if process.name() in ENGINE}

    def death(self) -> str:
        """What ended of a private cluster, if something did: its actors are gone with it, and no call to them is ever
        answered.
        """
        return ", ".join(name for name, process in self._processes.items() if not _runs(process))

    async def during(self, work: Coroutine[Any, Any, Result]) -> Result:
        """What `work` comes to. Raises `UserError` as soon as the private cluster under it has died."""
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                await asyncio.wait([task], timeout=WATCH_S)
                if not task.done() and (dead := self.death()):
                    raise UserError(
                        f"Ray's {dead} ended, and this run's private cluster with it (killed, or out of memory? 'dmesg'"
                        " may say); run the same command again to go on"
                    )
            return task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_line() -> str:
    """What is said before `connect`, which takes seconds."""
    address = os.environ.get("RAY_ADDRESS")
    return f"joining the Ray cluster at {address} …" if address else "starting Ray on this machine …"


def connect(log_to_driver: bool = True) -> Connection:
    """Join the cluster that RAY_ADDRESS names (`ray job submit` sets it), else start one on this machine for this
    process.

    `log_to_driver`: what workers print is shown here, too. A cluster that is started here has Ray's dashboard, unless
    AGENTTUNING_DASHBOARD is 0: it takes about ten seconds of CPU time to start.
    """
    address = os.environ.get("RAY_ADDRESS")
    _refuse_namesakes(Path.cwd())
    if address is None:
        os.environ.setdefault("RAY_AUTH_MODE", "disabled")  # a private cluster on loopback, gone with this process
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        context: Any = ray.init(
            address=address or "local",
            runtime_env=shipped(address),
            include_dashboard=False if os.environ.get(DASHBOARD) == "0" else None,
            logging_level=logging.WARNING,
            log_to_driver=log_to_driver,
        )
    except Exception as error:  # Ray raises plain exceptions here, too
        where = (
            f"cannot reach the Ray cluster at RAY_ADDRESS='{address}'"
            if address
            else "cannot start Ray on this machine"
        )
        raise UserError(f"{where}: {error_line(error, 400)}") from error
    if address is None:
        ray_sessions.mark(Path(context.address_info["session_dir"]))
    return Connection(private=address is None)


def _refuse_namesakes(folder: Path) -> None:
    """Ray's workers import from the folder that a run is started in before they import from anywhere else. Raises
    `UserError` where they would find another's `train.py` there.
    """
    if folder == _PACKAGES:
        return
    for name in ROOMS:
        for place in (folder / f"{name}.py", folder / name / "__init__.py"):
            if place.is_file():
                raise UserError(
                    f"'{place}' would be taken for this program's package '{name}' by Ray's workers: start this in"
                    " another folder, or rename it"
                )


def shipped(address: str | None) -> dict[str, Any] | None:
    """What ships this code, and environments of others that the config names, to a cluster that does not have it:
    nothing on this machine, nor in a job, which has shipped it.
    """
    if address is None or ray_job.submitted():
        return None
    ours, others = [str(_PACKAGES / package) for package in ROOMS], plug_ins()
    known = {"env_vars": others.variables} if others.variables else {}
    return {"py_modules": [*ours, *others.places], "excludes": ["__pycache__"], **known}
