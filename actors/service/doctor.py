"""`python -m actors doctor`: what is installed, what answers, what is missing and how to get it.

The environments are not guessed at: each is really started with its default settings, and stopped again.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from typing import NamedTuple

import psutil
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from actors.program.error_line import error_line
from actors.program.user_error import UserError
from environments.contract import EpisodeFault
from environments.registry import RegisteredEnvironment, all_registered, registered

GIB = 2**30
HOW_TO_INSTALL = f".ci/install-packages {sys.executable}"


class Finding(NamedTuple):
    """One line of the table. `needed` ones decide the exit code; `remedy` says what to do about what is not `good`."""

    what: str
    good: bool
    found: str
    remedy: str = ""
    needed: bool = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--environment",
        "--world",  # its name until 0.1
        action="append",
        metavar="NAME",
        help="look at this environment only (may be given several times)",
    )


def run(arguments: argparse.Namespace) -> int:
    wanted = arguments.environment or [name for name in all_registered() if name != "practice"]
    environments = [registered(name) for name in wanted]
    findings = [*_machine(), *_packages(), *_key()]
    findings += [asyncio.run(_environment(one)) for one in environments]
    table = Table()
    for column in ("", "what", "found", "what to do"):
        table.add_column(column)
    for finding in findings:
        mark = "[green]ok[/]" if finding.good else "[red]no[/]" if finding.needed else "[yellow]–[/]"
        table.add_row(mark, finding.what, finding.found, "" if finding.good else finding.remedy)
    Console().print(table)
    return 0 if all(finding.good for finding in findings if finding.needed) else 1


def _machine() -> Iterator[Finding]:
    version = platform.python_version()
    yield Finding("python", version >= "3.11", version, "install Python 3.11 or newer")
    memory = psutil.virtual_memory()
    processors = (
        f"{os.cpu_count()} processors, {memory.available / GIB:.0f} of {memory.total / GIB:.0f} GiB memory free"
    )
    yield Finding("machine", memory.available > 2 * GIB, processors, "Ray alone wants about 2 GiB: end something else")
    free = shutil.disk_usage(".").free / GIB
    yield Finding("disk", free > 2, f"{free:.0f} GiB free here", "make room: runs and sandbox images need a few GiB")


def _packages() -> Iterator[Finding]:
    for package, purpose, needed in (
        ("ray", "everything runs on it", True),
        ("docker", "the OS environment's containers", False),
        ("aiomysql", "the database environment", False),
        ("openai", "llm.kind openai", False),
        ("pyarrow", "export as parquet", False),
        ("torch", "training", False),
        ("numpy", "evaluations", False),
        ("jinja2", "reports", False),
        ("vllm", "llm.kind vllm", False),
    ):
        version = _version(package)
        remedy = f"{HOW_TO_INSTALL} ({purpose})" if package != "vllm" else "see docs/vllm.md, for local models only"
        yield Finding(
            what=package, good=version is not None, found=version or "not installed", remedy=remedy, needed=needed
        )


def _version(package: str) -> str | None:
    for name in (package, f"{package}-cpu") if package == "vllm" else (package,):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def _key() -> Iterator[Finding]:
    for name in ("OPENAI_API_KEY",):
        yield Finding(
            name,
            name in os.environ,
            "set" if name in os.environ else "not set",
            "only for llm.kind openai: export it",
            needed=False,
        )


async def _environment(one: RegisteredEnvironment) -> Finding:
    began = time.monotonic()
    try:
        environment = one.environment(one.settings_type())
    except ImportError as error:
        return Finding(one.name, False, f"the package '{error.name}' is missing", HOW_TO_INSTALL)
    except (UserError, ValidationError) as error:
        return Finding(one.name, False, "cannot be made with its default settings", error_line(error, 200))
    try:
        async with asyncio.timeout(120):
            await environment.start()
            await environment.healthy()
    except UserError as error:
        return Finding(one.name, False, "does not start", str(error))
    except (EpisodeFault, TimeoutError) as error:
        return Finding(
            one.name,
            False,
            f"does not start: {str(error) or 'no answer within 120 s'}",
            "see 'python -m actors doctor --environment' alone",
        )
    finally:
        await environment.stop()
    return Finding(one.name, True, f"starts in {time.monotonic() - began:.1f} s")
