"""A module of ours in a process of its own, which imports what this process imports: from a source tree, an installed
package, or what Ray has shipped, and whatever the folder that it is started in holds.
"""

from __future__ import annotations

import os
import sys


def command(module: str, *arguments: str) -> list[str]:
    """What runs `module`. `-P`: a file of that name in the working directory is not taken for it."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment() -> dict[str, str]:
    """This process's environment variables, with the places that it imports from."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(place or os.getcwd() for place in sys.path)}
