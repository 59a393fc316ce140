"""What an environment raises that its contract does not know: a defect of its own, and no reason to end a run."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TypeVar

from actors.program.error_line import error_line
from actors.program.user_error import UserError
from environments.contract import EnvironmentFault, EpisodeFault

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


async def as_fault(doing: Awaitable[Answer]) -> Answer:
    """What the environment says. An exception outside its contract is an `EnvironmentFault` that names it, its
    traceback logged: the episode is tried again, and the run goes on.
    """
    try:
        return await doing
    except (EpisodeFault, UserError):
        raise
    except Exception as error:
        log.exception("an environment failed in an unforeseen way")
        raise EnvironmentFault(f"{type(error).__name__}: {error_line(error)}") from error
