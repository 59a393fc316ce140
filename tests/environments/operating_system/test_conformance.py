"""What every environment must do, in real sandboxes, by text and by tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments.conformance import check
from tests.environments.sandbox.conftest import absent


@pytest.mark.server
def test_the_shell_is_an_environment(own_state: Path) -> None:
    if why := absent("bubblewrap"):
        pytest.skip(why)
    check("operating_system", generate=4, settings={"backend": "bubblewrap", "warm": 2, "memory_mb": 128})
