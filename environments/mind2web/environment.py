"""The Mind2Web environment: recorded pages and questions about them. Nothing is needed but the task."""

from __future__ import annotations

from environments.contract import Environment
from environments.kinds.stateless import Stateless
from environments.mind2web.payload import read_payload
from environments.mind2web.session import Mind2WebSession
from environments.mind2web.settings import Settings


def create(settings: Settings) -> Environment:
    """The environment."""
    return Stateless(lambda task: Mind2WebSession(read_payload(task), settings))
