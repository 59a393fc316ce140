"""Plays a script in Chromium, and looks at the page before each step: one task in Mind2Web's format."""

from __future__ import annotations

import uuid
from typing import Any

from environments.contract import UserError
from environments.mind2web.recorder.candidates import candidates, positives
from environments.mind2web.recorder.chromium import Chromium
from environments.mind2web.recorder.cleaning import cleaned, cleaned_html, walk
from environments.mind2web.recorder.page import Element, Page
from environments.mind2web.recorder.script import Script, Step
from environments.mind2web.recorder.snapshot import Node, read_snapshot

NAMESPACE = uuid.UUID("6f1b3a52-54b5-4f0e-9f0a-0d6f3f8f2b11")
NAME_LIMIT = 50


def record(script: Script, chromium: Chromium, raw_html: bool = False) -> dict[str, Any]:
    """The task that the script does. Ids of nodes are numbers in the order in which they are first seen: the same
    pages give the same task. Raises `UserError` that names the step.
    """
    identity = f"{script.website}\n{script.confirmed_task}\n{script.steps}"
    annotation = str(uuid.uuid5(NAMESPACE, identity))
    page = Page(chromium, script.timeout_s)
    try:
        page.open(script.url)
        played = _Played(page, raw_html)
        for number, step in enumerate(script.steps):
            try:
                played.play(step, str(uuid.uuid5(NAMESPACE, f"{annotation}/{number}")))
            except UserError as error:
                raise UserError(f"step {number + 1} ({step.op}): {error}") from None
    finally:
        page.close()
    return {
        "annotation_id": annotation,
        "website": script.website,
        "domain": script.domain,
        "subdomain": script.subdomain,
        "confirmed_task": script.confirmed_task,
        "action_reprs": played.reprs,
        "actions": played.actions,
    }


class _Played:
    """The steps done so far, in the official form."""

    def __init__(self, page: Page, raw_html: bool) -> None:
        self._page = page
        self._raw_html = raw_html
        self._ids: dict[int, int] = {}
        self.actions: list[dict[str, Any]] = []
        self.reprs: list[str] = []

    def play(self, step: Step, uid: str) -> None:
        element = self._page.find(step)
        root = cleaned(read_snapshot(self._page.snapshot()))
        self._number(root)
        op = "CLICK" if step.op in ("HOVER", "ENTER") else step.op
        right = positives(root, element, is_click=op == "CLICK")
        if right is None:
            raise UserError(f"selector '{step.selector}' finds what the cleaned page has not got: it does not show")
        if not any(node is right.hit for node in right.nodes):
            raise UserError(f"selector '{step.selector}': in its middle is <{right.hit.tag}>, which has the mouse")
        positive, negative = candidates(root, right, self._ids)
        action = {
            "action_uid": uid,
            "cleaned_html": cleaned_html(root, self._ids),
            "operation": {"original_op": step.op, "value": step.value, "op": op},
            "pos_candidates": positive,
            "neg_candidates": negative,
        }
        if self._raw_html:
            action["raw_html"] = self._page.raw_html()
        self._page.act(element, step)
        self.actions.append(action)
        self.reprs.append(representation(element, right.nodes[0], op, step.value))

    def _number(self, root: Node) -> None:
        """Numbers for the nodes that are new; a new document begins anew."""
        if root.node not in self._ids:
            self._ids = {}
        for node in walk(root):
            self._ids.setdefault(node.node, len(self._ids) + 1)


def representation(element: Element, node: Node, op: str, value: str) -> str:
    """One step in words, as in `action_reprs`: `[button]  Add to basket -> CLICK`."""
    name = element.name or " ".join(inner.text for inner in walk(node) if inner.tag == "text")
    short = name if len(name) <= NAME_LIMIT else f"{name[:NAME_LIMIT]}..."
    return f"[{element.role or node.tag}]  {short} -> {op}" + (f": {value}" if value else "")
