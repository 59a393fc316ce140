"""Builds the agents' machine: a Docker image, and the same files as a directory for bubblewrap.

    python -m environments.operating_system.image build [--online | --offline] [--backend docker | bubblewrap]

Online it is a `docker build` of image/Dockerfile; offline, where no registry answers, `debootstrap` from this machine's
own apt mirror and `docker import`. Both install image/packages.txt and run image/configure.sh. What is there already is
left alone.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from environments.contract import UserError
from environments.sandbox.root_files import rootfs_directory
from environments.sandbox.settings import IMAGE

FILES = Path(__file__).parent / "image"
SUITE = "bookworm"
BASE = ("debian", f"{SUITE}-slim")
REGISTRY_TIMEOUT_S = 60
CHANGES = ["ENV LC_ALL=C.UTF-8", "WORKDIR /", 'CMD ["bash", "--login"]']


def say(line: str) -> None:
    print(f"image: {line}", flush=True)


def packages() -> list[str]:
    return (FILES / "packages.txt").read_text(encoding="utf-8").split()


def apt_mirror(sources: Path = Path("/etc/apt")) -> str | None:
    """The mirror from which this machine installs Debian's `SUITE` itself; None: debootstrap's own default."""
    for path in sorted([*sources.glob("sources.list"), *sources.glob("sources.list.d/*")]):
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.suffix == ".sources":
            for stanza in re.split(r"\n\s*\n", text):
                fields: dict[str, str] = dict(re.findall(r"^(\w[\w-]*):\s*(.*)$", stanza, re.MULTILINE))
                if SUITE in fields.get("Suites", "").split() and fields.get("URIs"):
                    return fields["URIs"].split()[0]
        elif found := re.search(rf"^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+{SUITE}\s", text, re.MULTILINE):
            return str(found[1])
    return None


def run(command: list[str], **keywords: object) -> None:
    """Run a tool of the system. Raises `UserError` with the end of its output."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **keywords
        )  # type: ignore[call-overload]
    except FileNotFoundError as error:
        raise UserError(f"'{command[0]}' is not installed: apt-get install {command[0]}") from error
    if done.returncode:
        tail = " | ".join(done.stdout.decode("utf-8", "replace").strip().splitlines()[-3:])
        raise UserError(f"'{command[0]}' failed with exit code {done.returncode}: {tail}")


@contextlib.contextmanager
def building(directory: Path) -> Iterator[Path]:
    """A folder beside `directory` that becomes it when the block succeeds; one builder at a time."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    with open(directory.parent / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        partial = directory.with_name(directory.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        if directory.exists():  # another one built it while this one waited
            yield partial
            return
        partial.mkdir()
        try:
            yield partial
            partial.rename(directory)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def bootstrap(directory: Path) -> None:
    """A Debian from the apt mirror, without any registry: one to three minutes. Needs root."""
    if os.geteuid():
        raise UserError(
            "the offline build (debootstrap) needs root: run it with sudo, or build where a registry answers"
        )
    mirror = apt_mirror()
    say(f"debootstrap of {SUITE} from {mirror or 'its default mirror'}; this takes one to three minutes")
    with building(directory) as partial:
        if directory.exists():
            return
        command = ["debootstrap", "--variant=minbase", f"--include={','.join(packages())}", SUITE, str(partial)]
        run([*command, mirror] if mirror else command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        shutil.copy(FILES / "configure.sh", partial / "tmp" / "configure.sh")
        run(["chroot", str(partial), "sh", "/tmp/configure.sh"])
        (partial / "tmp" / "configure.sh").unlink()


class DockerImage:
    """The image in a Docker engine."""

    def __init__(self) -> None:
        import docker

        self._client = docker.APIClient(version="auto", timeout=600, **docker.utils.kwargs_from_env())

    def exists(self) -> bool:
        return bool(self._client.images(IMAGE))

    def build(self) -> None:
        """`docker build`. Raises `UserError` when the registry, or apt within the build, does not answer."""
        import docker
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        say(f"docker build of {IMAGE} from {':'.join(BASE)}")
        try:
            registry = docker.APIClient(version="auto", timeout=REGISTRY_TIMEOUT_S, **docker.utils.kwargs_from_env())
            registry.pull(*BASE)
            for event in self._client.build(path=str(FILES), tag=IMAGE, rm=True, forcerm=True, decode=True):
                if "error" in event:
                    raise UserError(f"docker build failed: {event['error'].strip().splitlines()[-1]}")
        except (DockerException, RequestException) as error:
            raise UserError(f"docker build failed: {str(error).splitlines()[0]}") from error

    def load(self, rootfs: Path) -> None:
        """`docker import` of a directory."""
        say(f"docker import of {rootfs} as {IMAGE}")
        repository, _, tag = IMAGE.rpartition(":")
        with subprocess.Popen(["tar", "-C", str(rootfs), "-c", "."], stdout=subprocess.PIPE) as tar:
            self._client.import_image_from_stream(tar.stdout, repository=repository, tag=tag, changes=CHANGES)
        if tar.returncode:
            raise UserError(f"tar of {rootfs} failed with exit code {tar.returncode}")

    def extract(self, rootfs: Path) -> None:
        """The image's files as a directory, for bubblewrap."""
        say(f"extracting {IMAGE} to {rootfs}")
        container = self._client.create_container(IMAGE, ["true"])["Id"]
        try:
            with building(rootfs) as partial:
                if rootfs.exists():
                    return
                command = ["tar", "-C", str(partial), "-x", "--numeric-owner"]
                with subprocess.Popen(command, stdin=subprocess.PIPE) as tar:
                    assert tar.stdin is not None
                    for chunk in self._client.export(container):
                        tar.stdin.write(chunk)
                if tar.returncode:
                    raise UserError(f"tar could not extract {IMAGE}: exit code {tar.returncode}")
        finally:
            self._client.remove_container(container, force=True)


