"""What must never be written, in the forms in which it comes back."""

from __future__ import annotations

import base64
import io
import logging
from urllib.parse import quote

import pytest

from actors.program.hidden import HIDDEN, HidingFormatter, Secrets, hide_in_logs, without_passwords

KEY = "AIza+Sy/D-practice_0123456789.abcdef"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"bad key {KEY}!", f"bad key {HIDDEN}!"),
        (f'{{"token":"{KEY}","n":1}}', f'{{"token":"{HIDDEN}","n":1}}'),
        (f"https://host/v1?key={quote(KEY, safe='')}&x=1", f"https://host/v1?key={HIDDEN}&x=1"),
        (f"Basic {base64.b64encode(KEY.encode()).decode().rstrip('=')}", f"Basic {HIDDEN}"),
        (f"{KEY[:20]} was cut", f"{HIDDEN} was cut"),
        (f"{KEY[:16]}********", HIDDEN),
        (f"{KEY}{KEY}", f"{HIDDEN}{HIDDEN}"),
        ("nothing to hide: AIza", "nothing to hide: AIza"),
        (f"the beginning of a word: {KEY[:14]}", f"the beginning of a word: {KEY[:14]}"),
    ],
)
def test_a_key_is_hidden_in_every_form(text: str, shown: str) -> None:
    assert Secrets(["another-key-that-is-long", KEY]).hide(text) == shown


def test_a_word_that_is_no_secret_stays_in_ordinary_text() -> None:
    assert Secrets(["", "EMPTY", "none"]).hide("an EMPTY list, none of them") == "an EMPTY list, none of them"


ORDINARY = [
    "anything",
    "password123",
    "2024-10-21",
    "not-needed",
    "sk-no-key-required",
    "shop/2024/catalogue/of-a-long-name",
]


@pytest.mark.parametrize(
    "text",
    [
        "Thought: anything goes.\n\nAct: bash\n\n```bash\necho password1234 > anything.txt\n```",
        "SELECT * FROM orders WHERE day = '2024-10-21'",
        "sk-no-key-required is not-needed; shop/2024/catalogue and AIza+Sy/D-practice_0",
    ],
)
def test_a_reply_keeps_every_ordinary_word_though_it_is_a_made_up_key(text: str) -> None:
    assert Secrets([*ORDINARY, KEY]).hide_in_reply(text) == text


def test_a_whole_key_is_hidden_in_a_reply_in_every_form() -> None:
    forms = (KEY, quote(KEY, safe=""), base64.b64encode(KEY.encode()).decode().rstrip("="))
    assert [Secrets([*ORDINARY, KEY]).hide_in_reply(f"echo {form}x") for form in forms] == [f"echo {HIDDEN}x"] * 3


def test_an_error_keeps_what_only_begins_like_a_short_secret() -> None:
    assert (
        Secrets(["password123"]).hide("password1 is wrong, password123 is not")
        == f"password1 is wrong, {HIDDEN} is not"
    )


def test_a_log_is_written_without_it_tracebacks_included() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    try:
        hide_in_logs(Secrets([KEY]).hide)
        try:
            raise ValueError(f"no header takes {KEY}")
        except ValueError:
            logging.getLogger("a").exception("call with %s failed", KEY)
    finally:
        logging.getLogger().removeHandler(handler)
        for other in logging.getLogger().handlers:
            if isinstance(other.formatter, HidingFormatter):
                other.setFormatter(other.formatter.inner)
    assert "ValueError: no header takes …" in stream.getvalue()
    assert KEY not in stream.getvalue()


def test_addresses_lose_user_and_password_wherever_they_stand() -> None:
    config = {
        "llm": {"base_url": "http://me:p@ss@host:1/v1?a=b@c"},
        "urls": ("mysql://adm:pw@db/x", "https://host/a@b", 3),
    }
    shown = {"llm": {"base_url": "http://…@host:1/v1?a=b@c"}, "urls": ["mysql://…@db/x", "https://host/a@b", 3]}
    assert without_passwords(config) == shown
