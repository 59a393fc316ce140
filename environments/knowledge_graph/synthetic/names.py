"""Names that nobody has: syllables, put into a kind's forms."""

from __future__ import annotations

from collections.abc import Container, Sequence
from random import Random

_ONSETS = (
    "b",
    "br",
    "d",
    "dr",
    "f",
    "g",
    "gr",
    "h",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
    "th",
)
_VOWELS = ("a", "e", "i", "o", "u", "ae", "ei", "ou")
_CODAS = ("", "", "l", "m", "n", "r", "s", "th", "nd", "rk", "sk", "lt")
LIMIT_TRIES = 1000


def word(rng: Random) -> str:
    """One made-up word of two or three syllables, capitalised."""
    count = 2 if rng.random() < 0.8 else 3
    text = "".join(rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(count)) + rng.choice(_CODAS)
    return text.capitalize()


def invent(rng: Random, forms: Sequence[str], taken: Container[str]) -> str:
    """A name in one of the forms that is not taken. Every `{}` is another word."""
    for _ in range(LIMIT_TRIES):
        form = rng.choice(forms)
        name = form.format(*(word(rng) for _ in range(form.count("{}"))))
        name = name[0].upper() + name[1:]
        if name not in taken:
            return name
    raise RuntimeError(f"no free name in {forms}")
