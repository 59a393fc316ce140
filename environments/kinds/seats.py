"""Room for so many sessions, which leases wait for."""

from __future__ import annotations

import asyncio

from environments.contract import EnvironmentFault


async def seat(seats: asyncio.Semaphore, timeout_s: float, full: str) -> None:
    """Take one of `seats`, for which a lease waits so long. Raises `EnvironmentFault` with the text `full`."""
    try:
        async with asyncio.timeout(timeout_s):
            await seats.acquire()
    except TimeoutError:
        raise EnvironmentFault(full) from None
