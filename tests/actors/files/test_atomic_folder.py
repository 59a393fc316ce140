"""A folder that is written whole or not at all, also behind a link and on a mount."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from actors.files.atomic_folder import MANIFEST, atomic_folder, write_manifest
from actors.program.user_error import UserError


def write(target: Path, word: str) -> None:
    with atomic_folder(target, "test") as draft:
        (draft / "word").write_text(word)
        (draft / "inner").mkdir()
        (draft / "inner" / "word").write_text(word)
        write_manifest(draft, {"kind": "test"})


def content(folder: Path) -> list[str]:
    assert sorted(path.name for path in folder.iterdir()) == ["inner", MANIFEST, "word"]
    return [(folder / "word").read_text(), (folder / "inner" / "word").read_text()]


@pytest.mark.parametrize("there", ["an empty folder", "an earlier result", "nothing"])
def test_a_link_stays_and_the_content_is_behind_it(tmp_path: Path, there: str) -> None:
    big, link = tmp_path / "disk" / "big", tmp_path / "out"
    if there == "an empty folder":
        big.mkdir(parents=True)
    elif there == "an earlier result":
        write(big, "old")
    link.symlink_to(big)
    for word in ("one", "two"):
        write(link, word)
        assert link.readlink() == big
        assert content(big) == [word, word]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["disk", "out"]
    assert [path.name for path in big.parent.iterdir()] == ["big"]


def test_what_a_link_points_to_is_refused_where_it_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").touch()
    (tmp_path / "out").symlink_to("photos")
    with pytest.raises(UserError, match="was not written by this command"):
        write(tmp_path / "out", "x")
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(UserError, match="cannot write"):
        write(tmp_path / "round", "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "photos", "round"]


ON_A_MOUNT = """
import subprocess, sys
from pathlib import Path
from tests.actors.files.test_atomic_folder import content, write

target = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", target], check=True)
(target / f".{target.name}.HOST-999999999.draft".replace("HOST", __import__("os").uname().nodename)).mkdir()
for word in ("one", "two"):
    write(target, word)
    assert content(target) == [word, word]
"""


def test_a_mounted_target_is_written_inside(tmp_path: Path) -> None:
    target = tmp_path / "mounted"
    target.mkdir()
    command = ["unshare", "--mount", "--map-root-user", sys.executable, "-c", ON_A_MOUNT, str(target)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[3], check=False)
    if ended.returncode and "unshare" in ended.stderr:
        pytest.skip("no mount namespaces here")
    assert ended.returncode == 0, ended.stderr


def test_what_dead_writers_left_is_removed(tmp_path: Path) -> None:
    write(tmp_path / "out", "old")
    for pid in (999999999, os.getpid()):
        for suffix in (".draft", ".old"):
            (tmp_path / f".out.{os.uname().nodename}-{pid}{suffix}").mkdir()
    write(tmp_path / "out", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_folders_of_the_users_own_stay_whatever_they_are_called(tmp_path: Path) -> None:
    others = [f".other.{os.uname().nodename}-999999999.old", ".out.elsewhere-999999999.draft"]
    own = ["20240101.old", "999999999.draft", ".old", *others]
    for name in own:
        (tmp_path / name).mkdir()
        (tmp_path / name / "photo.jpg").touch()
    for word in ("one", "two"):
        write(tmp_path / "out", word)
    assert all((tmp_path / name / "photo.jpg").exists() for name in own)


def test_old_content_that_was_moved_aside_and_never_replaced_is_put_back(tmp_path: Path) -> None:
    write(tmp_path / "out", "old")
    aside = tmp_path / f".out.{os.uname().nodename}-999999999.old"
    (tmp_path / "out").rename(aside)
    with (
        pytest.raises(UserError, match="was not written by this command"),
        atomic_folder(tmp_path / "out", "another kind"),
    ):
        pass
    with pytest.raises(KeyError), atomic_folder(tmp_path / "out", "test"):
        raise KeyError("the next writer fails, too")
    assert content(tmp_path / "out") == ["old", "old"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_without_exchange_the_old_content_comes_back_where_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "out", "old")
    rename, renamed = Path.rename, []

    def failing(path: Path, to: Path) -> Path:
        renamed.append(path)
        if len(renamed) == 2:
            raise KeyboardInterrupt
        return rename(path, to)

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: None)  # a C library without renameat2
    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "out", "new")
    assert content(tmp_path / "out") == ["old", "old"]
    write(tmp_path / "out", "new")
    assert content(tmp_path / "out") == ["new", "new"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
