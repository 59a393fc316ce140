"""Chat templates that behave as the published ones of their models do, in our own words, with a tokenizer that has
their tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tests.train import tokenizers_of_families as families

_TURN = "{%- for m in messages -%}{{- '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' -}}{%- endfor -%}"
_ASK = "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\n' -}}{%- endif -%}"

# The last reply has a thought, if need be an empty one; those before the last question have none.
QWEN3 = """
{%- set ns = namespace(asked=-1) -%}
{%- for m in messages -%}{%- if m.role == 'user' -%}{%- set ns.asked = loop.index0 -%}{%- endif -%}{%- endfor -%}
{%- for m in messages -%}
{%- set said = m.content.split('</think>')[-1].lstrip('\n') if m.role == 'assistant' else m.content -%}
{%- set thought = m.content.split('</think>')[0].split('<think>')[-1].strip('\n') if '</think>' in m.content else '' -%}
{{- '<|im_start|>' + m.role + '\n' -}}
{%- if m.role == 'assistant' and loop.index0 > ns.asked and (loop.last or thought) -%}
{{- '<think>\n' + thought + '\n</think>\n\n' -}}
{%- endif -%}
{{- said + '<|im_end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\n' -}}
{%- if enable_thinking is defined and enable_thinking is false -%}{{- '<think>\n\n</think>\n\n' -}}{%- endif -%}
{%- endif -%}
"""
# The prompt opens the thought.
THINKING = QWEN3.replace(
    "{{- '<|im_start|>assistant\n' -}}\n{%- if enable",
    "{{- '<|im_start|>assistant\n<think>\n' -}}\n{%- if false and enable",
)
# Thoughts are cut from every reply, the last among them, and the prompt opens one.
R1 = """
{{- bos_token -}}
{%- if messages[0].role == 'system' -%}{{- messages[0].content -}}{%- endif -%}
{%- for m in messages -%}
{%- if m.role == 'user' -%}{{- '<｜User｜>' + m.content -}}{%- endif -%}
{%- if m.role == 'assistant' -%}{{- '<｜Assistant｜>' + m.content.split('</think>')[-1] + '<｜end▁of▁sentence｜>' -}}{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<｜Assistant｜><think>\n' -}}{%- endif -%}
"""  # noqa: E501
DEEPSEEK = R1.replace("<｜Assistant｜><think>\n", "<｜Assistant｜>")
# A closing behind the whole where no reply is asked for.
PHI3 = """
{%- for m in messages -%}{{- '<|' + m.role + '|>\n' + m.content + '<|end|>\n' -}}{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|assistant|>\n' -}}{%- else -%}{{- eos_token -}}{%- endif -%}
"""
PHI4_MINI = (
    PHI3.replace("|>\n' + m", "|>' + m").replace("<|end|>\n", "<|end|>").replace("<|assistant|>\n", "<|assistant|>")
)
# The system message goes into the last message, if that is the user's.
MISTRAL3 = """
{%- set system = messages[0].content if messages[0].role == 'system' else '' -%}
{{- bos_token -}}
{%- for m in (messages[1:] if system else messages) -%}
{%- if (m.role == 'user') != (loop.index0 % 2 == 0) -%}{{- raise_exception('roles must alternate') -}}{%- endif -%}
{%- if m.role == 'user' -%}{{- '[INST] ' + (system + '\n\n' if loop.last and system else '') + m.content + '[/INST]' -}}
{%- else -%}{{- ' ' + m.content | trim + eos_token -}}{%- endif -%}
{%- endfor -%}
"""
# No system message, the assistant is the model, contents are stripped.
GEMMA2 = """
{{- bos_token -}}
{%- if messages[0].role == 'system' -%}{{- raise_exception('System role not supported') -}}{%- endif -%}
{%- for m in messages -%}
{{- '<start_of_turn>' + ('model' if m.role == 'assistant' else m.role) + '\n' + m.content | trim + '<end_of_turn>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<start_of_turn>model\n' -}}{%- endif -%}
"""
# A system message of its own where there is none.
QWEN2 = """
{%- if messages[0].role != 'system' -%}{{- '<|im_start|>system\nYou are Q, made by A. You are helpful.<|im_end|>\n' -}}{%- endif -%}
""" + (_TURN + _ASK)  # noqa: E501
# The day is written into a system turn that is always there.
LLAMA31 = """
{{- bos_token -}}
{%- set system = messages[0].content | trim if messages[0].role == 'system' else '' -%}
{{- '<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: ' -}}
{{- (strftime_now('%d %b %Y') if strftime_now is defined else '26 Jul 2024') + '\n\n' + system + '<|eot_id|>' -}}
{%- for m in (messages[1:] if messages[0].role == 'system' else messages) -%}
{{- '<|start_header_id|>' + m.role + '<|end_header_id|>\n\n' + m.content | trim + '<|eot_id|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' -}}{%- endif -%}
"""
# A generation prompt behind everything, asked for or not (Llama 3's first release).
ALWAYS_ASKS = """
{{- bos_token -}}
{%- for m in messages -%}
{{- '<|start_header_id|>' + m.role + '<|end_header_id|>\n\n' + m.content | trim + '<|eot_id|>' -}}
{%- endfor -%}
{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' -}}
"""
# Roles as text: the model itself says the newline behind them.
ZEPHYR = """
{%- for m in messages -%}{{- '<|' + m.role + '|>\n' + m.content + eos_token + '\n' -}}{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}
"""
# The next speaker's tag ends a reply.
GLM4 = """
{{- '[gMASK]<sop>' -}}
{%- for m in messages -%}{{- '<|' + m.role + '|>\n' + m.content -}}{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|assistant|>\n' -}}{%- endif -%}
"""

_CHATML = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
_THOUGHTS = ("<think>", "</think>")
_LLAMA3 = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
_DEEPSEEK = ["<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>"]
_PHI = ["<|endoftext|>", "<|user|>", "<|assistant|>", "<|system|>", "<|end|>"]


class Published(NamedTuple):
    """A template with the tokens of its models; without any it is Mistral's or Phi-3's, which have a SentencePiece."""

    template: str
    stop: str
    special: Sequence[str] = ()
    tokens: Mapping[str, str] = MappingProxyType({})

    def write(self, folder: Path) -> str:
        if self.special:
            return str(families.byte_level(folder, self.template, list(self.special), _THOUGHTS, **self.tokens))
        return str(
            families.phi3(folder, self.template)
            if "<|end|>" in self.template
            else families.llama2(folder, self.template, "first")
        )


_BEGIN = {"bos_token": "<｜begin▁of▁sentence｜>", "eos_token": "<｜end▁of▁sentence｜>"}
PUBLISHED = {
    "qwen3": Published(QWEN3, "<|im_end|>", _CHATML, {"eos_token": "<|im_end|>"}),
    "qwen3-thinking": Published(THINKING, "<|im_end|>", _CHATML, {"eos_token": "<|im_end|>"}),
    "qwen2.5": Published(QWEN2, "<|im_end|>", _CHATML, {"eos_token": "<|im_end|>"}),
    "phi-3": Published(PHI3, "<|end|>"),
    "phi-4-mini": Published(PHI4_MINI, "<|end|>", _PHI, {"eos_token": "<|endoftext|>"}),
    "mistral-v0.3": Published(MISTRAL3, "</s>"),
    "gemma-2": Published(
        GEMMA2, "<end_of_turn>", ["<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"], {"bos_token": "<bos>"}
    ),
    "llama-3.1": Published(
        LLAMA31, "<|eot_id|>", _LLAMA3, {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}
    ),
    "always asks": Published(
        ALWAYS_ASKS, "<|eot_id|>", _LLAMA3, {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}
    ),
    "zephyr": Published(ZEPHYR, "</s>", ["<s>", "</s>"], {"bos_token": "<s>", "eos_token": "</s>"}),
    "deepseek-v3": Published(DEEPSEEK, "<｜end▁of▁sentence｜>", _DEEPSEEK, _BEGIN),
    "deepseek-r1": Published(R1, "<｜end▁of▁sentence｜>", _DEEPSEEK, _BEGIN),
    "glm-4": Published(
        GLM4,
        "",
        ["<|endoftext|>", "[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>"],
        {"eos_token": "<|endoftext|>"},
    ),
}
