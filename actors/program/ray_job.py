"""Where this process runs as Ray sees it, read from its environment variables, without importing Ray."""

from __future__ import annotations

import os

from actors.program.user_error import UserError


def on_a_cluster() -> bool:
    """Whether actors run where `RAY_ADDRESS` says, not on a cluster of this process's own."""
    return "RAY_ADDRESS" in os.environ


def submitted() -> bool:
    """Whether `ray job submit` started this process, in a copy of the code that is deleted afterwards."""
    return "RAY_JOB_CONFIG_JSON_ENV_VAR" in os.environ


def lasting(key: str, place: str) -> str:
    """The path under the config's `key`, for every process of a run.

    In a submitted job a relative one would go with the job's copy.
    """
    if "://" in place or os.path.isabs(place):
        return place
    if submitted():
        raise UserError(
            f"{key} '{place}' is relative, and a submitted job runs in a copy that is deleted: add {key}=/a/shared/path"
            " or s3://…"
        )
    return os.path.abspath(os.path.expanduser(place))
