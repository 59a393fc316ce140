"""The recorder on pages of its own, in headless Chromium: what a task holds, and the line that a mistake gets."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from environments.contract import UserError
from environments.mind2web.recorder.chromium import NAMES, Chromium
from environments.mind2web.recorder.recording import record
from environments.mind2web.recorder.script import checked

pytestmark = pytest.mark.slow

PAGE = """<!doctype html><title>x</title><style>p { color: red }</style><body><h1>Mugs</h1><form action="done.html">
<label>Quantity <select name=quantity><option>1<option>2</select></label>
<input name=q placeholder="Your name" class=wide><input type=checkbox name=c checked value=y>
<ul><li style="float: left"><a href="#more"><span>Read <b>more</b></span></a></li></ul>
<div style="display: none">hidden</div><div style="visibility: hidden">hidden, too</div><div class=empty></div>
<button type=submit>Add <i>to</i> basket</button> <button type=button>Twin</button> <button type=button>Twin</button>
<div style="position: relative"><button type=button id=under>Under</button>
<p style="position: absolute; inset: 0; margin: 0">Over</p></div></form>
<script>document.body.append('by script')</script>"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "page.html").write_text(PAGE)
    (folder / "done.html").write_text("<h1>Done</h1>")
    return folder


def recorded(chromium: Chromium, folder: Path, *steps: dict[str, str], **others: Any) -> dict[str, Any]:
    """The task of these steps."""
    values = {"url": "page.html", "confirmed_task": "Do it.", "steps": list(steps), "timeout_s": 20, **others}
    return record(checked(values, "s", folder), chromium)


STEPS = (
    {"op": "SELECT", "selector": "[name=quantity]", "value": "2"},
    {"op": "TYPE", "selector": "[name=q]", "value": "Ann"},
    {"op": "HOVER", "selector": "a"},
    {"op": "CLICK", "selector": "button", "text": "Add to basket"},
    {"op": "CLICK", "selector": "h1"},
)


def test_a_task_has_the_official_fields(chromium: Chromium, folder: Path) -> None:
    task = recorded(chromium, folder, *STEPS)
    assert task["action_reprs"] == [
        "[combobox]  Quantity -> SELECT: 2",
        "[textbox]  Your name -> TYPE: Ann",
        "[link]  Read more -> CLICK",
        "[button]  Add to basket -> CLICK",
        "[heading]  Done -> CLICK",
    ]
    actions = task["actions"]
    assert actions[2]["operation"] == {"original_op": "HOVER", "value": "", "op": "CLICK"}
    assert len({action["action_uid"] for action in actions}) == 5
    chosen = [
        option.get("option_selected") for option in ElementTree.fromstring(actions[1]["cleaned_html"]).iter("option")
    ]
    assert chosen == [None, "true"], "a page is looked at after the steps before"
    (positive,) = actions[1]["pos_candidates"]
    attributes = json.loads(positive["attributes"])
    assert attributes["class"] == "wide"
    assert re.fullmatch(r"\d+,\d+,\d+,\d+", attributes["bounding_box_rect"])
    assert set(actions[1]["neg_candidates"][0]) == {"tag", "attributes", "backend_node_id"}


def test_what_does_not_show_is_left_out(chromium: Chromium, folder: Path) -> None:
    html = recorded(chromium, folder, STEPS[0])["actions"][0]["cleaned_html"]
    assert "hidden" not in html
    assert not re.search(r"<(script|style|head|title)|class=|append", html)
    assert "by script" in html


def test_a_click_on_what_lies_in_or_alone_around_the_element_is_as_right(chromium: Chromium, folder: Path) -> None:
    action = recorded(chromium, folder, STEPS[2])["actions"][0]
    positives = action["pos_candidates"]
    assert [positive["tag"] for positive in positives] == ["li", "a", "span", "b"]
    assert [positive["tag"] for positive in positives if positive["is_top_level_target"]] == ["li"]
    (hit,) = [positive["tag"] for positive in positives if positive["is_original_target"]]
    assert hit in ("span", "b")
    ids = {candidate["backend_node_id"] for candidate in action["neg_candidates"]}
    assert not ids & {positive["backend_node_id"] for positive in positives}


