"""Records one's own pages by scripts, as a file in Mind2Web's format:

    python -m environments.mind2web.recorder SCRIPT... --out FILE.json [--chromium PATH] [--raw-html]

What a script is: `script.py`. The file is a list of tasks, a script each; it is written when all are done.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec

from environments.contract import UserError
from environments.mind2web.recorder.chromium import Chromium
from environments.mind2web.recorder.recording import record
from environments.mind2web.recorder.script import Script, read_script

INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """The command; its exit code: 0, 2 for a user's mistake, 130 when interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m environments.mind2web.recorder", description="Record web tasks in Mind2Web's format."
    )
    parser.add_argument("scripts", nargs="+", type=Path, metavar="SCRIPT", help="TOML or JSON: page, task and steps")
    parser.add_argument("--out", required=True, type=Path, help="the file to write")
    parser.add_argument("--chromium", metavar="PATH", help="the browser; default: the one that PATH has")
    parser.add_argument("--raw-html", action="store_true", help="keep each page's own HTML, too")
    arguments = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        scripts = {path: read_script(path) for path in arguments.scripts}
        with Chromium(arguments.chromium) as chromium:
            tasks = [_recorded(path, script, chromium, arguments.raw_html) for path, script in scripts.items()]
        _write(arguments.out, msgspec.json.encode(tasks))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; nothing is written", file=sys.stderr)
        return INTERRUPTED
    print(f"{len(tasks)} tasks, {sum(len(task['actions']) for task in tasks)} steps: {arguments.out}")
    return 0


def _recorded(path: Path, script: Script, chromium: Chromium, raw_html: bool) -> dict[str, Any]:
    try:
        return record(script, chromium, raw_html)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def _write(path: Path, content: bytes) -> None:
    """The whole file or none of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UserError(f"{path}: cannot be written: {error.strerror}; choose another --out") from None


if __name__ == "__main__":
    sys.exit(main())
