"""The image is described once, built from the machine's own mirror, and not built twice."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from environments.operating_system import image
from environments.sandbox.docker_sandbox import engine_answers

DEB822 = """Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: http://mirror.example/debian http://other.example/debian
Suites: bookworm bookworm-updates
Components: main
"""


@pytest.mark.parametrize(
    ("name", "text", "mirror"),
    [
        ("sources.list.d/debian.sources", DEB822, "http://mirror.example/debian"),
        (
            "sources.list",
            "# a comment\ndeb [signed-by=/k] http://a.example/debian bookworm main\n",
            "http://a.example/debian",
        ),
        ("sources.list.d/x.list", "deb http://a.example/debian trixie main\n", None),
        ("sources.list.d/x.list", "deb https://a.example/node bookworm-backports main\n", None),
    ],
)
def test_the_mirror_is_the_machines_own(tmp_path: Path, name: str, text: str, mirror: str | None) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text(text)
    assert image.apt_mirror(tmp_path) == mirror


def test_both_builds_share_the_list_of_packages() -> None:
    dockerfile = (image.FILES / "Dockerfile").read_text()
    assert "packages.txt" in dockerfile
    assert "configure.sh" in dockerfile
    assert f"FROM {':'.join(image.BASE)}" in dockerfile
    assert image.packages() == sorted(set(image.packages()))
    assert {"bash", "python3", "git", "gcc", "procps"} <= set(image.packages())


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    rootfs = tmp_path / "os" / "rootfs"
    with pytest.raises(image.UserError, match="exit code 3: the reason"), image.building(rootfs):
        image.run(["sh", "-c", "echo the reason; exit 3"])
    assert [path.name for path in rootfs.parent.iterdir()] == ["lock"]
    with image.building(rootfs) as partial:
        (partial / "whole").touch()
    assert (rootfs / "whole").exists()
    with pytest.raises(image.UserError, match="'no-such-tool' is not installed"):
        image.run(["no-such-tool"])


@pytest.mark.docker
def test_the_image_becomes_a_directory_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    if engine_answers() or not image.DockerImage().exists():
        pytest.skip("no Docker engine with the image")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert image.main(["build", "--backend", "bubblewrap"]) == 0
    rootfs = image.rootfs_directory()
    assert (
        subprocess.run(["chroot", str(rootfs), "python3", "-c", "print(42)"], capture_output=True, text=True).stdout
        == "42\n"
    )
    capfd.readouterr()
    assert image.main(["build", "--backend", "bubblewrap"]) == 0
    assert capfd.readouterr().out == f"image: bubblewrap has {rootfs}\n"


def test_without_engine_or_root_one_line_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    assert image.main(["build", "--backend", "docker"]) == 2
    assert capsys.readouterr().err.startswith("image: no Docker engine answers")
