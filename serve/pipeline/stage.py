"""What a stage is: a command line of this project, what it reads, and what it leaves."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from actors.program import yaml_text
from actors.program.hidden import without_passwords
from actors.program.user_error import UserError
from environments import own_module
from serve.pipeline.content import content_digest
from serve.pipeline.decision import Basis


class Stage(NamedTuple):
    """One stage.

    `words` follow `python -m`. `config` is written to `config_path` before it runs (None: all is in the words). `reads`
    names what it depends on; `writes` is what is set aside when it must begin anew, and `done` what is there when it
    was finished (None: it leaves nothing but its words). `in_place`: the command goes on in the old output, or replaces
    it, whatever has changed. `free`: patterns of config keys that do not change what comes out. `besides` is what its
    result follows from besides, and `then` is said when it runs again in place.
    """

    name: str
    what: str
    words: list[str]
    reads: dict[str, Path]
    writes: Path | None
    done: Path | None
    config: BaseModel | None = None
    config_path: Path | None = None
    in_place: bool = True
    free: tuple[str, ...] = ()
    besides: dict[str, Any] = {}  # noqa: RUF012
    then: str = ""

    @property
    def command(self) -> str:
        """As a user types it."""
        return f"python -m {shlex.join(self.words)}"

    @property
    def argv(self) -> list[str]:
        return own_module.command(*self.words)

    def basis(self, out: Path) -> Basis:
        """What its result follows from, as things are now; the pipeline's folder is OUT, wherever it lies. It is kept
        and shown, so that no address in it has its password."""
        words = [word.replace(str(out), "OUT") for word in self.words]
        config = without_passwords({**said(self.config), **self.besides})
        return Basis(words, config, {name: content_digest(path) for name, path in self.reads.items()})

    def write_config(self) -> None:
        """The file that the command reads; nobody else's, since an address in it may hold a password."""
        if self.config is None or self.config_path is None:
            return
        content = self.config.model_dump(mode="json", exclude_unset=True)
        try:
            self.config_path.parent.mkdir(parents=True, exist_ok=True)
            with open(self.config_path, "w", encoding="utf-8", opener=_for_the_owner) as file:
                os.fchmod(file.fileno(), 0o600)  # one that an earlier version left for all to read
                file.write(yaml_text.dump(content))
        except OSError as error:
            raise UserError(
                f"cannot write the config '{self.config_path}': {error.strerror}; name another 'out'"
            ) from error


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def said(config: BaseModel | None) -> dict[str, Any]:
    """What a config says beyond the defaults, with the kind of the LLM, which alone may be a default and still tell two
    apart.
    """
    if config is None:
        return {}
    content = config.model_dump(mode="json", exclude_defaults=True)
    llm = getattr(config, "llm", None)
    if llm is not None:
        content["llm"] = {"kind": llm.kind, **content.get("llm", {})}
    return content
