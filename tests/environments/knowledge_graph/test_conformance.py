"""What every environment must do, on the own graph, by text and by tools."""

from __future__ import annotations

import pytest

from environments.cheats import check_cheats
from environments.conformance import check
from environments.kill_check import check_kill


@pytest.mark.server
@pytest.mark.usefixtures("state")
def test_the_graph_is_an_environment() -> None:
    check("knowledge_graph", generate=10)


@pytest.mark.server
@pytest.mark.usefixtures("state")
def test_no_cheat_earns_anything_and_a_killed_host_leaves_nothing() -> None:
    check_cheats("knowledge_graph", generate=8)
    check_kill("knowledge_graph")
