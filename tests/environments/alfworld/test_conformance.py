"""What every environment must do, in real workers, by text and by tools."""

from __future__ import annotations

import pytest

from environments.conformance import check

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.usefixtures("textworld")
def test_the_household_is_an_environment() -> None:
    check("alfworld", generate=6, settings={"workers": 2, "spares": 0})


@pytest.mark.usefixtures("textworld")
def test_so_it_is_with_todays_commands_in_the_newer_harness() -> None:
    check("alfworld", generate=6, settings={"workers": 1, "spares": 0, "commands": "move", "harness": "ab02"})
