"""Every command of README, CONTRIBUTING and docs, in their order, does on a fresh clone what the page says.

    python -m proofs.documented_commands [PAGE…] [--limit-s 3600] [--in CLONE] [--report FILE]

HEAD is cloned into a temporary folder (uncommitted changes are not played), `.venv` is this one's, and the pages are
the clone's. A command is right when it ends with 0 and the paths that it names are there afterwards; what it prints is
not compared. A page says itself what is not played and why, and what a block needs (`pages.py`). Pages behind README
take for granted that the environment is active.
"""

from __future__ import annotations

import argparse
import collections
import datetime
import os
import platform
import shlex
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from proofs.documented_commands.pages import Command, blocks, commands, without_comment
from proofs.documented_commands.playing import Played, Shell, clone

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
README = "README.md"


def pages(root: Path) -> list[Path]:
    """What readers are given, in the order in which they meet it."""
    return [root / README, root / "CONTRIBUTING.md", *sorted((root / "docs").glob("*.md"))]


def all_commands(chosen: Iterable[Path], root: Path) -> list[Command]:
    return [command for page in chosen for block in blocks(page, root) for command in commands(block)]


def play(wanted: Sequence[Command], shell: Shell) -> list[Played]:
    """All of them. What is not played is said with its reason."""
    if wanted and wanted[0].page != README and (wrong := shell.run(". .venv/bin/activate")):
        raise SystemExit(f".venv cannot be activated: {wrong}")
    played = []
    for number, command in enumerate(wanted):
        print(f"{number + 1} of {len(wanted)}  {command.page}:{command.line}  {command.shown}", file=sys.stderr)
        one = shell.play(command) if command.played else Played(command, "", 0.0)
        if one.wrong:
            print(f"    {one.wrong}", file=sys.stderr)
        played.append(one)
    return played


def became(one: Played) -> str:
    """A command's cell in the table."""
    if not one.command.played:
        return f"not played: {one.command.reason}"
    how = f"; played as `{played}`" if (played := without_comment(one.command.played)) != one.command.shown else ""
    return f"**failed**: {one.wrong}{how}" if one.wrong else f"ran{how}"


def report(played: Sequence[Played], command: str, wall_s: float) -> str:
    """The page."""
    failed = [one for one in played if one.wrong]
    ran = [one for one in played if one.command.played and not one.wrong]
    text = [
        "# Every documented command on a fresh clone",
        "",
        (
            f"Played {datetime.datetime.now(datetime.UTC):%Y-%m-%d} by `{command}` on {os.cpu_count()} cores"
            f" ({platform.machine()}), {wall_s:.0f} s: {len(ran)} ran, {len(played) - len(ran) - len(failed)} are not"
            f" played for a reason that the page states, **{len(failed)} failed**."
        ),
    ]
    by_page: dict[str, list[Played]] = collections.defaultdict(list)
    for one in played:
        by_page[one.command.page].append(one)
    for page, mine in by_page.items():
        text += ["", f"## {page}", "", "| line | command | | seconds |", "|---|---|---|---|"]
        text += [row(one) for one in mine]
    return "\n".join(text) + "\n"


def row(one: Played) -> str:
    before = "" if one.command.documented else "*before:* "
    cells = [str(one.command.line), f"{before}`{one.command.shown}`", became(one), f"{one.wall_s:.0f}"]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m proofs.documented_commands", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="only these, for example docs/records.md")
    parser.add_argument("--limit-s", type=float, default=3600.0, help="a command that takes longer has failed")
    parser.add_argument(
        "--in", dest="folder", type=Path, metavar="CLONE", help="play in this clone, and leave it there"
    )
    parser.add_argument("--report", type=Path, help="write here instead of proofs/documented_commands/DATE.md")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="documented-commands-") as temporary:
        folder = (options.folder or Path(temporary) / "clone").resolve()
        if not folder.exists():
            clone(ROOT, folder)
        chosen = [folder / page for page in options.pages] or pages(folder)
        shell = Shell(folder, Path(temporary) / "state", options.limit_s)
        played = play(all_commands(chosen, folder), shell)
    command = shlex.join(
        ["python", "-m", "proofs.documented_commands", *(sys.argv[1:] if arguments is None else arguments)]
    )
    page = report(played, command, time.monotonic() - began)
    path = options.report or FOLDER / f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}.md"
    path.write_text(page, encoding="utf-8")
    failed = sum(bool(one.wrong) for one in played)
    print(f"{path}: {len(played)} commands, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
