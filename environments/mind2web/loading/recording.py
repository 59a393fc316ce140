"""One recorded task of Mind2Web's official format, read with a complaint that names the field.

annotation_id, website, domain, confirmed_task, action_reprs: ["[button]  Search -> CLICK", …], actions:
[{action_uid, cleaned_html, operation: {op, value}, pos_candidates: [{backend_node_id, rank?}], neg_candidates}]
"""

from __future__ import annotations

from typing import NamedTuple

from environments.mind2web.dom.page import BadPage, Element, elements, read_page
from environments.rows import Row


class Action(NamedTuple):
    """A recorded action. `positives` and `negatives` are ids of elements that its page has, without repetitions;
    `ranks` those that the file itself has, if it does. `absent` counts right elements that the page has lost.
    """

    uid: str
    told: str
    page: Element
    operation: str
    value: str
    positives: list[str]
    negatives: list[str]
    ranks: dict[str, int]
    absent: int


class Recording(NamedTuple):
    """A task and what was done for it; `kind` is the subject of its site."""

    annotation: str
    kind: str
    website: str
    task: str
    actions: list[Action]


def read_recording(row: Row) -> Recording:
    """The recording in a row. Raises `BadRow`."""
    told = row.texts("action_reprs")
    actions = list(row.rows("actions"))
    if not actions or len(told) < len(actions):
        raise row.wrong(
            "action_reprs", f"a text for each of the {len(actions)} actions, of which there is at least one"
        )
    return Recording(
        annotation=row.get("annotation_id", str),
        kind=row.get("domain", str, ""),
        website=row.get("website", str, ""),
        task=row.get("confirmed_task", str),
        actions=[_action(action, told[number]) for number, action in enumerate(actions)],
    )


def _action(row: Row, told: str) -> Action:
    operation = row.inner("operation", row.get("operation", dict))
    try:
        page = read_page(row.get("cleaned_html", str))
    except BadPage as error:
        raise row.wrong("cleaned_html", f"a page ({error})") from None
    known = elements(page)
    positives, negatives = (list(row.rows(name)) for name in ("pos_candidates", "neg_candidates"))
    right = _ids(positives)
    wrong = [id for id in _ids(negatives) if id not in right]
    return Action(
        uid=row.get("action_uid", str),
        told=told,
        page=page,
        operation=operation.get("op", str),
        value=operation.get("value", str, ""),
        positives=[id for id in right if id in known],
        negatives=[id for id in wrong if id in known],
        ranks=_ranks(row, [*positives, *negatives]),
        absent=sum(id not in known for id in right),
    )


def _ids(candidates: list[Row]) -> list[str]:
    ids = [candidate.get("backend_node_id", str) for candidate in candidates]
    return [id for id in dict.fromkeys(ids) if id]


def _ranks(row: Row, candidates: list[Row]) -> dict[str, int]:
    """The ranks that the candidates have; they all have one, or none has."""
    ranked = [candidate for candidate in candidates if candidate.values.get("rank") is not None]
    if ranked and len(ranked) < len(candidates):
        raise row.wrong("neg_candidates", "a 'rank' in every candidate or in none")
    return {candidate.get("backend_node_id", str): candidate.get("rank", int) for candidate in ranked}
