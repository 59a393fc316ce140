"""Strict checks of what an agent left behind: a small Python program in the sandbox that compares paths with what they
must be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from environments.operating_system.payload import Check, Script

PROGRAM = """\
import grp, hashlib, json, os, pwd, stat, sys

def fail(text):
    print(text)
    sys.exit(1)

def owner(info):
    try:
        return pwd.getpwuid(info.st_uid).pw_name + ":" + grp.getgrgid(info.st_gid).gr_name
    except KeyError:
        return str(info.st_uid) + ":" + str(info.st_gid)

spec = json.loads(SPEC)
for path, want in spec["paths"].items():
    if want is None:
        if os.path.lexists(path):
            fail(path + " should not exist")
        continue
    if not os.path.lexists(path):
        fail(path + " is missing")
    info = os.lstat(path)
    if stat.S_ISLNK(info.st_mode):
        if os.readlink(path).rstrip("/") not in want.get("target", []):
            fail(path + " points to " + os.readlink(path))
        continue
    expected = stat.S_ISDIR if want.get("directory") else stat.S_ISREG
    if "target" in want or not expected(info.st_mode):
        fail(path + " is of another type")
    if "mode" in want and stat.S_IMODE(info.st_mode) != int(want["mode"], 8):
        fail(path + " has mode " + oct(stat.S_IMODE(info.st_mode)))
    if "owner" in want and owner(info) != want["owner"]:
        fail(path + " belongs to " + owner(info))
    if "content" in want:
        content = open(path, encoding="utf-8", errors="replace", newline="").read()
        if (content.rstrip("\\n") if want.get("loose_end") else content) != want["content"]:
            fail(path + " has other content")
for folder, want in spec["listings"].items():
    found = sorted(os.path.relpath(os.path.join(root, name), folder) for root, ds, fs in os.walk(folder) for name in ds + fs)
    if found != want:
        fail(folder + " holds " + " ".join(found)[:150])
"""  # noqa: E501


def file(content: str | None = None, mode: str = "", owner: str = "", loose_end: bool = False) -> dict[str, Any]:
    """A regular file as it must be; with `loose_end`, newlines at its end do not matter."""
    want: dict[str, Any] = {}
    if content is not None:
        want["content"] = content.rstrip("\n") if loose_end else content
    return (
        want
        | ({"mode": mode} if mode else {})
        | ({"owner": owner} if owner else {})
        | ({"loose_end": True} if loose_end else {})
    )


def directory(mode: str = "", owner: str = "") -> dict[str, Any]:
    return {"directory": True} | ({"mode": mode} if mode else {}) | ({"owner": owner} if owner else {})


def link(*targets: str) -> dict[str, Any]:
    """A symbolic link to one of `targets`, as it is written."""
    return {"target": list(targets)}


def left(paths: Mapping[str, dict[str, Any] | None], listings: Mapping[str, Sequence[str]] | None = None) -> Check:
    """`paths` are as said (None: gone), and each folder of `listings` holds exactly these relative paths, directories
    included.
    """
    spec = {"paths": dict(paths), "listings": {folder: sorted(held) for folder, held in (listings or {}).items()}}
    return Check("script", script=Script(f"SPEC = {json.dumps(json.dumps(spec))}\n{PROGRAM}", "python"))


def passes(code: str) -> Check:
    """A bash program that must exit with 0. It runs nothing of the agent's: that could look into it, or end it."""
    return Check("script", script=Script(code))


def prints(code: str, expected: str) -> Check:
    """A bash program that must exit with 0 and print `expected`, which it does not know itself: so it may run what the
    agent wrote.
    """
    return Check("script", script=Script(code), prints=expected)


def passes_python(code: str, *files: str) -> Check:
    """A Python program that must end without an exception.

    The `files` that it reads must be regular ones: others could be anything.
    """
    guard = (
        f"import os, stat\nassert all(stat.S_ISREG(os.lstat(path).st_mode) for path in {list(files)!r})\n"
        if files
        else ""
    )
    return Check("script", script=Script(guard + code, "python"))
