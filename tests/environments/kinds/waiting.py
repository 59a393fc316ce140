"""How tests of the kinds wait for what comes by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(true: Callable[[], bool]) -> None:
    """Return when it holds. Raises `AssertionError` where that takes more than 10 s."""
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it does not come true within 10 s")
