"""What Mind2Web's ranker found (`scores_all_data.pkl`): of each step the first candidates.

{"scores": {sample: {id: score}}, "ranks": {sample: {id: rank}}}, where a sample is annotation_id_action_uid
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from environments.contract import UserError
from environments.mind2web.loading import unpickle

LIMIT_OUTPUT_BYTES = 1 << 28
Ranks = dict[str, list[str]]
"""Sample → the ids of its first candidates, in their order."""


def read_ranks(path: Path, top: int) -> Ranks:
    """The first `top` of each sample, read by a process of its own (`unpickle.py`). Raises `UserError`."""
    if not path.is_file():
        raise UserError(f"no ranker's scores at '{path}'; expected Mind2Web's scores_all_data.pkl")
    command = [sys.executable, "-I", unpickle.__file__, str(path.resolve()), str(top)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        lines = child.stdout.read(LIMIT_OUTPUT_BYTES)
        child.stdout.close()
        said = child.stderr.read(1000).decode(errors="replace").strip().splitlines()
    if child.returncode:
        why = said[-1] if said else f"its reader was ended ({child.returncode})"
        raise UserError(f"'{path}' holds no ranker's scores: {why}")
    try:
        return dict(msgspec.json.decode(line, type=tuple[str, list[str]]) for line in lines.splitlines())
    except msgspec.DecodeError as error:
        raise UserError(f"'{path}' holds no ranker's scores: an id that is no text ({error})") from None
