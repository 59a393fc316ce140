"""`make test`'s processes: what is long is known to be, and what is started once is started in one of them."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.scheduling import MARKERS, is_long, unit_of

TESTS = Path(__file__).parent


def test_a_file_with_a_long_test_is_a_long_file(request: pytest.FixtureRequest) -> None:
    marked = {item.path for item in request.session.items if any(map(item.get_closest_marker, MARKERS))}
    assert [file for file in marked if not is_long(file)] == []


def test_long_files_come_first_and_every_file_is_whole(request: pytest.FixtureRequest) -> None:
    files = [item.path for item in request.session.items]
    assert (long := [is_long(file) for file in files]) == sorted(long, reverse=True)
    assert sum(before != after for before, after in itertools.pairwise(files)) == len(set(files)) - 1


def test_short_files_that_share_a_server_are_one_unit() -> None:
    shop = TESTS / "environments" / "webshop"
    assert unit_of(shop / "test_session.py") == unit_of(shop / "shop" / "test_shop.py") == shop
    assert unit_of(shop / "test_browser.py") == shop / "test_browser.py"
    assert unit_of(Path(__file__)) == Path(__file__)
