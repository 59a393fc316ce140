"""What a stage is: a command line of this project, what it reads, and what it leaves."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from actors import yaml_text
from environments.contract import UserError
from serve.pipeline.content import content_digest
from serve.pipeline.decision import Basis


class Stage(NamedTuple):
    """One stage.

    `words` follow `python -m`. `config` is written to `config_path` before it runs (None: all is in the words). `reads` names what it
    depends on; `writes` is what is set aside when it must begin anew, and `done` what is there when it was finished (None: it leaves
    nothing but its words). `in_place`: the
    command goes on in the old output, or replaces it, whatever has changed. `free`: patterns of config keys that do not change what
    comes out. `besides` is what its result follows from besides, and `then` is said when it runs again in place.
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
        return [sys.executable, "-m", *self.words]

    def basis(self, out: Path) -> Basis:
        """What its result follows from, as things are now; the pipeline's folder is OUT, wherever it lies."""
        words = [word.replace(str(out), "OUT") for word in self.words]
        return Basis(words, {**said(self.config), **self.besides}, {name: content_digest(path) for name, path in self.reads.items()})

    def write_config(self) -> None:
        """The file that the command reads."""
        if self.config is None or self.config_path is None:
            return
        content = self.config.model_dump(mode="json", exclude_unset=True)
        try:
            self.config_path.parent.mkdir(parents=True, exist_ok=True)
            self.config_path.write_text(yaml_text.dump(content), encoding="utf-8")
        except OSError as error:
            raise UserError(f"cannot write the config '{self.config_path}': {error.strerror}; name another 'out'") from error


def said(config: BaseModel | None) -> dict[str, Any]:
    """What a config says beyond the defaults, with the kind of the LLM, which alone may be a default and still tell two apart."""
    if config is None:
        return {}
    content = config.model_dump(mode="json", exclude_defaults=True)
    llm = getattr(config, "llm", None)
    if llm is not None:
        content["llm"] = {"kind": llm.kind, **content.get("llm", {})}
    return content
