"""What every environment must do, in a real shop, by text and by tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments.cheats import check_cheats
from environments.conformance import check
from environments.kill_check import check_kill


@pytest.mark.server
@pytest.mark.usefixtures("state")
def test_the_shop_is_an_environment(state: Path) -> None:
    check("webshop", generate=4)


@pytest.mark.server
@pytest.mark.usefixtures("state")
def test_no_cheat_earns_anything_and_a_killed_host_leaves_nothing() -> None:
    check_cheats("webshop", generate=2)
    check_kill("webshop")
