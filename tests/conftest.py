"""What holds for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from environments import registry
from tests import kinds, scheduling

# How fast the machine is says nothing about the code: a property fails by a counter-example, never by the clock.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
os.environ.setdefault("AGENTTUNING_DASHBOARD", "0")  # dozens of private clusters, whose dashboards nobody looks at


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    kinds.mark(items)
    scheduling.longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> scheduling.Scheduling | None:
    return scheduling.Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(autouse=True)
def _environments_of_others_are_their_tests_own() -> Iterator[None]:
    """What a test has asked for from outside the project would be shipped in another test's name."""
    before = dict(registry._asked_for)
    yield
    registry._asked_for.clear()
    registry._asked_for.update(before)
