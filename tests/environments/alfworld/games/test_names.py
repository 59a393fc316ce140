"""Names of a problem's ids: this project's, and ALFRED's as ALFWorld numbers them."""

from __future__ import annotations

from environments.alfworld.games.names import names


def test_own_ids_say_their_names() -> None:
    assert names(["soapbar_2", "loc_10", "agent1"]) == {
        "soapbar_2": "soapbar 2",
        "loc_10": "loc 10",
        "agent1": "agent1",
    }


def test_alfred_s_ids_are_numbered_downwards_in_their_order_and_basins_are_named() -> None:
    ids = [
        "cabinet_bar__minus_00_dot_36_bar__plus_00_dot_38_bar__plus_02_dot_66",
        "cabinet_bar__minus_00_dot_84_bar__plus_00_dot_38_bar__plus_00_dot_41",
        "cabinet_bar__plus_00_dot_65_bar__plus_00_dot_48_bar__plus_00_dot_24",
        "sink_bar__minus_00_dot_70_bar__plus_00_dot_93_bar__minus_00_dot_65_bar_sinkbasin",
        "loc_bar_0_bar__minus_8_bar_1_bar_30",
        "bread_bar__minus_00_dot_70_bar__plus_00_dot_93_bar__minus_00_dot_65",
    ]
    assert list(map(names(ids).get, ids)) == ["cabinet 3", "cabinet 2", "cabinet 1", "sinkbasin 1", "loc 1", "bread 1"]
