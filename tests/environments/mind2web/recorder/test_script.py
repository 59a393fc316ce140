"""Scripts of the recorder: what is read, and the one line that a mistake gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.contract import UserError
from environments.mind2web.recorder.script import checked, read_script

STEP = {"op": "CLICK", "selector": "button"}
SCRIPT = {"url": "http://127.0.0.1:1/", "confirmed_task": "Press it.", "steps": [STEP]}


def test_toml_and_json_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>")
    step = '[[steps]]\nop = "TYPE"\nselector = "input"\nvalue = "Ann"\n'
    (tmp_path / "a.toml").write_text(f'url = "page.html"\nconfirmed_task = "Say who."\n{step}')
    values = {"url": "page.html", "confirmed_task": "Say who.", "steps": [{**STEP, "op": "TYPE", "value": "Ann"}]}
    values["steps"][0]["selector"] = "input"  # type: ignore[index]
    (tmp_path / "a.json").write_text(json.dumps(values))
    script = read_script(tmp_path / "a.toml")
    assert script == read_script(tmp_path / "a.json")
    assert (script.url, script.website) == ((tmp_path / "page.html").as_uri(), "page")


def test_a_page_s_host_is_its_website() -> None:
    assert checked(SCRIPT, "s", Path()).website == "127.0.0.1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"steps": []}, "s: a script has a confirmed_task and at least one step"),
        ({"confirmed_task": " "}, "s: a script has a confirmed_task and at least one step"),
        ({"timeout_s": 0}, "s, field 'timeout_s': found 0; give seconds above 0"),
        ({"url": "nowhere.html"}, "s, field 'url': no file /nowhere.html; give a file, or an address with http://"),
        ({"steps": [{**STEP, "op": "TYPE"}]}, "s, field 'steps[0].value': TYPE needs a value"),
        ({"steps": [{**STEP, "value": "x"}]}, "s, field 'steps[0].value': CLICK takes no value, found 'x'"),
        ({"steps": [{**STEP, "op": "DRAG"}]}, "s, field 'steps[0].op': invalid enum value 'DRAG'"),
        ({"steps": [{"op": "CLICK"}]}, "s, field 'steps[0]': object missing required field 'selector'"),
        ({"speed": 3}, "s: object contains unknown field 'speed'"),
    ],
)
def test_a_mistake_is_told_in_one_line(change: dict[str, object], said: str) -> None:
    with pytest.raises(UserError) as raised:
        checked({**SCRIPT, **change}, "s", Path("/"))
    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["s.toml", "s.json"])
@given(content=st.binary())
def test_whatever_a_file_holds_is_a_user_s_mistake(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    with pytest.raises(UserError) as raised:
        read_script(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)
