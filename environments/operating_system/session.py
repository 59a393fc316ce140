"""One episode in one sandbox: replies in, observations out, the reward at the end (SPEC 2.5)."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from environments.contract import EnvironmentFault, Feedback, Session, Status, TaskFault
from environments.operating_system import grammar
from environments.operating_system.custodian import Custodian, Unjudgeable
from environments.operating_system.judge import ScriptResult, Verdict, judge
from environments.operating_system.originals import Originals
from environments.operating_system.payload import Payload, Script
from environments.operating_system.sandbox import Sandbox
from environments.operating_system.settings import Settings
from environments.operating_system.shell import CommandResult, ProgramResult, SandboxLost
from environments.operating_system.terminal import plain_text

SHOWN_REPAIRS = 20


class OperatingSystemSession(Session):
    """An episode: `open` prepares the machine, `step` carries out replies until one is final."""

    def __init__(self, payload: Payload, sandbox: Sandbox, settings: Settings, originals: Originals) -> None:
        self.opening = grammar.opening(payload, Path(settings.prompts) if settings.prompts else None)
        self._payload = payload
        self._sandbox = sandbox
        self._settings = settings
        self._custodian = Custodian(sandbox, originals)
        self._rounds = 0
        self._details: dict[str, Any] = {}
        self._ended = False

    async def open(self) -> None:
        """Run the task's init scripts, then `start` in the shell. Their exit codes are kept, not judged: AgentBench ignores
        them, and many of its rows exit non-zero harmlessly. Raises `TaskFault` when one can't be run or does not end."""
        limit, codes = self._settings.init_timeout_s, []
        for number, script in enumerate(self._payload.init):
            result = await self._run(script, (), limit)
            if result.timed_out or result.exit_code is None:
                raise TaskFault(f"init script {number} {f'did not end within {limit:g} s' if result.timed_out else result.error}")
            codes.append(result.exit_code)
            if result.exit_code:
                self._details.setdefault("init_errors", []).append(plain_text(result.stderr)[-200:])
        if self._payload.start:
            started = await self._sandbox.supervisor.command(self._payload.start, limit, self._settings.max_output_bytes)
            if started.timed_out or started.error:
                raise TaskFault(f"the start command {started.error or f'did not return within {limit:g} s'}")
        if any(codes):
            self._details["init_exit_codes"] = codes
        if self._payload.checks:
            await self._custodian.open()
        if self._payload.image != "default":
            self._details["image_asked_for"] = self._payload.image

    async def step(self, reply: str) -> Feedback:
        return await self._unless_lost(self._act(grammar.parse(reply)))

    async def end(self, status: Status) -> Feedback:
        """Judged without an answer, as after a reply without a usable action (in AgentBench OLD a failing model says "" from then on)."""
        return await self._unless_lost(self._final(status, None))

    async def _unless_lost(self, doing: Coroutine[None, None, Feedback]) -> Feedback:
        """The feedback, or where the sandbox is lost by the agent's own doing, the ending that this is."""
        if self._ended:
            doing.close()
            raise EnvironmentFault("this episode has ended; its session takes no more replies")
        try:
            feedback = await doing
        except SandboxLost as lost:
            reason = await self._sandbox.blame()
            if not reason:
                raise
            details = {**self._details, "ended_by": "sandbox limit", "limit": reason, "lost": str(lost)}
            feedback = Feedback(status=Status.TASK_LIMIT, reward=0.0, details=details)
        self._ended = feedback.final
        return feedback

    async def _act(self, action: grammar.Action) -> Feedback:
        if action.kind == "answer":
            return await self._final(Status.COMPLETED, action.text)
        if action.kind == "finish":
            return await self._final(Status.COMPLETED, None)
        if action.kind == "unusable":
            return await self._final(Status.INVALID_ACTION, None)
        self._rounds += 1
        settings = self._settings
        result = await self._sandbox.supervisor.command(action.text, settings.command_timeout_s, settings.max_output_bytes)
        observation = grammar.observation(described(result, settings.command_timeout_s))
        if self._rounds >= grammar.MAX_ROUNDS:
            return await self._final(Status.TASK_LIMIT, None, observation)
        return Feedback(observation, details=outcome(result))

    async def _final(self, status: Status, answer: str | None, observation: str = "") -> Feedback:
        try:
            verdict = await judge(self._payload, answer, self._check)
        except Unjudgeable as why:
            verdict = Verdict(0.0, {"judge": "check", "unjudgeable": str(why)})
        if self._custodian.repaired:
            self._details["repaired"] = self._custodian.repaired[:SHOWN_REPAIRS]
        return Feedback(observation, status, verdict.reward, {**self._details, **verdict.details, "rounds": self._rounds})

    async def _check(self, script: Script, params: Sequence[str]) -> ScriptResult:
        """Run it on the machine as the agent left it, with the image's own programs and nothing else running."""
        settings = self._settings
        await self._custodian.hold()
        result = await self._sandbox.supervisor.run(
            script.language, script.code, params, settings.check_timeout_s, settings.max_output_bytes, judging=True
        )
        await self._custodian.released()
        return ScriptResult(result.exit_code, result.stdout.decode("utf-8", "replace"), result.timed_out)

    async def _run(self, script: Script, params: Sequence[str], timeout_s: float) -> ProgramResult:
        return await self._sandbox.supervisor.run(script.language, script.code, params, timeout_s, self._settings.max_output_bytes)

    async def close(self) -> None:
        """Nothing of its own: the sandbox goes with the lease."""
        self._ended = True


def described(result: CommandResult, timeout_s: float) -> str:
    """The output as text. What a person at the terminal would have seen happen is said first, where no cut can take it away."""
    notices = []
    if result.error:
        notices.append(f"The machine could not run the command: {result.error}")
    if result.shell_restarted:
        notices.append("[a new login shell was opened]")
    if result.timed_out:
        notices.append(f"[the command was stopped: it did not end within {timeout_s:g} seconds]")
    if result.shell_ended:
        notices.append("[the shell has ended; the next command gets a new one]")
    return "\n".join([*notices, plain_text(result.output)])


def outcome(result: CommandResult) -> dict[str, Any]:
    """For the record: the exit code, and whatever was out of the ordinary."""
    unusual = ("timed_out", "truncated", "shell_ended", "shell_restarted", "error")
    return {"exit_code": result.exit_code, **{name: getattr(result, name) for name in unusual if getattr(result, name)}}
