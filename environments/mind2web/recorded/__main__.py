"""Records the shipped set anew, all of it or some kinds of sites; what does not change stays as it is, to the byte.

python -m environments.mind2web.recorded [KIND...] [--chromium PATH]
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import msgspec

from environments.contract import UserError
from environments.mind2web.recorded import FOLDER, compressed
from environments.mind2web.recorder.chromium import Chromium
from environments.mind2web.recorder.recording import record
from environments.mind2web.sites.generated_site import KINDS, SPLITS, Site, site
from environments.mind2web.sites.server import served
from environments.mind2web.sites.tasks import scripts


def main(argv: list[str] | None = None) -> int:
    """The command; its exit code: 0, or 2 for a user's mistake."""
    parser = argparse.ArgumentParser(prog="python -m environments.mind2web.recorded", description="Record the set.")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"{', '.join(KINDS)} (default: all)")
    parser.add_argument("--chromium", metavar="PATH", help="the browser; default: the one that PATH has")
    arguments = parser.parse_args(argv)
    if unknown := set(arguments.kinds) - set(KINDS):
        print(f"no kind '{min(unknown)}'; there are {', '.join(KINDS)}", file=sys.stderr)
        return 2
    try:
        with Chromium(arguments.chromium) as chromium:
            for split in SPLITS:
                for kind in arguments.kinds or KINDS:
                    _write(site(kind, split), recorded_tasks(site(kind, split), chromium))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def recorded_tasks(shown: Site, chromium: Chromium) -> list[dict[str, Any]]:
    """The site's tasks, recorded. Raises `UserError` that names the task."""
    with served(shown) as address:
        return [_recorded(shown, number, script, chromium) for number, script in enumerate(scripts(shown, address))]


def _recorded(shown: Site, number: int, script: Any, chromium: Chromium) -> dict[str, Any]:
    try:
        return record(script, chromium)
    except UserError as error:
        raise UserError(f"{shown.kind}, {shown.split}, task {number}: {error}") from None


def _write(shown: Site, tasks: list[dict[str, Any]]) -> None:
    path = FOLDER / shown.split / f"{shown.kind}.json.zst"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(compressed(msgspec.json.encode(tasks)))
    steps = [action for task in tasks for action in task["actions"]]
    nodes = [action["cleaned_html"].count("backend_node_id") for action in steps]
    print(
        f"{shown.split} {shown.kind}: {len(tasks)} tasks, {len(steps)} steps of {min(nodes)} to {max(nodes)} nodes,"
        f" {path.stat().st_size:,} bytes",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
