"""The checkpoints of a run, written and read back: sharded, in the background, valid only when their marker is there.

What lies where, and which of them count, says `train.run.run_folder`. A run goes on from the newest committed one, on
any number of workers.
"""

from __future__ import annotations

import os
import shutil
import warnings
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch
import torch.distributed as dist
from torch.distributed.checkpoint import state_dict_loader, state_dict_saver
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.filesystem import FileSystemWriter
from torch.distributed.tensor import DTensor
from torch.utils._pytree import tree_leaves

from actors.program.terminal import one_line
from actors.program.user_error import UserError
from train.model.ranks import TIMEOUT
from train.run.run_folder import CHECKPOINTS, MARKER, STEP, Commit, Found, committed, latest, refuse_damage

warnings.filterwarnings(
    "ignore", message="torch.distributed is disabled"
)  # what torch says when one rank is written without a group


class _Writing(NamedTuple):
    path: Path
    commit: Commit
    done: Future[Any]


class Checkpoints:
    """A run's checkpoint folder. Every rank has one; rank 0 commits and prunes."""

    def __init__(self, out: Path, keep: int, first: bool) -> None:
        self._folder = out / CHECKPOINTS
        self._keep = keep
        self._first = first
        # of the writing thread: two threads in one group would mix their calls
        self._group = dist.new_group(backend="gloo", timeout=TIMEOUT)
        # gloo's threads copy what is longer than 32 KiB with OpenMP threads of their own, and more of these than CPUs
        # cost every later
        # step of a CPU a third: a rank that is alone asks nobody
        self._alone = dist.get_world_size() == 1
        self._writing: _Writing | None = None

    def save(self, state: dict[str, Any], commit: Commit) -> None:
        """Begin to write `state` (sharded, on every rank) in the background; the one before is settled first."""
        self.settle()
        path = self._folder / f"step-{commit.step:06d}"
        if self._first:
            _make(path)
        dist.barrier()
        self._writing = _Writing(path, commit, self._begin(state, path))

    def _begin(self, state: dict[str, Any], path: Path) -> Future[Any]:
        writer = FileSystemWriter(path)
        if _can_be_copied(state):
            done = state_dict_saver.async_save(
                state, storage_writer=writer, process_group=self._group, no_dist=self._alone
            )
            assert isinstance(done, Future)
            return done
        done = Future()
        try:
            done.set_result(
                state_dict_saver.save(state, storage_writer=writer, process_group=self._group, no_dist=self._alone)
            )
        except (OSError, CheckpointException) as error:
            done.set_exception(error)
        return done

    def poll(self) -> None:
        """Commit what has been written meanwhile. Raises `UserError` where it could not be written."""
        if self._writing is not None and self._writing.done.done():
            self.settle()

    def settle(self) -> None:
        """Wait until what is being written is committed."""
        if self._writing is None:
            return
        path, commit, done = self._writing
        self._writing = None
        try:
            done.result()
            if self._first:
                _commit(path, commit)
                self._prune()
        except (OSError, CheckpointException) as error:
            kept = (
                f"the last good one is '{newest.path}'"
                if (newest := latest(self._folder.parent))
                else "there is no earlier one"
            )
            raise UserError(
                f"cannot write the checkpoint '{path}': {_cause(error)}; {kept}: make room and start again"
            ) from error

    def _prune(self) -> None:
        found = committed(self._folder.parent)
        kept = {entry.path for entry in found[-self._keep :]}
        for path in self._folder.iterdir():
            if STEP.fullmatch(path.name) and path not in kept:
                shutil.rmtree(path)


def _can_be_copied(state: dict[str, Any]) -> bool:
    """Whether the state can be set aside to be written behind the steps. torchao's 8-bit moments (0.18) have no
    `clone`: they are written while the steps wait."""
    local = (leaf._local_tensor if isinstance(leaf, DTensor) else leaf for leaf in tree_leaves(state))
    return all(type(leaf) in (torch.Tensor, torch.nn.Parameter) for leaf in local if isinstance(leaf, torch.Tensor))


def _make(path: Path) -> None:
    try:
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
    except OSError as error:
        raise UserError(
            f"cannot write the checkpoint '{path}': {error.strerror or error}; free or name another 'out'"
        ) from error


def _commit(path: Path, commit: Commit) -> None:
    files = {file.name: file.stat().st_size for file in sorted(path.iterdir())}
    content = msgspec.json.format(msgspec.json.encode(msgspec.structs.replace(commit, files=files)), indent=2)
    draft = path / f"{MARKER}.draft"
    with open(draft, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path / MARKER)
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def load(found: Found, state: dict[str, Any]) -> None:
    """Fill `state` in place. Raises `UserError` for a damaged checkpoint."""
    refuse_damage(found)
    try:
        state_dict_loader.load(state, checkpoint_id=found.path, no_dist=dist.get_world_size() == 1)
    except (OSError, CheckpointException, RuntimeError, ValueError, EOFError, KeyError) as error:
        raise UserError(
            f"the checkpoint '{found.path}' cannot be read: {_cause(error)}; remove it to go on from the one before"
        ) from error


def _cause(error: BaseException) -> str:
    if isinstance(error, CheckpointException) and error.failures:
        error = next(iter(error.failures.values()))[0]
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if "inline_container" in str(
        error
    ):  # torch's archive writer names a position where a short write left it, and not the disk
        return "a file could not be written whole (is the disk full?)"
    return one_line(str(error), 200)
