"""What the agent reads: three worked examples (`loss=False`), and questions from a template.

A template is a text with {page}, {task}, {previous_actions} and {choices}. What is put in for these is the task's and
the page's own, and never read as a template. A line break at the template's end is the file's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec

from environments.contract import Task, UserError
from environments.message import Message
from environments.mind2web import grammar
from environments.mind2web.course import Course
from environments.mind2web.dom.question import Question
from environments.mind2web.payload import read_payload
from environments.mind2web.settings import Settings
from environments.own_opening import read_own_opening

PROMPTS = Path(__file__).parent / "prompts"
TEMPLATES = {"text": "question.md", "tools": "tools.md"}
DEMONSTRATIONS = "demonstrations.json"
PLACES = ("page", "task", "previous_actions", "choices")
_PLACE = re.compile("{(" + "|".join(PLACES) + ")}")


class Demonstration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One worked example: a question that was asked, and the right reply. `choices` are without letters."""

    page: str
    task: str
    previous_actions: list[str]
    choices: list[str]
    thought: str
    letter: str
    operation: str = ""
    value: str = ""


def opening(task: Task, settings: Settings) -> list[Message]:
    """The examples, and the first question of a task. Raises `TaskFault`, `UserError`."""
    return [*before_the_question(settings), asked(Course.begin(read_payload(task)), settings)]


def before_the_question(settings: Settings) -> list[Message]:
    """What stands before every question. Raises `UserError`."""
    own = read_own_opening(Path(settings.prompts)) if settings.prompts else None
    if own is not None and settings.dialect == "text":
        return own
    if not settings.demonstration or settings.dialect == "tools":
        return []
    template = _template(settings)
    return [message for shown in _demonstrations(settings.prompts) for message in _told(shown, template)]


def asked(course: Course, settings: Settings) -> Message:
    """The question that the course has come to. Raises `UserError`."""
    told = course.done[-settings.previous_actions :] if settings.previous_actions else ()
    return Message("user", _filled(_template(settings), course.question, course.payload.task, told))


def _told(shown: Demonstration, template: str) -> list[Message]:
    question = Question.of_texts(shown.page, shown.choices)
    reply = grammar.render(shown.thought, shown.letter, shown.operation, shown.value)
    asked = _filled(template, question, shown.task, shown.previous_actions)
    return [Message("user", asked), Message("assistant", reply, loss=False)]


def _filled(template: str, question: Question, task: str, done: Sequence[str]) -> str:
    texts = {
        "page": question.page,
        "task": task,
        "previous_actions": "\n".join(done) or "None",
        "choices": "\n".join(question.lines()),
    }
    return _PLACE.sub(lambda found: texts[found[1]], template)


def _template(settings: Settings) -> str:
    return _read_template(Path(settings.prompts or PROMPTS) / TEMPLATES[settings.dialect])


@cache
def _read_template(path: Path) -> str:
    template = _read(path).removesuffix("\n")
    missing = [place for place in PLACES if f"{{{place}}}" not in template]
    if missing:
        raise UserError(f"{path}: the template lacks {{{missing[0]}}}; it needs {', '.join(PLACES)}, each in braces")
    return template


@cache
def _demonstrations(folder: str | None) -> list[Demonstration]:
    path = Path(folder or PROMPTS) / DEMONSTRATIONS
    try:
        return msgspec.json.decode(_read(path), type=list[Demonstration])
    except msgspec.DecodeError as error:
        raise UserError(f"{path}: no demonstrations ({error}); take this project's file as an example") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"mind2web.prompts: cannot read '{path}' ({error}); the folder needs this file") from None
