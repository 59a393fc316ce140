"""Whether a run fits the device of this process, asked before anything is loaded."""

from __future__ import annotations

import os

from actors.program.user_error import UserError
from train.model.shapes import read_config
from train.plan.device_memory import device_memory
from train.plan.memory import GIB, fits, predict
from train.plan.remedies import cheapest_change
from train.settings import TrainSettings


def refuse_if_too_big(settings: TrainSettings, world: int) -> None:
    """Raises `UserError`, before anything is loaded, where this process's device cannot hold its part of the run.

    The processes of one machine that train on its CPU share what is free there.
    """
    cuda, there = device_memory(settings.compute.device)
    config = read_config(settings.model)
    if not cuda:
        there //= int(os.environ.get("LOCAL_WORLD_SIZE", world))
    predicted = predict(settings, config, world, cuda=cuda)
    if fits(predicted, there):
        return
    change = cheapest_change(settings, config, world, there, cuda=cuda)
    advice = (
        f": {change.advice}"
        if change
        else ": nothing in the config saves memory; take a smaller model or a larger device"
    )
    largest = max(predicted.items, key=lambda name: predicted.items[name])
    raise UserError(
        f"a rank of {world} needs about {predicted.total / GIB:.1f} GiB ({largest}"
        f" {predicted.items[largest] / GIB:.1f}), {'its GPU has' if cuda else 'free for it are'} {there / GIB:.1f}"
        f" GiB{advice}"
    )
