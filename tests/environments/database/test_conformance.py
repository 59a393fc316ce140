"""What every environment must do, on a real server, by text and by tools."""

from __future__ import annotations

import pytest

from environments.conformance import check
from environments.database.settings import Settings


@pytest.mark.server
def test_the_database_is_an_environment(settings: Settings) -> None:
    check("database", generate=12, settings=settings.model_dump(mode="json", exclude_unset=True))
