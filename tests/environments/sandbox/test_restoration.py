"""What is put back, as a function of the image's listing and of what was found."""

from __future__ import annotations

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.sandbox.restoration import Entry, Repairs, parse, repairs, touched

FOLDER, PROGRAM = Entry(stat.S_IFDIR | 0o755, 0, 0, ""), Entry(stat.S_IFREG | 0o755, 9, 7, "")
LINK = Entry(stat.S_IFLNK | 0o777, 7, 7, "usr/bin")
IMAGE = {
    "/bin": LINK,
    "/usr": FOLDER,
    "/usr/bin": FOLDER,
    "/usr/bin/grep": PROGRAM,
    "/usr/sbin": FOLDER,
    "/usr/lib": FOLDER,
}
DEVICE = Entry(stat.S_IFCHR | 0o666, 0, 0, "1:3")
IMAGE |= {"/usr/lib/apt": FOLDER, "/usr/lib/systemd": FOLDER, "/dev/null": DEVICE}
APPLICATIONS = (
    *(
        "/usr/lib/systemd/system/my.service",
        "/usr/libexec/tool",
        "/usr/local/libexec/tool",
        "/usr/lib/cgi-bin/x",
        "/usr/lib/app",
    ),
    *("/usr/lib/app/bin/solve", "/usr/include/my.h", "/usr/include/my/x.h"),
)
SOUGHT = (
    *(
        "/usr/lib/app/x.so.1",
        "/usr/lib/haswell",
        "/usr/lib/glibc-hwcaps",
        "/usr/lib/apt/x",
        "/usr/lib/python311.zip",
        "/usr/lib/crt1.o",
    ),
    *("/usr/lib/x86_64-linux-gnu/x", "/usr/lib/gcc", "/usr/lib/specs", "/usr/libexec/gcc/x", "/usr/lib/bfd-plugins/x"),
    *(
        "/usr/include/c++/x",
        "/usr/include/x86_64-linux-gnu/stdio.h",
        "/usr/include/stdio.h.gch",
        "/usr/local/include/stdio.h",
    ),
)


def test_an_untouched_machine_needs_nothing() -> None:
    assert repairs(IMAGE, IMAGE, set()) == Repairs([], [])


@pytest.mark.parametrize(
    ("path", "entry", "needed"),
    [
        ("/usr/bin/grep", PROGRAM._replace(changed_ns=8), Repairs([], ["/usr/bin/grep"])),
        ("/usr/bin/grep", PROGRAM._replace(mode=stat.S_IFREG), Repairs([], ["/usr/bin/grep"])),
        ("/usr/bin/grep", LINK, Repairs([], ["/usr/bin/grep"])),
        ("/bin", LINK._replace(changed_ns=8), Repairs([], [])),
        ("/bin", LINK._replace(target="tmp"), Repairs([], ["/bin"])),
        ("/bin", FOLDER, Repairs([], ["/bin"])),
        ("/usr/lib", FOLDER._replace(mode=stat.S_IFDIR | 0o700), Repairs([], [])),
        ("/usr/bin/new", PROGRAM, Repairs([], [])),
        ("/usr/local/bin/new", PROGRAM, Repairs([], [])),
        ("/usr/local/bin/grep", PROGRAM, Repairs(["/usr/local/bin/grep"], [])),
        ("/usr/sbin/grep", LINK, Repairs(["/usr/sbin/grep"], [])),
        ("/usr/lib/evil.so", PROGRAM, Repairs(["/usr/lib/evil.so"], [])),
        ("/lib32", FOLDER, Repairs(["/lib32"], [])),
        ("/etc/ld.so.preload", PROGRAM, Repairs(["/etc/ld.so.preload"], [])),
        ("/usr/bin/pyvenv.cfg", PROGRAM, Repairs(["/usr/bin/pyvenv.cfg"], [])),
        ("/usr/x86_64-linux-gnu/bin/as", PROGRAM, Repairs(["/usr/x86_64-linux-gnu/bin/as"], [])),
        (
            "/usr/local/lib/python3.11/dist-packages/a.pth",
            PROGRAM,
            Repairs(["/usr/local/lib/python3.11/dist-packages/a.pth"], []),
        ),
        ("/usr/local/share/notes/grep", PROGRAM, Repairs([], [])),
        ("/usr/notes", PROGRAM, Repairs([], [])),
        *((path, PROGRAM, Repairs([], [])) for path in APPLICATIONS),
        *((path, PROGRAM, Repairs([path], [])) for path in SOUGHT),
        ("/dev/null", DEVICE._replace(mode=stat.S_IFIFO | 0o666, target=""), Repairs([], ["/dev/null"])),
        ("/dev/null", DEVICE._replace(target="1:5"), Repairs([], ["/dev/null"])),
        ("/dev/null", DEVICE._replace(mode=stat.S_IFCHR | 0o600), Repairs([], [])),
        ("/dev/stdout", LINK, Repairs(["/dev/stdout"], [])),
    ],
)
def test_what_could_be_taken_for_the_images_goes_and_the_images_comes_back(
    path: str, entry: Entry, needed: Repairs
) -> None:
    assert repairs(IMAGE, {**IMAGE, path: entry}, set()) == needed


def test_a_removed_folder_comes_back_from_the_top_and_an_added_one_goes_with_all_in_it() -> None:
    assert repairs(IMAGE, {"/bin": LINK, "/dev/null": DEVICE}, set()).put == [
        "/usr",
        "/usr/bin",
        "/usr/bin/grep",
        "/usr/lib",
        "/usr/lib/apt",
        "/usr/lib/systemd",
        "/usr/sbin",
    ]
    added = {"/lib32": FOLDER, "/lib32/y": FOLDER, "/lib32/y/z": PROGRAM}
    assert repairs(IMAGE, IMAGE | added, set()).remove == ["/lib32"]


def test_what_init_has_touched_stays_as_the_agent_leaves_it() -> None:
    made = {**IMAGE, "/usr/bin/grep": PROGRAM._replace(size=3), "/usr/lib/app": FOLDER}
    spared = touched(IMAGE, made)
    assert spared == {"/usr/bin/grep", "/usr/lib/app"}
    left = {**made, "/usr/bin/grep": LINK, "/usr/lib/app/a.so": PROGRAM, "/usr/lib/b.so": PROGRAM}
    assert repairs(IMAGE, left, spared) == Repairs(["/usr/lib/b.so"], [])


NAMES = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=8)


@given(
    st.dictionaries(
        NAMES.map(lambda name: f"/usr/{name}"),
        st.builds(Entry, st.integers(0, 0o177777), st.integers(0), st.integers(0), NAMES),
    )
)
def test_a_listing_is_read_as_it_was_written(entries: dict[str, Entry]) -> None:
    text = b"".join(
        b"%s\0%o %d %d\0%s\0" % (path.encode(), one.mode, one.size, one.changed_ns, one.target.encode())
        for path, one in entries.items()
    )
    assert parse(text) == entries
