from __future__ import annotations

import os
import shutil
from pathlib import Path

from serve.pipeline.content import PLACE_BYTES, WHOLE_BYTES, content_digest


def folder(at: Path) -> Path:
    (at / "inner").mkdir(parents=True)
    (at / "one.txt").write_text("one")
    (at / "inner" / "two.txt").write_text("two")
    return at


def test_a_copy_elsewhere_and_later_has_the_same_digest(tmp_path: Path):
    first = folder(tmp_path / "first")
    second = Path(shutil.copytree(first, tmp_path / "second"))
    os.utime(second / "one.txt", (1, 1))
    assert content_digest(first) == content_digest(second) != ""


def test_a_letter_a_name_and_a_missing_file_each_change_it(tmp_path: Path):
    there = folder(tmp_path / "there")
    digests = {content_digest(there)}
    (there / "one.txt").write_text("onE")
    digests.add(content_digest(there))
    (there / "one.txt").rename(there / "other.txt")
    digests.add(content_digest(there))
    (there / "other.txt").unlink()
    digests.add(content_digest(there))
    assert len(digests) == 4


def test_what_is_not_there_has_none_and_hidden_files_do_not_count(tmp_path: Path):
    there = folder(tmp_path / "there")
    before = content_digest(there)
    (there / ".two.draft").write_text("half")
    assert content_digest(there) == before
    assert content_digest(tmp_path / "nowhere") == ""


def test_of_a_large_file_the_size_and_places_all_over_it_count(tmp_path: Path):
    large = tmp_path / "weights"
    content = bytearray(4 * WHOLE_BYTES)
    large.write_bytes(content)
    digests = {content_digest(large)}
    for place in (0, len(content) - 1, (len(content) - PLACE_BYTES) * 7 // 15):
        content[place] ^= 1
        large.write_bytes(content)
        digests.add(content_digest(large))
    large.write_bytes(content + b"\0")
    digests.add(content_digest(large))
    assert len(digests) == 5
