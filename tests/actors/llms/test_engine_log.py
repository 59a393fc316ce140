"""An engine's own words go beside its process's log; where there is none they are shown."""

import subprocess
import sys
from pathlib import Path

SPEAKS = """
import subprocess, sys
from actors.llms.engine_log import beside_own, diverted

log = beside_own("vllm")
print(log)
print("before", file=sys.stderr)
with diverted(log):
    print("of this process", file=sys.stderr)
    engine = subprocess.Popen(
        [sys.executable, "-c", "print('of another'); input(); print('later')"], stdin=subprocess.PIPE
    )
print("after", file=sys.stderr)
engine.communicate(b"go on")
"""


def test_what_an_engine_prints_goes_beside_its_processs_log_also_after_the_start(tmp_path: Path) -> None:
    own, output = tmp_path / "worker-1.err", tmp_path / "worker-1.out"
    with own.open("wb") as errors, output.open("wb") as printed:
        process = subprocess.Popen([sys.executable, "-c", SPEAKS], stdout=printed, stderr=errors)
        assert process.wait(60) == 0
    log = tmp_path / f"vllm-{process.pid}.log"
    assert own.read_text() == "before\nafter\n"
    assert output.read_text() == f"{log}\n"
    assert sorted(log.read_text().splitlines()) == ["later", "of another", "of this process"]


def test_what_is_shown_in_a_terminal_stays_there() -> None:
    done = subprocess.run([sys.executable, "-c", SPEAKS], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == "before\nof this process\nafter\n"
    assert sorted(done.stdout.splitlines()) == ["None", "later", "of another"]
