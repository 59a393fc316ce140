"""`python -m serve general MODEL --chats FILE --out DIR`: what tuning cost elsewhere. Run it for the model before and
the one after, with the same options, and give both folders to `python -m serve report` (docs/general-check.md)."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from actors.program.terminal import console, safe
from actors.program.user_error import UserError
from train.model.model_folder import require_model_folder

if TYPE_CHECKING:
    from serve.general.general_result import GeneralCheck

MOST_SHOTS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a Hugging Face model directory")
    parser.add_argument(
        "--chats", required=True, metavar="FILE", help="chat as training reads it: ShareGPT or OpenAI messages"
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="the folder for general.json")
    parser.add_argument(
        "--training", metavar="RUN", help="the folder of a training run: nothing that it trained on is measured"
    )
    parser.add_argument("--name", help="what reports call the model (default: its folder's name)")
    parser.add_argument(
        "--chat-tokens",
        type=int,
        default=16_384,
        metavar="N",
        help="tokens of held-out chat at most (default: %(default)s)",
    )
    parser.add_argument("--items", type=int, default=200, metavar="N", help="items of each kind (default: %(default)s)")
    parser.add_argument(
        "--shots", type=int, default=MOST_SHOTS, metavar="N", help="worked examples, 0 to 3 (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the items (default: %(default)s)")
    parser.add_argument(
        "--form",
        choices=("words", "letters"),
        default="words",
        help="multiple choice: replies compared as words, or as MMLU's letters",
    )
    parser.add_argument(
        "--system-prompt", metavar="TEXT", help="of conversations that have none (default: what was trained)"
    )
    parser.add_argument(
        "--dtype",
        choices=("auto", "float32", "bfloat16"),
        default="auto",
        help="auto: bfloat16 where the device is fast at it",
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")


def run(arguments: argparse.Namespace) -> int:
    for option, least in (("chat_tokens", 16), ("items", 1), ("shots", 0)):
        if getattr(arguments, option) < least:
            raise UserError(f"--{option.replace('_', '-')} is {getattr(arguments, option)}: give at least {least}")
    if arguments.shots > MOST_SHOTS:
        raise UserError(f"--shots is {arguments.shots}: there are {MOST_SHOTS} worked examples")
    require_model_folder(str(Path(arguments.model).expanduser()))
    progress = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)
    progress.print("loading torch and the model …")
    from serve.general.check import Wanted, check

    name = arguments.name or Path(arguments.model).expanduser().absolute().name
    options = {field: getattr(arguments, field) for field in Wanted._fields if field != "name"}
    result = check(Wanted(name=name, **options), progress.print)
    console().print(table(result))
    return 0


def table(check: GeneralCheck) -> Table:
    """The three numbers, with their intervals."""
    made = Table(title=safe(f"{check.name}, {check.dtype}, {check.seconds:.0f} s"), title_justify="left")
    for column in ("measure", "value", "95 % interval", "over"):
        made.add_column(column, justify="left" if column == "measure" else "right")
    loss = check.chat.loss
    made.add_row(
        "loss on held-out chat, nats a token",
        f"{loss.value:.3f}",
        f"{loss.low:.3f} to {loss.high:.3f}",
        f"{loss.number} conversations, {check.chat.tokens:,} tokens",
    )
    for kind, share in check.items.items():
        interval = f"{100 * share.low:.1f} to {100 * share.high:.1f} %"
        made.add_row(
            f"{kind.replace('_', ' ')}, right of four", f"{100 * share.value:.1f} %", interval, f"{share.number} items"
        )
    return made
