"""What every environment must do, in a real shop, by text and by tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from environments.conformance import check


@pytest.mark.server
@pytest.mark.usefixtures("state")
def test_the_shop_is_an_environment(state: Path) -> None:
    check("webshop", generate=4)
