"""One worker of a training run under Ray Train: the loop (`train.run.loop`), and what it tells and asks its
surroundings.

Two of Ray Train's calls are kept away from the steps. `ray.train.report` waits until the controller has polled:
measured, 1.6 s a call; the numbers go to Ray's metrics instead. `ray.train.get_preemption_info` is a barrier over all
ranks, 5 ms: a thread of its own asks, and the next step's reduction carries the wish to every rank.

The driver and Ray Train's controller import this module to name `work`: what loads a model is imported inside it.
"""

from __future__ import annotations

import threading
import traceback
from typing import Any

import ray
import ray.train
from ray.util.metrics import Gauge

from actors.program.user_error import UserError
from train.run.run_mailbox import ask
from train.run.surroundings import ControlRequest, Hooks
from train.settings import TrainSettings

ASK_EVERY_S = 2.0


def work(config: dict[str, Any]) -> None:
    """Ray Train's function. `config` has 'settings' (as JSON types) and the 'mailbox'.

    Whatever is raised ends the whole group, at the controller's next look; `train.run.driver` decides about a restart.
    """
    from train.model.ranks import joined
    from train.run import loop, preflight

    mailbox = config["mailbox"]
    settings = TrainSettings.model_validate(config["settings"])
    try:
        with joined(settings.compute.device) as ranks:
            ask(mailbox.begin.remote())
            if ranks.first:
                ask(
                    mailbox.say.remote(
                        f"begins: {ranks.world} {'worker' if ranks.world == 1 else 'workers'} on {ranks.device.type}"
                    )
                )
            preflight.refuse(settings, ranks.world)
            watch = Watch(mailbox, ranks.first)
            numbers = Numbers(settings) if ranks.first else None
            hooks = Hooks(
                lambda line: ask(mailbox.say.remote(line)), numbers.report if numbers else _nothing, watch.requested
            )
            try:
                outcome = loop.train(settings, ranks, hooks)
            finally:
                watch.end()
            if ranks.first:
                ask(mailbox.finish.remote(outcome))
    except UserError:
        raise
    except Exception:
        ask(mailbox.fail.remote(traceback.format_exc()))  # Ray Train hands on the exception, but not its traceback
        raise


def _nothing(numbers: dict[str, Any]) -> None:
    pass


class Watch:
    """What is wished for from outside: a checkpoint when a node is about to be taken, a stop when the driver was told
    to.

    Every rank has one, because the question about preemption is a barrier; the first rank's wish is enough. After its
    checkpoint the run goes on: Ray Train itself ends the workers and starts a new group when the node's time is over.
    """

    def __init__(self, mailbox: Any, first: bool) -> None:
        self._mailbox = mailbox
        self._first = first
        self._known: set[str] = set()
        self._noticed = threading.Event()
        self._stop = threading.Event()
        self._ended = threading.Event()
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def requested(self) -> ControlRequest:
        """The wish for the next step."""
        if self._stop.is_set():
            return ControlRequest.STOP
        if self._noticed.is_set():
            self._noticed.clear()
            return ControlRequest.CHECKPOINT
        return ControlRequest.NOTHING

    def end(self) -> None:
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(ASK_EVERY_S):
            try:
                self._ask()
            except ray.exceptions.RayError:
                return  # the group is being taken down, and its barrier with it

    def _ask(self) -> None:
        info = ray.train.get_preemption_info()
        if not self._first:
            return
        if info is not None and not self._known.issuperset(info.preempted_node_ids):
            self._known.update(info.preempted_node_ids)
            self._noticed.set()
            ask(
                self._mailbox.say.remote(
                    f"workers {info.preempted_ranks} are about to be taken away: writes a checkpoint"
                )
            )
        if ask(self._mailbox.stopping.remote()):
            self._stop.set()


class Numbers:
    """The newest step's numbers as gauges on Ray's metrics endpoint (Prometheus, Grafana)."""

    def __init__(self, settings: TrainSettings) -> None:
        self._tags = {
            "out": settings.out.encode("ascii", "backslashreplace").decode()
        }  # Ray takes no other letters in a tag
        self._gauges = {
            "step": _gauge("step", "the last step that was taken"),
            "loss": _gauge("loss", "mean loss of the last step, nats a trained token"),
            "grad_norm": _gauge("gradient_norm", "norm of the last step's gradient before clipping"),
            "mfu": _gauge("mfu", "share of the devices' peak FLOP/s that was used"),
        }
        self._speed = _gauge("tokens_per_second", "tokens trained on, shared prefixes counted for every conversation")

    def report(self, numbers: dict[str, Any]) -> None:
        """`Hooks.report`."""
        for name, gauge in self._gauges.items():
            if numbers.get(name) is not None:
                gauge.set(float(numbers[name]), self._tags)
        if "per_second" in numbers:
            self._speed.set(float(numbers["per_second"]["represented"]), self._tags)


def _gauge(name: str, description: str) -> Gauge:
    return Gauge(f"agenttuning_train_{name}", description, tag_keys=("out",))
