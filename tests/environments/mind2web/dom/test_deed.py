"""How an action of the agent's own is told."""

from __future__ import annotations

import pytest

from environments.mind2web.dom.deed import deed
from environments.mind2web.dom.page import read_page


@pytest.mark.parametrize(
    ("html", "action", "told"),
    [
        ("<a><text>Home</text></a>", "CLICK ", "[link]  Home -> CLICK"),
        (
            '<div role="tab"><span><text>All</text></span> <text>fares</text></div>',
            "CLICK ",
            "[tab]  All fares -> CLICK",
        ),
        ('<input type="text" placeholder="From"/>', "TYPE New York", "[textbox]  From -> TYPE: New York"),
        ('<input type="submit" value="Go"/>', "CLICK ", "[button]  Go -> CLICK"),
        ('<select name="size"><option><text>S</text></option></select>', "SELECT S", "[combobox]  size -> SELECT: S"),
        ("<h2><text>Results</text></h2>", " ", "[heading]  Results -> "),
        ("<svg/>", "CLICK ", "[svg]   -> CLICK"),
        (f"<p><text>{'x' * 51}</text></p>", "CLICK ", f"[p]  {'x' * 50}... -> CLICK"),
        (f"<p><text>{'x' * 50}</text></p>", "CLICK ", f"[p]  {'x' * 50} -> CLICK"),
    ],
)
def test_an_action_is_told_as_the_recorded_ones_are(html: str, action: str, told: str) -> None:
    assert deed(read_page(html), action) == told
