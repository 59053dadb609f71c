"""Disk images of UDF: what a double click shows is read, and what is damaged on purpose ends soon."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import pytest

from tests import corpora, files
from tests.files_udf import SECTOR, bridge, udf
from tests.workers.attachments.scan import files_of, found
from workers.udf import DamagedImage, Image

MEMBERS = {"list.txt": b"nothing", "invoice.exe": files.windows_program(), "long.bin": bytes(range(256)) * 99}


def contents(data: bytes) -> dict[str, bytes]:
    image = Image(data)
    return {file.name: b"".join(image.read(file)) for file in image.files()}


IMAGES: dict[str, tuple[bytes, dict[str, bytes]]] = {
    "in the root": (udf(MEMBERS), MEMBERS),
    "in a folder": (udf(MEMBERS, folder="docs"), {f"docs/{name}": content for name, content in MEMBERS.items()}),
    "in the descriptions": (udf({"a.txt": b"small"}, inside=True), {"a.txt": b"small"}),
    "in other letters": (udf({"счёт.exe": b"MZ"}), {"счёт.exe": b"MZ"}),
    "an empty file": (udf({"a.txt": b""}), {"a.txt": b""}),
    "a folder in itself": (udf({"a.txt": b"a"}, folder="docs", loop=True), {"docs/a.txt": b"a"}),
    "nothing": (udf({}), {}),
}


@pytest.mark.parametrize(("data", "expected"), IMAGES.values(), ids=IMAGES)
def test_files_are_read(data: bytes, expected: dict[str, bytes]) -> None:
    assert contents(data) == expected


def without_anchor(data: bytes) -> bytes:
    return data[: 256 * SECTOR] + bytes(SECTOR) + data[257 * SECTOR :]


def with_endless_file(data: bytes) -> bytes:
    """The length of the file is one that no disk has."""
    where = 280 * SECTOR + 56
    return data[:where] + struct.pack("<Q", 2**63) + data[where + 8 :]


DAMAGED: dict[str, Callable[[], bytes]] = {
    "no anchor": lambda: without_anchor(udf(MEMBERS)),
    "cut off": lambda: udf(MEMBERS)[: 281 * SECTOR],
    "another kind of partition": lambda: udf(MEMBERS, kind=2),
    "no bytes": lambda: b"",
    "zeros": lambda: bytes(300 * SECTOR),
}


@pytest.mark.parametrize("damaged", DAMAGED.values(), ids=DAMAGED)
def test_damage_is_said(damaged: Callable[[], bytes]) -> None:
    with pytest.raises(DamagedImage):
        contents(damaged())


def test_a_file_is_no_longer_than_its_pieces() -> None:
    assert contents(with_endless_file(udf({"a.txt": b"short"}))) == {"a.txt": b"short"}


def test_mutations_raise_nothing_else() -> None:
    dice = random.Random(7)
    data = udf(MEMBERS, folder="docs")
    # Most of an image is empty: what is changed are the descriptors.
    used = [place for place in range(len(data)) if data[place]]
    for _ in range(300):
        changed = bytearray(data)
        for _ in range(dice.randint(1, 6)):
            changed[dice.choice(used)] = dice.randrange(256)
        try:
            image = Image(bytes(changed))
            for file in image.files():
                for count, _piece in enumerate(image.read(file)):
                    if count > 20:
                        break
        except DamagedImage:
            continue


@pytest.mark.parametrize("name", ["scan.img", "scan.iso", "scan.dat"])
def test_programs_in_them_are_found(name: str) -> None:
    (outer, *inner), problems = files_of((name, udf(MEMBERS)))
    assert (outer.true_type, outer.problem, problems) == ("application/x-udf-image", "", ())
    assert [file.path for file in inner] == [f"{name}/{member}" for member in MEMBERS]
    assert found("archive_holds_program_or_script", (name, udf(MEMBERS)))
    assert found("attachment_is_disk_image", (name, udf(MEMBERS)))


def test_both_sides_of_an_image_are_read() -> None:
    """Windows shows the one, programs that list archives the other."""
    tree, problems = files_of(
        ("scan.iso", bridge(udf({"invoice.exe": files.windows_program()}), "README.TXT", b"text"))
    )
    assert tree[0].true_type == "application/x-iso9660-image"
    assert {"scan.iso/README.TXT", "scan.iso/invoice.exe"} <= {file.path for file in tree}
    assert problems == ()


def test_documents_in_them_are_no_programs() -> None:
    assert found("archive_holds_program_or_script", ("photos.img", udf({"a.png": files.blank_picture()}))) == []
    assert found("archive_cannot_be_read", ("photos.img", udf({"a.png": files.blank_picture()}))) == []


@pytest.mark.corpus
def test_an_image_of_another_program() -> None:
    data = (corpora.attachments("mixed") / "strelka/src/python/strelka/tests/fixtures/test_udf_1.50.img").read_bytes()
    assert {name: len(content) for name, content in contents(data).items()} == {"lorem.txt": 4015}
