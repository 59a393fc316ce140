"""What a generated text consists of, as vLLM's own parsers read it: reasoning, the reply, tool calls.

Every family of models writes them in a form of its own, which `tool_parser` and `reasoning_parser` name as vLLM's
server does (`hermes`, `llama3_json`, `qwen3_coder`, `deepseek_r1`, …).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from actors.llms.llm import ProviderFault, Reply, offered, with_calls
from actors.program.error_line import error_line
from actors.program.user_error import UserError
from environments.message import Message, Tool, ToolCall, arguments_of


class Parsers(NamedTuple):
    """The parsers of one model, by vLLM's names; "" for none."""

    tool: str
    reasoning: str

    def check(self, tools: Sequence[Tool], template: str) -> None:
        """Raises `UserError` where tools are offered that the model would not be shown, or whose calls nobody would
        read.
        """
        if tools and not self.tool:
            raise UserError("this environment offers tools: say with tool_parser in which form the model calls them")
        if tools and "tools" not in template:
            raise UserError(
                "this environment offers tools, but the model's chat template shows none: give one with"
                " chat_template=FILE.jinja, or play the environment in text"
            )

    def find(self, tokenizer: Any) -> None:
        """Raises `UserError` for a name that vLLM does not know, or a parser that does not suit the model."""
        for name, key, parser in ((self.tool, "tool", _tool_parser), (self.reasoning, "reasoning", _reasoning_parser)):
            if not name:
                continue
            make = parser(name)
            try:
                make(tokenizer)
            except Exception as error:
                raise UserError(f"{key}_parser '{name}' does not suit this model: {error_line(error, 300)}") from error

    def read(self, reply: Reply, tokenizer: Any, tools: Sequence[Tool], number: int) -> Reply:
        """`reply` with its text taken apart. `number` tells the ids of its calls from those of other replies. Raises
        `ProviderFault` where a parser fails on it.
        """
        try:
            return self._read(reply, tokenizer, tools, number)
        except Exception as error:
            raise ProviderFault(f"vLLM's parser failed: {error_line(error, 300)}") from error

    def _read(self, reply: Reply, tokenizer: Any, tools: Sequence[Tool], number: int) -> Reply:
        text, reasoning = reply.text, ""
        calls: tuple[ToolCall, ...] = ()
        if self.reasoning:
            thought, rest = _reasoning_parser(self.reasoning)(tokenizer).extract_reasoning(text, _request(tools))
            reasoning, text = thought or "", rest or ""
        if self.tool and tools:
            found = _tool_parser(self.tool)(tokenizer, _request(tools).tools).extract_tool_calls(text, _request(tools))
            if found.tools_called:
                text = found.content or ""
                calls = tuple(
                    ToolCall(f"call-{number}-{n}", call.function.name or "", call.function.arguments or "")
                    for n, call in enumerate(found.tool_calls)
                )
        return msgspec.structs.replace(reply, text=text, reasoning=reasoning, tool_calls=calls)


NO_PARSERS = Parsers("", "")


def entry(message: Message) -> dict[str, Any]:
    """A message as chat templates read it: the arguments of calls as an object, as they write them out themselves."""
    return with_calls({"role": message.role, "content": message.content}, message, _arguments)


def _arguments(call: ToolCall) -> dict[str, Any]:
    found = arguments_of(call)
    return {"unreadable": call.arguments} if found is None else found


def _request(tools: Sequence[Tool]) -> Any:
    from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest

    return ChatCompletionRequest.model_validate({"messages": [], "tools": offered(tools) or None})


def _tool_parser(name: str) -> Callable[..., Any]:
    from vllm.tool_parsers import ToolParserManager

    return _known(name, "tool_parser", ToolParserManager.list_registered(), ToolParserManager.get_tool_parser)


def _reasoning_parser(name: str) -> Callable[..., Any]:
    from vllm.reasoning import ReasoningParserManager

    return _known(
        name, "reasoning_parser", ReasoningParserManager.list_registered(), ReasoningParserManager.get_reasoning_parser
    )


def _known(name: str, key: str, names: Sequence[str], get: Callable[[str], Any]) -> Callable[..., Any]:
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        raise UserError(f"vLLM knows no {key} '{name}': {hint}it knows {', '.join(sorted(names))}")
    found: Callable[..., Any] = get(name)
    return found
