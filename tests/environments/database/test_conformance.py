"""What every environment must do, on a real server, by text and by tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments.cheats import check_cheats
from environments.conformance import check
from environments.database.settings import Settings
from environments.kill_check import check_kill


@pytest.mark.server
def test_the_database_is_an_environment(settings: Settings) -> None:
    check("database", generate=12, settings=settings.model_dump(mode="json", exclude_unset=True))


@pytest.mark.server
def test_no_cheat_earns_anything_and_a_killed_host_leaves_nothing(settings: Settings, state: Path) -> None:
    said = settings.model_dump(mode="json", exclude_unset=True)
    check_cheats("database", generate=8, settings=said)
    check_kill("database", settings=said)
