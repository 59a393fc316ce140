"""What an episode's schema and account are called: the owner and the lease are in the name before either exists.

    at_<owner: 10 hex>_<lease: 12 hex>      26 characters; MySQL allows 32 in an account

Inside an episode the schema goes by a name of the task (`db_<8 hex>`), in both directions. So two attempts at one task
see the same error texts, a replay can compare observations, and no lease id reaches a dataset.
"""

from __future__ import annotations

import hashlib
import re

PATTERN = re.compile(r"at_([0-9a-f]{10})_[0-9a-f]{12}")


def _digest(text: str, characters: int) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()[:characters]


def owner_part(owner_id: str) -> str:
    """An owner's part of every name."""
    return _digest(owner_id, 10)


def schema_name(owner_id: str, lease_id: str) -> str:
    """The schema, and the account with rights on it, of one lease."""
    return f"at_{owner_part(owner_id)}_{_digest(lease_id, 12)}"


def judge_name(owner_id: str) -> str:
    """The account that judges an owner's episodes: named like those of its leases, and swept with them."""
    return judge_of(owner_part(owner_id))


def judge_of(owner: str) -> str:
    """The same for an owner's part of the names."""
    return f"at_{owner}_{'0' * 12}"


def schemas_of(owner_id: str) -> str:
    """The schemas of one owner as a pattern of a grant."""
    return f"at\\_{owner_part(owner_id)}\\_%"


def shown_name(task_id: str) -> str:
    """What the agent sees in place of the schema's name."""
    return f"db_{_digest(task_id, 8)}"


def owner_of(schema: str) -> str | None:
    """The owner's part of one of our names; None for anybody else's schema."""
    match = PATTERN.fullmatch(schema)
    return match.group(1) if match else None


def lock_name(owner: str) -> str:
    """The server-wide named lock that owner `owner` (its part of the names) holds as long as it lives."""
    return f"agenttuning_{owner}"