def build_docker(image: DockerImage, mode: str, rootfs: Path) -> None:
    """The Docker image: from the registry, else from the directory."""
    if image.exists():
        return say(f"Docker has {IMAGE}")
    if mode != "offline" and not rootfs.exists():
        try:
            return image.build()
        except UserError as error:
            if mode == "online":
                raise
            say(f"no image by way of a registry ({str(error)[:90]} …): building offline")
    if not rootfs.exists():
        bootstrap(rootfs)
    image.load(rootfs)
    return say(f"Docker has {IMAGE} now")


def build_rootfs(image: DockerImage | None, rootfs: Path) -> None:
    """The directory: from the Docker image where there is one, else by debootstrap."""
    if rootfs.exists():
        return say(f"bubblewrap has {rootfs}")
    if image is not None and image.exists():
        image.extract(rootfs)
    else:
        bootstrap(rootfs)
    return say(f"bubblewrap has {rootfs} now")


def build(mode: str, backend: str) -> None:
    """Everything this machine can use: the Docker image where an engine answers, the directory where bubblewrap is
    installed.
    """
    from environments.sandbox.docker_sandbox import engine_answers

    rootfs = rootfs_directory()
    silence = engine_answers()
    image = None if silence else DockerImage()
    if image is not None and backend != "bubblewrap":
        build_docker(image, mode, rootfs)
    elif backend == "docker":
        raise UserError(f"no Docker engine answers ({silence}): start one, or build with --backend bubblewrap")
    if backend == "bubblewrap" or (backend == "auto" and shutil.which("bwrap")):
        build_rootfs(image, rootfs)
    elif image is None:
        raise UserError(
            f"no Docker engine answers ({silence}) and bubblewrap is not installed: start the one, or apt-get install"
            " bubblewrap"
        )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m environments.operating_system.image", description=__doc__.split("\n")[0]
    )
    commands = parser.add_subparsers(dest="command", required=True)
    builder = commands.add_parser("build", help="build what is missing")
    where = builder.add_mutually_exclusive_group()
    where.add_argument("--online", dest="mode", action="store_const", const="online", help="docker build only")
    where.add_argument("--offline", dest="mode", action="store_const", const="offline", help="debootstrap only")
    builder.add_argument("--backend", choices=["auto", "docker", "bubblewrap"], default="auto")
    chosen = parser.parse_args(arguments)
    try:
        build(chosen.mode or "auto", chosen.backend)
    except UserError as error:
        print(f"image: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
