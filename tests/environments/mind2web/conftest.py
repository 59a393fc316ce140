"""What tests of recording share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from environments.contract import UserError
from environments.mind2web.recorder.chromium import Chromium


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """A headless Chromium."""
    try:
        browser = Chromium()
    except UserError as error:
        pytest.skip(str(error))
    with browser:
        yield browser