def test_the_same_pages_give_the_same_task(chromium: Chromium, folder: Path) -> None:
    assert recorded(chromium, folder, *STEPS) == recorded(chromium, folder, *STEPS)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"selector": "em"}, "selector 'em' finds no visible element; one is needed"),
        ({"selector": "button", "text": "Twin"}, "selector 'button' with text 'Twin' finds 2 visible elements; one is"),
        ({"selector": "a["}, "the page says: SyntaxError: "),
        ({"selector": "#under"}, "selector '#under': <p> lies over the middle of the element, and has the mouse"),
        (
            {"op": "SELECT", "selector": "select", "value": "3"},
            "selector 'select', value '3': has no option that shows",
        ),
        ({"op": "SELECT", "selector": "h1", "value": "3"}, "selector 'h1', value '3': is no <select>"),
    ],
)
def test_a_step_that_cannot_be_done_is_named(chromium: Chromium, folder: Path, step: dict[str, str], said: str) -> None:
    with pytest.raises(UserError) as raised:
        recorded(chromium, folder, STEPS[0], {"op": "CLICK", **step})
    assert str(raised.value).startswith(f"step 2 ({step.get('op', 'CLICK')}): {said}")
    assert "\n" not in str(raised.value)


def test_a_page_that_does_not_open_or_answer_is_told(chromium: Chromium, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(UserError, match=r"within 1 s|in 1 s"):
            recorded(chromium, folder, STEPS[0], url=url, timeout_s=1)
    with pytest.raises(UserError, match="does not open: net::ERR_CONNECTION_REFUSED"):
        recorded(chromium, folder, STEPS[0], url=url)


def test_a_page_that_never_stands_still_is_told(chromium: Chromium, folder: Path) -> None:
    (folder / "busy.html").write_text(
        "<h1>x</h1><script>setInterval(() => document.body.append(document.createElement('p')))</script>"
    )
    with pytest.raises(UserError, match="the page does not load in 1 s; give a longer timeout_s"):
        recorded(chromium, folder, STEPS[4], url="busy.html", timeout_s=1)
    (folder / "loop.html").write_text("<h1>x</h1><script>setTimeout(() => { while (true); }, 50)</script>")
    with pytest.raises(UserError, match="1 s"):
        recorded(chromium, folder, STEPS[4], url="loop.html", timeout_s=1)
    assert recorded(chromium, folder, STEPS[0]), "another page is recorded after it"


def test_a_hostile_page_is_cleaned_into_xml(chromium: Chromium, folder: Path) -> None:
    hostile = """<h1>x</h1><p title='"&lt;&#1;]]>'>&lt;/p>&amp;<o:p role="a">b</o:p><a-b aria-label=c>d</a-b>
    <svg width=9 height=9><script>1</script><foreignObject><p>in</p></foreignObject></svg><template>t</template><script>
    let at = document.body.appendChild(document.createElement('div'));
    for (let i = 0; i < 400; i++) at = at.appendChild(document.createElement('div'));
    at.textContent = 'deep\\u0000\\uFFFF\\uD800';
    alert('stop'); onbeforeunload = () => 'stay';
    document.body.appendChild(document.createElement('div')).attachShadow({mode: 'open'}).innerHTML = '<b>shadow</b>';
    </script>"""
    (folder / "hostile.html").write_text(hostile)
    action = recorded(chromium, folder, STEPS[4], url="hostile.html")["actions"][0]
    html = action["cleaned_html"]
    assert ElementTree.fromstring(html).tag == "html"
    assert "deep" in html
    assert "shadow" in html
    assert len(html) < 1_000_000


def test_a_dialog_is_accepted(chromium: Chromium, folder: Path) -> None:
    asks = "this.textContent = confirm('Sure?') ? 'Yes' : 'No'"
    (folder / "ask.html").write_text(f'<button onclick="{asks}">Ask</button>')
    steps = ({"op": "CLICK", "selector": "button"}, {"op": "CLICK", "selector": "button", "text": "Yes"})
    assert len(recorded(chromium, folder, *steps, url="ask.html")["actions"]) == 2


def test_a_page_that_crashes_its_tab_is_told(chromium: Chromium, folder: Path) -> None:
    deep = "let at = document.body; for (let i = 0; i < 9000; i++) at = at.appendChild(document.createElement('div'));"
    (folder / "crash.html").write_text(f"<h1>x</h1><body><script>{deep} at.textContent = 'x'</script>")
    with pytest.raises(UserError, match="the page makes its tab in Chromium crash"):
        recorded(chromium, folder, STEPS[4], url="crash.html")
    assert recorded(chromium, folder, STEPS[0]), "another page is recorded after it"


def test_a_missing_chromium_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=f"no Chromium: {NAMES[0]}, .* apt-get install"):
        Chromium()
    with pytest.raises(UserError, match="no Chromium: /nowhere cannot be started"):
        Chromium("/nowhere")


def test_a_program_that_is_no_chromium_is_told() -> None:
    with Chromium("/bin/false") as browser, pytest.raises(UserError, match="Chromium ended by itself: it says nothing"):
        browser.call("Target.getTargets")
