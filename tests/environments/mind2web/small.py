"""Small pages, steps and tasks for tests, written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from environments.contract import Task
from environments.mind2web.dom.page import Element, read_page
from environments.mind2web.payload import Mode, Payload, Step

BUTTONS = tuple("123456789abcdefghi")


def buttons(ids: Iterable[str] = BUTTONS) -> str:
    """A page of buttons, each in a list item of its own (`liN`, `N`)."""
    items = " ".join(
        f'<li backend_node_id="li{id}"> <button backend_node_id="{id}"> <text backend_node_id="t{id}">Say {id}</text>'
        " </button> </li>"
        for id in ids
    )
    return f'<html backend_node_id="root"> <ul backend_node_id="list"> {items} </ul> </html>'


def page(html: str) -> Element:
    return read_page(html)


def step(
    candidates: Sequence[str] = BUTTONS[:10],
    positives: Sequence[str] = ("3",),
    operation: str = "CLICK",
    value: str = "",
    uid: str = "uid",
) -> Step:
    return Step(
        uid=uid,
        page=buttons(),
        candidates=list(candidates),
        positives=list(positives),
        operation=operation,
        value=value,
    )


def payload(*steps: Step, mode: Mode = "step", previous: Sequence[str] = ()) -> Payload:
    return Payload(
        mode=mode, annotation="note", task="Say three", previous=list(previous), steps=list(steps or [step()])
    )


def task(*steps: Step, mode: Mode = "step", previous: Sequence[str] = ()) -> Task:
    content = msgspec.to_builtins(payload(*steps, mode=mode, previous=previous))
    return Task(id="one", environment="mind2web", split="test", source="test", payload=content, reference={})


def recorded(**changes: Any) -> dict[str, Any]:
    """A recording of two actions in the official format: an element `3` is clicked, then text is typed into `7`."""

    def candidates(*ids: str) -> list[dict[str, Any]]:
        return [{"tag": "button", "attributes": "{}", "backend_node_id": id} for id in ids]

    actions = [
        {
            "action_uid": uid,
            "raw_html": "<html>" + "x" * 100,
            "cleaned_html": buttons(),
            "operation": {"original_op": operation, "op": operation, "value": value},
            "pos_candidates": candidates(right),
            "neg_candidates": candidates(*(id for id in BUTTONS if id != right)),
        }
        for uid, right, operation, value in (("first", "3", "CLICK", ""), ("second", "7", "TYPE", "two words"))
    ]
    whole = {
        "annotation_id": "note",
        "website": "voices",
        "domain": "Speech",
        "subdomain": "Buttons",
        "confirmed_task": "Say 3",
        "action_reprs": ["[button]  Say 3 -> CLICK", "[button]  Say 7 -> TYPE: two words"],
        "actions": actions,
    }
    return {**whole, **changes}
