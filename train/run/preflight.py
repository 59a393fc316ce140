"""What every worker of a run looks at before it loads, tokenises or locks anything."""

from __future__ import annotations

from train.model.model import configuration
from train.model.model_support import check
from train.plan import refusals
from train.plan.fit import refuse_if_too_big
from train.settings import TrainSettings


def refuse(settings: TrainSettings, world: int) -> None:
    """Raises `UserError` for settings that a run of `world` workers cannot be trained with on this machine: a package
    that is missing, a model that is too big for the device or not trained as it is defined.
    """
    refusals.of_config(settings, world)
    refusals.of_packages(settings)
    refuse_if_too_big(settings, world)
    check(configuration(settings.model), settings.batch.sequence_tokens)
