"""What every environment must do, in real sandboxes, by text and by tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments.cheats import check_cheats
from environments.conformance import check
from environments.kill_check import check_kill
from tests.environments.sandbox.conftest import absent

SETTINGS = {"backend": "bubblewrap", "warm": 2, "memory_mb": 128}


@pytest.mark.server
def test_the_shell_is_an_environment(own_state: Path) -> None:
    if why := absent("bubblewrap"):
        pytest.skip(why)
    check("operating_system", generate=4, settings=SETTINGS)


@pytest.mark.server
def test_no_cheat_earns_anything_and_a_killed_host_leaves_nothing(own_state: Path) -> None:
    if why := absent("bubblewrap"):
        pytest.skip(why)
    families = ["files-extension-count", "files-extension-delete"]  # judged by what is said, and by what is left
    check_cheats("operating_system", generate=2, families=families, settings=SETTINGS, shell=typed)
    check_kill("operating_system", settings=SETTINGS)


def typed(program: str) -> list[str]:
    """The replies of an agent that runs `program` and says that it has finished."""
    return [f"Think: I cheat.\n\nAct: bash\n\n```bash\n{program}\n```", "Think: done.\n\nAct: finish"]
