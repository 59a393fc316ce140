"""Plays what was recorded, each reply with a thought before it: a pure function of the task and the last question."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from environments.contract import Task, TaskFault
from environments.message import Message
from environments.mind2web.course import Course
from environments.mind2web.dom.deed import name_of, role_of
from environments.mind2web.dom.page import elements
from environments.mind2web.dom.question import NONE
from environments.mind2web.grammar import CLICK, SELECT, TYPE, Answer, action, gold_action, render
from environments.mind2web.payload import Payload, read_payload

THOUGHTS = {
    CLICK: (
        "Of what is shown, {element} is what brings the task forward. I click on it.",
        "The next thing to do is to click on {element}.",
        "From here I get on by {element}, so I click on it.",
    ),
    SELECT: (
        "The task asks for {value}, and {element} is where it is chosen.",
        "I choose {value} in {element}, as the task says.",
        "What I need is {value}, and I find it in {element}.",
    ),
    TYPE: (
        "I have to fill in {value}, and {element} is the place for it.",
        "The task names {value}; it goes into {element}.",
        "Next I type {value} into {element}.",
    ),
    "": (
        "None of these brings the task forward, so the right element is not among them.",
        "What I need next is not on this part of the page.",
        "I see no element here that fits the next step.",
    ),
}


def reply(task: Task, messages: Sequence[Message]) -> str:
    """The reply to the last message. Raises `TaskFault` for a task without a reference."""
    if task.reference is None:
        raise TaskFault(f"task '{task.id}' has no reference solution")
    course = _at(read_payload(task), messages[-1].content)
    letter, done = _right(course)
    operation, _, value = done.partition(" ")
    wordings = THOUGHTS[operation]
    wording = wordings[zlib.crc32(f"{task.id}/{letter}/{done}".encode()) % len(wordings)]
    return render(wording.format(element=_named(course, letter), value=value), letter, operation, value)


def _at(payload: Payload, asked: str) -> Course:
    """Where a play that is always right is when it is asked this: an agent is shown no question but the last."""
    course, passed = Course.begin(payload), []
    while not course.over:
        passed.append(course)
        course = course.answered(_right(course))
    fitting = [each for each in passed if each.question.page in asked] or passed
    told = [each for each in fitting if not each.done or each.done[-1] in asked]
    return (told or fitting)[-1]


def _right(course: Course) -> Answer:
    """The first of the choices that is right, and what was done with it."""
    letters = {course.question.letter(id) for id in course.step.positives} - {NONE}
    if not letters:
        return Answer(NONE, action("", ""))
    return Answer(min(letters), gold_action(course.step.operation, course.step.value))


def _named(course: Course, letter: str) -> str:
    """An element as a person calls it."""
    id = course.question.chosen(letter)
    if id is None:
        return ""
    element = elements(course.page)[id]
    return f"the {role_of(element)} '{name_of(element)}'" if name_of(element) else f"this {role_of(element)}"
