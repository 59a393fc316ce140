"""The training loop: a config in, checkpoints and Hugging Face weights out. No Ray here.

    torchrun --nproc-per-node 8 -m train.run.loop configs/train/….yaml [key=value …]   # or python -m …, alone

`python -m train run` runs the same `train` inside Ray Train's workers. Every rank walks the same plan of steps (lengths
alone, no tokens) and takes the sequences rank, rank + world, …: so a run goes on from two integers, on any number of
workers, and the number of trained tokens in a step is known everywhere without a word between the ranks.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec
import torch
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict

from actors.files.file_lock import file_lock
from actors.program.command_line import INTERRUPTED
from actors.program.configuration import load as load_config
from actors.program.user_error import UserError
from actors.records.trajectory import digest
from train.data.collate import collate
from train.data.documents import Dataset
from train.data.packing import Bin
from train.data.steps import Position, Step, StepPlan
from train.data.tokenized import prepare
from train.log import run_log, trackers
from train.model import optimizer, sharding, trained_model, weights
from train.model.ranks import Ranks, joined
from train.plan import refusals
from train.renderers import Renderer
from train.run import checkpoint, preflight
from train.run.checkpoint import Checkpoints
from train.run.held_out import held_out_losses
from train.run.identity import identity, refuse_other
from train.run.interruption import Interruption
from train.run.progress import Progress
from train.run.run_folder import KIND, LOCK, MANIFEST, MODEL, Commit, latest
from train.run.step import MicroBatch, StepRunner
from train.run.surroundings import ControlRequest, Hooks, Outcome
from train.settings import TrainSettings

# a killed worker's lock is free at once on its own node's disk; on a network's file system, after the lost node's lease
LOCK_S = 180.0


def train(settings: TrainSettings, ranks: Ranks, hooks: Hooks, lock_s: float = LOCK_S) -> Outcome:
    """Run `settings` from its newest checkpoint (or the beginning) to its end, or until a wish to stop.

    Called by every rank alike, after `preflight.refuse`; one run at a time has an `out`, and another waits `lock_s` for
    it. Raises `UserError` for everything that the user can mend.
    """
    say = hooks.say if ranks.first else _silent
    renderer = refusals.of_model(settings)
    out = Path(settings.out).expanduser()
    with file_lock(out / LOCK, "trains in the same 'out'", "out", lock_s, say) if ranks.first else nullcontext():
        dataset = prepare(settings.data, settings.batch.sequence_tokens, renderer, say)
        trainer = Trainer(
            settings=settings, ranks=ranks, hooks=hooks._replace(say=say), dataset=dataset, renderer=renderer
        )
        trainer.resume()
        return trainer.run()


def _silent(line: str) -> None:
    pass


class Trainer:
    """One rank's part of a run: the model, its optimiser, and where in the data they stand."""

    def __init__(
        self, settings: TrainSettings, ranks: Ranks, hooks: Hooks, dataset: Dataset, renderer: Renderer
    ) -> None:
        self._settings = settings
        self._ranks = ranks
        self._hooks = hooks
        self._dataset = dataset
        self._renderer = renderer
        self._out = Path(settings.out).expanduser()
        self._streams = [stream.name for stream in dataset.streams]
        self._plan = StepPlan(
            dataset=dataset, data=settings.data, packing=settings.packing, batch=settings.batch, seed=settings.seed
        )
        self._steps = settings.steps or self._plan.steps_in(settings.epochs or 1.0)
        self._model = trained_model.assembled(settings, ranks)
        self._model.train()
        self._optimizer = optimizer.build(self._model, settings.optimizer, settings.compute.precision == "bfloat16")
        self._options = trained_model.state_options(settings)
        self._stepper = StepRunner(
            model=self._model,
            optimizer=self._optimizer,
            ranks=ranks,
            streams=self._streams,
            clip_norm=settings.optimizer.clip_norm,
        )
        self._checkpoints = Checkpoints(self._out, settings.checkpoints.keep, ranks.first)
        precision = sharding.precision(settings.compute, ranks.device)
        self._identity = identity(
            settings, dataset.fingerprint, weights.fingerprint(settings.model), self._steps, precision
        )
        self._step = self._saved = 0
        self._position = Position(0, 0)

    def resume(self) -> None:
        """Go on from the newest committed checkpoint, if there is one."""
        found = latest(self._out)
        if found is None:
            return
        refuse_other(found.path, found.commit.identity, self._identity)
        state = self._state()
        checkpoint.load(found, state)
        set_state_dict(
            self._model,
            self._optimizer,
            model_state_dict=state["model"],
            optim_state_dict=state["optimizer"],
            options=self._options,
        )
        self._step = self._saved = found.commit.step
        self._position = Position(found.commit.window, found.commit.bin)
        self._hooks.say(f"goes on from {found.path} (step {self._step} of {self._steps})")

    def run(self) -> Outcome:
        """Take the remaining steps, and write the model when they are done."""
        log = self._open_log()
        progress = Progress(self._settings, self._ranks, self._steps, self._dataset)
        walk = self._plan.walk(self._position)
        requested = ControlRequest.NOTHING
        try:
            if self._step == 0:
                self._measure_held_out(log)
            while self._step < self._steps and requested is not ControlRequest.STOP:
                requested = self._take(next(walk), log, progress)
                if requested is ControlRequest.CHECKPOINT or self._step % self._settings.checkpoints.every_steps == 0:
                    self._save()
            self._save()
            self._checkpoints.settle()
        finally:
            if log is not None:
                log.close()
        if self._step < self._steps:
            self._hooks.say(f"stopped after step {self._step} of {self._steps}; the same command goes on from there")
            return Outcome(self._step, self._steps, None)
        return Outcome(self._step, self._steps, self._export())

    def _take(self, step: Step, log: run_log.RunLog | None, progress: Progress) -> ControlRequest:
        """One step and what is said of it; what was wished for meanwhile."""
        rate = optimizer.learning_rate(self._step, self._steps, self._settings.optimizer)
        torch.manual_seed(
            int(digest(self._settings.seed, self._step, self._ranks.rank), 16) % 2**63
        )  # a function of the step: resume needs no state
        done = self._stepper.step(self._step + 1, self._micros(step.bins), step.trained, rate, self._hooks.requested())
        self._step += 1
        self._position = step.position_after
        self._checkpoints.poll()
        numbers = progress.after(step, done, rate)
        if self._step % self._settings.logging.every_steps == 0 or self._step == self._steps:
            if log is not None:
                log.write("train", self._step, numbers)
            for line in progress.lines(self._step, numbers):
                self._hooks.say(line)
            self._hooks.report({"step": self._step, **numbers})
        if self._step % self._settings.logging.held_out_every_steps == 0 or self._step == self._steps:
            self._measure_held_out(log)
        return done.requested

    def _micros(self, bins: Sequence[Bin]) -> Iterator[MicroBatch]:
        """This rank's micro-batches.

        Every rank has as many, if need be without a document: the collectives must match.
        """
        many = self._settings.batch.micro_sequences
        mine = bins[self._ranks.rank :: self._ranks.world]
        most = -(-len(bins) // self._ranks.world)
        for begin in range(0, most, many):
            chosen = mine[begin : begin + many]
            names = [self._dataset.name(document) for one in chosen for document in one.documents]
            yield MicroBatch(collate(self._dataset, chosen, self._padded()), names)

    def _padded(self) -> int | None:
        """Compiled blocks want one shape, and so do oneDNN's bfloat16 products; elsewhere a short row is less work."""
        batch, compute, device = self._settings.batch, self._settings.compute, self._ranks.device
        one_shape = compute.compile or (device.type == "cpu" and sharding.precision(compute, device) != "float32")
        return batch.sequence_tokens * batch.micro_sequences if one_shape else None

    def _measure_held_out(self, log: run_log.RunLog | None) -> None:
        bins = [one for name in self._streams for one in self._plan.held_out_bins(name)]
        if not bins:
            return
        batches = [micro.batch for micro in self._micros(bins)]
        losses = held_out_losses(self._model, batches, self._streams, self._ranks)
        if log is not None:
            log.write("held_out", self._step, {"loss": losses})
        self._hooks.say(
            f"held out, after step {self._step}: " + ", ".join(f"{name} {loss:.4f}" for name, loss in losses.items())
        )
        self._hooks.report({"step": self._step, "held_out": losses})

    def _state(self) -> dict[str, Any]:
        model, of_optimizer = get_state_dict(self._model, self._optimizer, options=self._options)
        return {"model": model, "optimizer": of_optimizer}

    def _save(self) -> None:
        if self._saved != self._step:
            self._saved = self._step
            self._checkpoints.save(
                self._state(),
                Commit(
                    step=self._step,
                    window=self._position.window,
                    bin=self._position.bin,
                    identity=self._identity,
                    files={},
                ),
            )

    def _open_log(self) -> run_log.RunLog | None:
        """Rank 0's log; the folder and its manifest are written with it."""
        if not self._ranks.first:
            return None
        config = self._settings.model_dump(mode="json")
        manifest = {
            "kind": KIND,
            "config": config,
            "identity": self._identity,
            "data": self._dataset.manifest,
        }
        try:
            self._out.mkdir(parents=True, exist_ok=True)
            (self._out / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
        except OSError as error:
            raise UserError(
                f"cannot write the run's folder '{self._out}': {error.strerror or error}; name another 'out'"
            ) from error
        logging = self._settings.logging
        return run_log.RunLog(
            self._out, trackers.start(logging.trackers, self._out, logging.project, config, self._hooks.say)
        )

    def _export(self) -> Path:
        place = self._out / MODEL
        self._hooks.say(f"writes the model: {place}")
        dtype = sharding.compute_dtype(sharding.precision(self._settings.compute, self._ranks.device))
        trained_model.write(self._model, self._settings, self._renderer, place, dtype)
        return place


def main(arguments: list[str]) -> int:
    """`torchrun -m train.run.loop CONFIG`: SIGINT and SIGTERM end it (exit code 130), with a checkpoint once a step has
    begun.
    """
    parser = argparse.ArgumentParser(
        prog="python -m train.run.loop", description="Train without Ray: under torchrun, or alone."
    )
    parser.add_argument("config")
    parser.add_argument("overrides", nargs="*", metavar="key=value")
    parsed = parser.parse_args(arguments)
    interruption = Interruption()
    interruption.listen()
    try:
        settings = load_config(parsed.config, parsed.overrides, TrainSettings)
        with joined(settings.compute.device) as ranks:
            preflight.refuse(settings, ranks.world)
            outcome = train(
                settings, ranks, Hooks(lambda line: print(line, flush=True), lambda _: None, interruption.requested)
            )
    except UserError as error:
        print(f"train: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            "train: interrupted; the same command goes on from the newest checkpoint, or begins again", file=sys.stderr
        )
        return INTERRUPTED
    return 0 if outcome.model else INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
