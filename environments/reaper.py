"""Cleans up after a process that was killed: waits until an owner's lock is free, then sweeps that environment.

    python -m environments.reaper OWNER_ID ENVIRONMENT SETTINGS_JSON

Started by whoever hosts an environment, in a session of its own so that it outlives its parent. While it waits it is
blocked in one system call; the environment is imported only when there is something to clean. After an orderly stop it
finds nothing and ends.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys

from environments import own_module
from environments.ownership import Owner, forget_the_dead, state_directory


def start_reaper(owner: Owner, environment: str, settings_json: str) -> None:
    """Start the reaper of `owner`.

    It is a grandchild: nobody has to wait for it, and killing a process group misses it.
    """
    command = own_module.command("environments.reaper", owner.id, environment, settings_json)
    log = open(owner.directory.parent / "reaper.log", "ab")
    with log:
        starter = subprocess.Popen(
            ["setsid", "--fork", *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=own_module.environment(),
            close_fds=True,
        )
        starter.wait(timeout=10)


def _wait_for_death(owner_id: str) -> None:
    try:
        lock = os.open(state_directory() / owner_id / "lock", os.O_RDWR)
    except FileNotFoundError:
        return
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.close(lock)


def main(owner_id: str, name: str, settings_json: str) -> None:
    _wait_for_death(owner_id)
    if not (state_directory() / owner_id).exists():
        return
    import asyncio

    from environments.registry import registered

    settings = registered(name).settings_type.model_validate_json(settings_json)
    swept = asyncio.run(registered(name).environment(settings).sweep())
    forget_the_dead()
    print(f"owner {owner_id} died: swept {swept} things of {name}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
