"""What Docker keeps its containers' files with decides whether an agent could write into its supervisor; what is
unknown is refused.
"""

from __future__ import annotations

import zlib

import pytest

from environments.contract import UserError
from environments.sandbox.docker_sandbox import refuse_unless_copying
from environments.sandbox.originals import unpacked
from environments.sandbox.shell import Refused


@pytest.mark.parametrize("driver", ["overlay2", "overlay", "overlayfs", "fuse-overlayfs"])
def test_overlays_are_taken(driver: str) -> None:
    refuse_unless_copying(driver)


@pytest.mark.parametrize(
    "driver", ["vfs", "btrfs", "zfs", "devicemapper", "native", "devmapper", "blockfile", "windowsfilter", ""]
)
def test_any_other_storage_driver_is_refused(driver: str) -> None:
    with pytest.raises(UserError, match=f"storage driver is '{driver}'"):
        refuse_unless_copying(driver)


def test_no_more_is_unpacked_than_may_be_there() -> None:
    assert unpacked(zlib.compress(b"a" * 1000), 1000) == b"a" * 1000
    with pytest.raises(Refused, match="more than 999 bytes"):
        unpacked(zlib.compress(b"a" * 1000), 999)
