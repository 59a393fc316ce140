"""`torchrun -m train.run.loop` runs where Ray is not installed."""

import subprocess
import sys

_IMPORT = """
import sys
sys.modules["ray"] = None  # any import of it now fails
import train.run.loop
"""


def test_the_loop_is_imported_without_ray() -> None:
    done = subprocess.run([sys.executable, "-c", _IMPORT], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
