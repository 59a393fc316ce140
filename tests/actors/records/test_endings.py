"""One vocabulary for endings."""

from __future__ import annotations

from actors.records.endings import NAMES, TITLES, title
from environments.contract import Status


def test_every_ending_has_one_name_that_no_other_has_and_that_leads_back_to_it() -> None:
    assert set(TITLES) == set(Status)
    assert all(NAMES[title(status)] is NAMES[status.value] is status for status in Status)
