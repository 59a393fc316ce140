"""What a tuned model has learnt, read instead of played: reference conversations go through it once, and every token of
a command or an answer is compared with the model's own first choice there. A minute for two hundred conversations on
two cores, so that lessons can be compared; what counts in the end is `python -m serve evaluate`, where one wrong token
early spoils the rest.

    python -m serve evaluate configs/suites/demo-full.yaml --llm reference --out runs/reference
    python -m benchmarks.demo_recipe runs/reference MODEL [MODEL …]

Prints a markdown table. Thoughts are left out: they have several right wordings. `--misses` prints each conversation's
first wrong token.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from actors.records.store import Store
from actors.records.trajectory import Trajectory

BEGINNINGS = ("```", "Final Answer", "Act:")
"""Where the part of a reply begins that the environment acts upon."""
HEADER = (
    "| model | split | environment | conversations | whole | tokens | nats a token |\n|---|---|---|---:|---:|---:|---:|"
)


@dataclass
class Tally:
    """Of some conversations: those right from end to end, tokens right and read, and the sum of their losses in
    nats.
    """

    conversations: int = 0
    whole: int = 0
    tokens: int = 0
    right: int = 0
    loss: float = 0.0


def acted_upon(text: str, trajectory: Trajectory) -> Iterator[tuple[int, int]]:
    """Where in the rendered `text` the commands and answers of the trained replies are: first character, end."""
    place = 0
    for message in trajectory.messages:
        begin = text.index(message.content, place)
        place = begin + len(message.content)
        if message.role == "assistant" and message.loss is not False:
            found = [at for beginning in BEGINNINGS if (at := message.content.find(beginning)) >= 0]
            yield begin + min(found, default=0), place


class Reader:
    """A model that is asked nothing but what it would say next."""

    def __init__(self, folder: str) -> None:
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self._model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()

    @torch.inference_mode()
    def read(self, trajectory: Trajectory, tally: Tally) -> str:
        """Add a conversation to the tally; what stands around the first wrong token, or nothing."""
        messages = [{"role": message.role, "content": message.content} for message in trajectory.messages]
        text = self._tokenizer.apply_chat_template(messages, tokenize=False)
        encoded = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        spans = list(acted_upon(text, trajectory))
        places = [
            place
            for place, (begin, end) in enumerate(encoded["offset_mapping"])
            if any(first <= begin < end <= last for first, last in spans)
        ]
        ids_T = torch.tensor(encoded["input_ids"])
        logprobs_TV = self._model(ids_T[None]).logits[0].float().log_softmax(-1)
        wrong = [place for place in places if int(logprobs_TV[place - 1].argmax()) != int(ids_T[place])]
        tally.conversations += 1
        tally.whole += not wrong
        tally.tokens += len(places)
        tally.right += len(places) - len(wrong)
        tally.loss -= sum(float(logprobs_TV[place - 1, ids_T[place]]) for place in places)
        return self._around(ids_T, wrong[0], int(logprobs_TV[wrong[0] - 1].argmax())) if wrong else ""

    def _around(self, ids_T: torch.Tensor, place: int, said: int) -> str:
        before, right, instead = (
            self._tokenizer.decode(ids) for ids in (ids_T[place - 12 : place], ids_T[place : place + 3], [said])
        )
        return f"{before!r} → {right!r}, not {instead!r}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.demo_recipe", description="Read reference conversations with models."
    )
    parser.add_argument("store", help="a run or an evaluation that the reference player played")
    parser.add_argument("models", nargs="+", metavar="MODEL", help="a Hugging Face folder")
    parser.add_argument("--misses", action="store_true", help="print the first wrong token of each conversation")
    parsed = parser.parse_args(arguments)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    print(HEADER)
    for folder in parsed.models:
        reader, tallies = Reader(folder), defaultdict[tuple[str, str], Tally](Tally)
        for trajectory in Store.open(parsed.store).trajectories():
            miss = reader.read(trajectory, tallies[trajectory.split, trajectory.environment])
            if miss and parsed.misses:
                print(f"{trajectory.family}: {miss}", file=sys.stderr)
        for (split, environment), of in sorted(tallies.items()):
            whole, right = of.whole / of.conversations, of.right / of.tokens
            print(
                f"| {folder} | {split} | {environment} | {of.conversations} | {whole:.3f} | {right:.4f} |"
                f" {of.loss / of.tokens:.4f} |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
