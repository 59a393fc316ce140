"""One episode in one sandbox: replies in, observations out, the reward at the end (SPEC 2.5)."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any

from environments.contract import EnvironmentFault, Feedback, Said, Session, Status
from environments.operating_system import grammar
from environments.operating_system.judge import ScriptResult, Verdict, judge
from environments.operating_system.opening import opening_of
from environments.operating_system.payload import Payload, Script
from environments.operating_system.settings import Settings
from environments.operating_system.setup_failures import SetupFailure
from environments.operating_system.tool_calls import TOOLS, action
from environments.sandbox.custodian import Custodian, Unjudgeable
from environments.sandbox.originals import Originals
from environments.sandbox.sandbox import Sandbox
from environments.sandbox.shell import CommandResult, ProgramResult, SandboxLost
from environments.sandbox.terminal import plain_text

SHOWN_REPAIRS = 20
FULL_DISK_BYTES = 1 << 20
SHOWN_CHARACTERS = 200


class OperatingSystemSession(Session):
    """An episode: `open` prepares the machine, `step` carries out replies until one is final."""

    def __init__(self, payload: Payload, sandbox: Sandbox, settings: Settings, originals: Originals) -> None:
        self.opening = opening_of(payload, settings)
        self.tools = TOOLS if settings.dialect == "tools" else ()
        self._payload = payload
        self._sandbox = sandbox
        self._settings = settings
        self._custodian = Custodian(sandbox, originals)
        self._rounds = 0
        self._details: dict[str, Any] = {}
        self._ended = False

    async def open(self) -> None:
        """Open the shell, run the task's init scripts beside it, type `start` into it: AgentBench's order, so that the
        shell has not read what init writes. Raises `SetupFailure` when an init script fails or does not end in time."""
        try:
            await self._sandbox.supervisor.open()
            for number, script in enumerate(self._payload.init):
                failed(
                    f"init script {number}",
                    await self._run(script, (), self._settings.init_timeout_s),
                    self._settings.init_timeout_s,
                )
            if self._payload.start:
                await self._type(self._payload.start)
            if self._payload.checks:
                await self._custodian.open()
        except SandboxLost as lost:
            if reason := await self._sandbox.blame():
                raise SetupFailure("failed", f"the task's set-up ended its sandbox ({reason})") from lost
            raise
        if self._payload.image != "default":
            self._details["image_asked_for"] = self._payload.image

    async def step(self, said: Said) -> Feedback:
        return await self._unless_lost(self._act(action(said, bool(self.tools))))

    async def end(self, status: Status) -> Feedback:
        """Judged without an answer, as after a reply without a usable action (in AgentBench OLD a failing model says ""
        from then on).
        """
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

    async def _act(self, wanted: grammar.Action) -> Feedback:
        if wanted.kind == "answer":
            return await self._final(Status.COMPLETED, wanted.text)
        if wanted.kind == "finish":
            return await self._final(Status.COMPLETED, None)
        if wanted.kind == "unusable":
            return await self._final(Status.INVALID_ACTION, None)
        self._rounds += 1
        if wanted.kind == "mistake":
            return await self._unless_last(Feedback(wanted.text))
        result = await self._type(wanted.text)
        return await self._unless_last(Feedback(grammar.observation(described(result)), details=outcome(result)))

    async def _unless_last(self, feedback: Feedback) -> Feedback:
        """What a round shows, or the ending that the last of them is."""
        if self._rounds >= self._settings.rounds:
            return await self._final(Status.TASK_LIMIT, None, feedback.observation)
        return feedback

    async def _final(self, status: Status, answer: str | None, observation: str = "") -> Feedback:
        try:
            verdict = await judge(self._payload, answer, self._check)
        except Unjudgeable as why:
            self._has_its_disk()
            verdict = Verdict(0.0, {"judge": "check", "unjudgeable": str(why)})
        if self._custodian.repaired:
            self._details["repaired"] = self._custodian.repaired[:SHOWN_REPAIRS]
        return Feedback(
            observation, status, verdict.reward, {**self._details, **verdict.details, "rounds": self._rounds}
        )

    async def _check(self, script: Script, params: Sequence[str]) -> ScriptResult:
        """Run it on the machine as the agent left it, with the image's own programs and nothing else running."""
        settings = self._settings
        await self._custodian.hold()
        result = await self._sandbox.supervisor.run(
            script.language, script.code, params, settings.check_timeout_s, settings.max_output_bytes, judging=True
        )
        self._has_its_disk()
        await self._custodian.released()
        return ScriptResult(
            result.exit_code, result.stdout.decode("utf-8", "replace"), result.timed_out, result.stood_still_s
        )

    async def _type(self, text: str) -> CommandResult:
        settings, supervisor = self._settings, self._sandbox.supervisor
        result = await supervisor.command(
            text, settings.command_timeout_s, settings.max_output_bytes, settings.command_silence_s
        )
        self._has_its_disk()
        return result

    async def _run(self, script: Script, params: Sequence[str], timeout_s: float) -> ProgramResult:
        supervisor = self._sandbox.supervisor
        result = await supervisor.run(script.language, script.code, params, timeout_s, self._settings.max_output_bytes)
        self._has_its_disk()
        return result

    def _has_its_disk(self) -> None:
        """Raise `EnvironmentFault` where others have filled the disk under the sandbox: nothing that fails now is the
        agent's fault.
        """
        free_bytes = self._sandbox.supervisor.disk_free_bytes
        if not self._sandbox.own_disk and free_bytes is not None and free_bytes < FULL_DISK_BYTES:
            raise EnvironmentFault(
                f"the disk under this sandbox is full ({free_bytes} bytes free): make room where the engine keeps its"
                " data"
            )

    async def close(self) -> None:
        """Nothing of its own: the sandbox goes with the lease."""
        self._ended = True


def failed(what: str, result: ProgramResult, timeout_s: float) -> None:
    """Raise `SetupFailure` unless `what` ended well."""
    if result.timed_out:
        raise SetupFailure("slow", f"{what} did not end within {timeout_s:g} s")
    if result.exit_code != 0:
        said = plain_text(result.stderr).strip()[-SHOWN_CHARACTERS:]
        ending = result.error or f"ended with exit code {result.exit_code}"
        raise SetupFailure("failed", f"{what} {ending}{f': {said}' if said else ''}")


def described(result: CommandResult) -> str:
    """The output as text. What a person at the terminal would have seen happen is said first, where no cut can take it
    away.
    """
    notices = []
    if result.error:
        notices.append(f"The machine could not run the command: {result.error}")
    if result.shell_restarted:
        notices.append("[a new login shell was opened]")
    if result.shell_ended:
        notices.append("[the shell has ended; the next command gets a new one]")
    return "\n".join([*notices, plain_text(result.output)])


def outcome(result: CommandResult) -> dict[str, Any]:
    """For the record: the exit code, and whatever was out of the ordinary."""
    unusual = ("running", "truncated", "shell_ended", "shell_restarted", "error")
    return {"exit_code": result.exit_code, **{name: getattr(result, name) for name in unusual if getattr(result, name)}}
