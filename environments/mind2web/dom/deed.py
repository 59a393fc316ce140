"""What the agent did, as the recorded actions are told: `[combobox]  From which airport? -> TYPE: Boston`."""

from __future__ import annotations

from environments.mind2web.dom.page import TEXT, Element

LIMIT_NAME_CHARS = 50
NAMES = ("aria_label", "label", "alt", "title", "placeholder", "value", "text_value", "name")
_ROLES = {
    "a": "link",
    "img": "image",
    "input": "textbox",
    "li": "listitem",
    "select": "combobox",
    "textarea": "textbox",
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
}
_INPUTS = {"checkbox": "checkbox", "radio": "radio", "submit": "button", "button": "button", "search": "searchbox"}


def deed(element: Element, action: str) -> str:
    """A line for an action on an element of the page."""
    operation, _, value = action.partition(" ")
    return f"[{role_of(element)}]  {name_of(element)} -> {operation}{f': {value}' if value else ''}"


def role_of(element: Element) -> str:
    """What it is: its role, else what its tag stands for."""
    tag = str(element.tag)
    kind = _INPUTS.get(element.get("type", "").lower(), "") if tag == "input" else ""
    return str(element.get("role") or kind or _ROLES.get(tag, tag))


def name_of(element: Element) -> str:
    """What it is called: its text, which of a list of options is not a name, else an attribute that names it; cut where
    it is long.
    """
    texts = [each.text or "" for each in element.iter(TEXT)] if element.tag != "select" else []
    said = (" ".join(text.split()) for text in (" ".join(texts), *(element.get(name, "") for name in NAMES)))
    name = next(filter(None, said), "")
    return name if len(name) <= LIMIT_NAME_CHARS else name[:LIMIT_NAME_CHARS] + "..."
