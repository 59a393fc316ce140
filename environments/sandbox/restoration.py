"""What of a machine is put back before its checks run: where its programs are, and what steers them before they read a
line.

Everything that tasks are about stays as the agent left it: other files, accounts, processes, new commands, modes and
owners even of the image's own files. A check may rely on this:

* the image's own files under `PROTECTED` are there with their own content, but for those that the task's init changed;
* nothing was added where loader and interpreters look by themselves (`SEARCHED`), nor a second program of an image's
  program's name.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from typing import NamedTuple

# Folder → patterns of the names in it that are listed, with everything below.
PROTECTED: dict[str, list[str]] = {
    "/": ["bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr"],
    "/etc": [
        "ld.so.*",
        "nsswitch.conf",
        "alternatives",
        "perl",
        "python*",
        "terminfo",
        "magic",
        "magic.mime",
        "sudo.conf",
    ],
    "/etc/ssl": ["openssl.cnf"],
    "/root": [".jq", ".magic", ".magic.mgc"],
    "/dev": ["fd", "stdin", "stdout", "stderr", "null", "zero", "full", "random", "urandom", "tty"],
}
# Much data, no program, and nothing that a program of the image obeys.
LEFT_OUT = [
    f"/usr/share/{name}" for name in ("ca-certificates", "doc", "icons", "info", "locale", "man", "zoneinfo")
] + ["/usr/src"]
PROGRAM_FOLDERS = ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin")
# Below /usr/lib, /usr/libexec and /usr/include what is added is a new application's, unless the loader, a compiler or
# an interpreter looks
# there: libraries and objects anywhere, the places of these names, and whatever else the image has a folder for.
APPLICATIONS = re.compile(
    r"/usr/(lib|(local/)?libexec)/(?!.*\.(so|a|o)(\.|/|$))(?!python|perl|gcc|[^/]+-linux-|i\d86|sse|avx|x86_64|haswell|xeon|atomics|tls"
    r"|glibc-hwcaps|gconv|locale|terminfo|git-core|bfd-plugins|debug|jq|specs|ldscripts|charset)(?P<name>[^/]+)(/|$)"
    r"|/usr/include/(?!.*\.gch(/|$))(?!c\+\+|[^/]+-linux-)"
)
# The image's own folders in which nothing is that its programs obey while they are run by hand: services, settings of a
# boot.
DATA_FOLDERS = {"systemd", "binfmt.d", "sysctl.d", "tmpfiles.d", "udev"}
SEARCHED = re.compile(
    r"/lib(32|64|x32)?(/|$)|/usr/(local/)?(lib(32|64|x32|exec)|include)(/|$)|/usr/lib(/|$)|/usr/[^/]+-linux-|/dev/"
    r"|/usr/local/lib/(python|site_perl|[^/]+-linux-[^/]+/perl)|/usr/(local/)?share/(awk|gcc|gdb|git-core|misc|perl|python|terminfo)"
    r"|/etc/|/root/|.*/(pyvenv\.cfg|pybuilddir\.txt|[^/]*\._pth)$"
)


class Entry(NamedTuple):
    """A file as the sandbox lists it: mode with type, size, when the kernel last saw it change (both 0 but for regular
    files), a link's target or a device's numbers."""

    mode: int
    size: int
    changed_ns: int
    target: str

    @property
    def kind(self) -> int:
        return stat.S_IFMT(self.mode)


class Repairs(NamedTuple):
    """What to remove, and what to put back afterwards, parents first."""

    remove: list[str]
    put: list[str]


def parse(text: bytes) -> dict[str, Entry]:
    """The listing that `custody.listing` made."""
    fields = text.decode("utf-8", "surrogateescape").split("\0")
    found = {}
    for path, numbers, target in zip(fields[0::3], fields[1::3], fields[2::3], strict=False):
        mode, size, changed = numbers.split()
        found[path] = Entry(int(mode, 8), int(size), int(changed), target)
    return found


def touched(image: Mapping[str, Entry], found: Mapping[str, Entry]) -> set[str]:
    """What a task's own init has made, changed or removed: the task is about it, so it stays as the agent leaves it."""
    return {path for path in image.keys() | found.keys() if path not in image or _differs(image[path], found.get(path))}


def repairs(image: Mapping[str, Entry], found: Mapping[str, Entry], spared: set[str]) -> Repairs:
    """How to make of the machine that was `found` one that runs the image's programs; what is `spared`, and all below
    it, stays.
    """
    programs = {path.rpartition("/")[2] for path in image if path.rpartition("/")[0] in PROGRAM_FOLDERS}
    unwanted = [
        path
        for path in sorted(found.keys() - image.keys())
        if _misleads(path, image, programs) and not _below(path, spared)
    ]
    remove: list[str] = []
    for path in unwanted:
        if not remove or not path.startswith(remove[-1] + "/"):
            remove.append(path)
    return Repairs(
        remove, sorted(path for path, entry in image.items() if _differs(entry, found.get(path)) and path not in spared)
    )


def _below(path: str, spared: set[str]) -> bool:
    return bool(spared) and any(
        path[:end] in spared for end in (*(n for n, letter in enumerate(path) if letter == "/"), len(path))
    )


def _misleads(path: str, image: Mapping[str, Entry], programs: set[str]) -> bool:
    """Whether what was added at `path` could be taken for something of the image's."""
    folder, _, name = path.rpartition("/")
    if application := APPLICATIONS.match(path):
        place = application["name"]
        return place is not None and place not in DATA_FOLDERS and path[: application.end("name")] in image
    return SEARCHED.match(path) is not None or (folder in PROGRAM_FOLDERS and name in programs)


def _differs(own: Entry, found: Entry | None) -> bool:
    if found is None or found.kind != own.kind:
        return True
    return found != own if stat.S_ISREG(own.mode) else found.target != own.target
