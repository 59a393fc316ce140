"""What a recording follows: a page, a task in words, and the steps that do it. A TOML or JSON file:

url = "http://127.0.0.1:8000/"              # or a file, relative to the script
confirmed_task = "Put two blue mugs into the basket."
website = "mugs"                            # default: the page's host; also: domain, subdomain
[[steps]]
op = "SELECT"
selector = "select[name=quantity]"
value = "2"
[[steps]]
op = "CLICK"
selector = "button"
text = "Add to basket"                      # of several that the selector finds, the one that shows this
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from environments.contract import UserError

Op = Literal["CLICK", "TYPE", "SELECT", "HOVER", "ENTER"]
WITH_VALUE = ("TYPE", "SELECT")


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is done to which element: the only visible one that `selector` (CSS) finds and, where given, that shows
    exactly `text`.
    """

    op: Op
    selector: str
    text: str = ""
    value: str = ""


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One task with its steps; `timeout_s` is how long a page may take until it stands still."""

    url: str
    confirmed_task: str
    steps: list[Step]
    website: str = ""
    domain: str = ""
    subdomain: str = ""
    timeout_s: float = 30.0


def read_script(path: Path) -> Script:
    """The script in a file. Raises `UserError` that names file and field."""
    try:
        text = path.read_text(encoding="utf-8")
        values = msgspec.json.decode(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise UserError(f"{path}: no {kind}: {' '.join(str(error).split())}") from None
    return checked(values, str(path), path.parent)


def checked(values: Any, place: str, folder: Path) -> Script:
    """The script that these values are. Raises `UserError` that names `place` and field."""
    try:
        script = msgspec.convert(values, Script)
    except msgspec.ValidationError as error:
        fault, _, field = str(error).partition(" - at `$.")
        where = f", field '{field.rstrip('`')}'" if field else ""
        raise UserError(f"{place}{where}: {fault[:1].lower()}{fault[1:].replace('`', chr(39))}") from None
    if not script.steps or not script.confirmed_task.strip():
        raise UserError(f"{place}: a script has a confirmed_task and at least one step")
    if script.timeout_s <= 0:
        raise UserError(f"{place}, field 'timeout_s': found {script.timeout_s:g}; give seconds above 0")
    for number, step in enumerate(script.steps):
        if (step.op in WITH_VALUE) != bool(step.value):
            wants = "needs a value" if step.op in WITH_VALUE else f"takes no value, found '{step.value}'"
            raise UserError(f"{place}, field 'steps[{number}].value': {step.op} {wants}")
    return _addressed(script, folder, place)


def _addressed(script: Script, folder: Path, place: str) -> Script:
    """With an address that Chromium opens, and a website."""
    parts = urlsplit(script.url)
    if parts.scheme in ("http", "https", "file", "data"):
        return msgspec.structs.replace(script, website=script.website or parts.hostname or parts.scheme)
    page = (folder / script.url).resolve()
    if not page.is_file():
        raise UserError(f"{place}, field 'url': no file {page}; give a file, or an address with http:// or https://")
    return msgspec.structs.replace(script, url=page.as_uri(), website=script.website or page.stem)
