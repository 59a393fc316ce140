from __future__ import annotations

import asyncio

import pytest

from environments.contract import EnvironmentFault
from environments.kinds.seats import seat


async def test_a_seat_is_waited_for_so_long_and_no_longer() -> None:
    seats = asyncio.Semaphore(1)
    await seat(seats, 1, "")
    with pytest.raises(EnvironmentFault, match=r"^all 1 seats are taken$"):
        await seat(seats, 0.1, "all 1 seats are taken")
