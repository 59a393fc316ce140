"""Which renderer a model gets: named, or recognised by the tokenizer and checked against its own chat template.

A model is served with its tokenizer's template. A renderer that differs from it would train the model on prompts that
it never sees again, so that such a pair is refused, or, where the renderer was not named, the template itself is
rendered (`any_template`).
"""

from __future__ import annotations

from collections.abc import Sequence

from actors.program.terminal import one_line
from actors.program.user_error import UserError
from actors.records.trajectory import Message
from train.renderers import chatml, llama2, llama3
from train.renderers.any_template import AnyTemplate
from train.renderers.chatml import ChatML
from train.renderers.conversation import Conversation
from train.renderers.llama2 import Llama2
from train.renderers.llama3 import Llama3
from train.renderers.renderer import Renderer
from train.renderers.text_encoder import Section, TextEncoder
from train.settings import TrainSettings

_FAMILIES: dict[str, tuple[type[Renderer], tuple[str, ...]]] = {
    "llama-3": (Llama3, llama3.TOKENS),
    "chatml": (ChatML, chatml.TOKENS),
    "llama-2": (Llama2, llama2.TOKENS),
}


def _talk(*contents: str) -> tuple[Message, ...]:
    return tuple(Message("assistant" if i % 2 else "user", content) for i, content in enumerate(contents))


# Conversations that tell one template from another; replies begin with no space, where renderers differ from templates
# on purpose.
_BATTERY = (
    _talk("Hi", "Hello."),
    _talk("Hi", "Hello.", "How many?", "3"),
    (Message("system", "Be brief."), *_talk("Hi", "Hello.", "Why?", "So.")),
    _talk("  two spaces\n\n", "a reply\n", "\tß 漢字 😀\r\n", "1234567890 \u200d é  "),
    _talk("```sql\nSELECT 1;\n```", "Act: bash\n\n```bash\nls -la\n```", "", "x", "a  b", ""),
    _talk("one", "<think>\nno\n</think>\n\nyes", "two", "three"),
    _talk("one", "<think>\nwell\n</think>\n\ntwo"),
)


def create(name: str, model_dir: str, system_prompt: str | None, chat_template: str | None = None) -> Renderer:
    """The renderer `name` ('auto', 'llama-2', 'llama-3', 'chatml' or 'template') for a Hugging Face directory;
    `chat_template` takes the place of its own.

    Raises `UserError` where the directory has no tokenizer, the tokenizer lacks the family's tokens, or its template
    differs.
    """
    encoder = TextEncoder(model_dir, chat_template)
    if name == "auto":
        return _recognised(encoder, system_prompt)
    if name == "template":
        return _checked_template(encoder, system_prompt)
    if name not in _FAMILIES:
        raise UserError(f"no renderer '{name}': there are auto, template, {', '.join(_FAMILIES)}")
    family, tokens = _FAMILIES[name]
    missing = [token for token in tokens if token not in encoder.specials]
    if missing:
        raise UserError(
            f"the tokenizer in '{model_dir}' has no {missing[0]}, which '{name}' needs: set data.renderer=auto"
        )
    renderer = family(encoder, system_prompt)
    difference = _difference(renderer)
    if difference:
        advice = "set data.renderer=auto, or give a template of this form as data.chat_template"
        raise UserError(f"'{name}' is not how the chat template of '{model_dir}' writes ({difference}): {advice}")
    return renderer


def of_settings(settings: TrainSettings) -> Renderer:
    """The renderer of a training run."""
    data = settings.data
    return create(data.renderer, settings.model, data.system_prompt, data.chat_template)


def _recognised(encoder: TextEncoder, system_prompt: str | None) -> Renderer:
    if encoder.chat_template is None:
        raise UserError(
            f"'{encoder.model_dir}' has no chat template to recognise: set data.renderer to llama-2, llama-3 or chatml"
        )
    for family, tokens in _FAMILIES.values():
        if all(token in encoder.specials for token in tokens):
            renderer = family(encoder, system_prompt)
            if not _difference(renderer):
                return renderer
    return _checked_template(encoder, system_prompt)


def _checked_template(encoder: TextEncoder, system_prompt: str | None) -> Renderer:
    renderer = AnyTemplate(encoder, system_prompt)
    difference = _difference(renderer)
    if difference:
        advice = "give another as data.chat_template"
        raise UserError(f"the chat template of '{encoder.model_dir}' cannot be trained on: {difference}; {advice}")
    return renderer


def _difference(renderer: Renderer) -> str:
    """Where a renderer's ids are not the template's, as one line; empty if nowhere.

    Of any template, a conversation that it refuses or that it cannot be trained on says nothing of others: such are
    left out when they come, and only where all of these are is it said here. A known family must write everything as
    the template does.
    """
    encoder = renderer.encoder
    leaked = _special_in_text(encoder)
    if leaked:
        return f"the text '{leaked}' becomes a special token"
    if encoder.chat_template is None:
        return ""
    refused: list[str] = []
    for messages in _BATTERY:
        try:
            difference = _difference_in(renderer, messages)
        except UserError as error:
            if not isinstance(renderer, AnyTemplate):
                return str(error)
            refused.append(str(error))
            continue
        if difference:
            return difference
    return refused[0] if len(refused) == len(_BATTERY) else ""


def _difference_in(renderer: Renderer, messages: Sequence[Message]) -> str:
    """The same of one conversation. Raises `UserError` where the template or the renderer refuses it."""
    encoder = renderer.encoder
    text = renderer.text(_with_prompt(renderer, messages))
    found, expected = (
        renderer.render(Conversation("check", "", tuple(messages), {})).token_ids,
        encoder.template_ids(text),
    )
    if found == expected or (isinstance(renderer, AnyTemplate) and _follows_prompt(renderer, messages, found, text)):
        return ""
    return _first_difference(encoder, found, expected)


def _follows_prompt(renderer: Renderer, messages: Sequence[Message], found: Sequence[int], text: str) -> bool:
    """Whether ids say the template's text and begin with the ids of its generation prompt: where that ends with a
    space, a reply's first word is another token behind it than in the whole text."""
    encoder = renderer.encoder
    first = next(i for i, message in enumerate(messages) if message.role == "assistant")
    prompt = encoder.template_ids(encoder.template_text(_with_prompt(renderer, messages[:first]), generation=True))
    return list(found[: len(prompt)]) == prompt and encoder.decode(found) == encoder.decode(encoder.template_ids(text))


def _with_prompt(renderer: Renderer, messages: Sequence[Message]) -> Sequence[Message]:
    if renderer.system_prompt is None or messages[0].role == "system":
        return messages
    return [Message("system", renderer.system_prompt), *messages]


def _first_difference(encoder: TextEncoder, found: Sequence[int], expected: Sequence[int]) -> str:
    at = next(
        (i for i, (one, other) in enumerate(zip(found, expected, strict=False)) if one != other),
        min(len(found), len(expected)),
    )
    ours, theirs = (one_line(encoder.decode(ids[at : at + 8]) or "", 40) for ids in (found, expected))
    return f"token {at}: the template has '{theirs}', the renderer '{ours}'"


def _special_in_text(encoder: TextEncoder) -> str:
    sections = {token: Section(f"a{token}", False, False) for token in encoder.specials}
    encoded = encoder.encode(sections.values())
    return next((token for token, section in sections.items() if encoder.specials[token] in encoded[section].ids), "")
