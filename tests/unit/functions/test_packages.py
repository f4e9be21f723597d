"""Zip packages that are broken, hostile or too large; and what an honest one becomes."""

import io
import stat
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import InvalidParameterValue, RequestTooLarge
from headwater.functions.packages import overlay, unpack

# Recorded from AWS.
NOT_A_ZIP = "Could not unzip uploaded file. Please check your file, then try to upload again."


def archive(*entries, method=zipfile.ZIP_DEFLATED):
    """entries: (name, content) or (name, content, mode)"""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as made:
        for name, content, *mode in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            info.external_attr = (mode[0] if mode else 0o600) << 16
            made.writestr(info, content)
    return buffer.getvalue()


def link(name, points_to):
    return name, points_to, stat.S_IFLNK | 0o777


def refused(package, target):
    with pytest.raises(InvalidParameterValue) as trouble:
        unpack(package, target)
    assert not target.exists()
    return trouble.value.message


def test_files_directories_and_modes(tmp_path):
    target = tmp_path / "code"
    unpack(archive(("app.py", "x = 1"), ("bin/run", "#!", 0o755), ("empty/", "")), target)
    assert (target / "app.py").read_text() == "x = 1"
    assert (target / "app.py").stat().st_mode & 0o777 == 0o644
    assert (target / "bin/run").stat().st_mode & 0o777 == 0o755
    assert (target / "empty").is_dir()


def test_a_link_within_the_package(tmp_path):
    target = tmp_path / "code"
    unpack(archive(("lib/a.so.1", "so"), link("lib/a.so", "a.so.1")), target)
    assert (target / "lib/a.so").read_text() == "so"


@pytest.mark.parametrize(
    "package",
    [
        b"",
        b"not a zip",
        b"PK\x05\x06" + bytes(18),  # a zip of nothing
        archive(("../evil.py", "")),
        archive(("a/../../evil.py", "")),
        archive(("/etc/evil.py", "")),
        archive(("a", "file"), ("a/b", "below a file")),
        archive(("n" * 300, "")),
        archive(link("out", "/etc/passwd")),
        archive(link("out", "../../secret")),
        archive(link("a/out", "../../secret")),
        archive(link("dir", ".."), ("dir/evil.py", "")),
        # Read by its name it stays inside; where it would really stand, it leads out.
        archive(("a/b/c", ""), link("a/b/up", "../.."), link("a/b/up/out", "../../../secret")),
        archive(link("dir", "/tmp"), ("dir/evil.py", "")),
        archive(("app.py", "x" * 100), method=zipfile.ZIP_BZIP2),
    ],
)
def test_what_is_broken_or_unsafe_is_refused_and_leaves_nothing(package, tmp_path):
    assert refused(package, tmp_path / "in" / "code") == NOT_A_ZIP
    assert not [path for path in tmp_path.rglob("*") if path.name != "in"]


def test_a_damaged_entry_is_refused(tmp_path):
    package = bytearray(archive(("app.py", "x" * 1000), method=zipfile.ZIP_STORED))
    package[500] ^= 1  # within the content: the checksum no longer fits
    assert refused(bytes(package), tmp_path / "code") == NOT_A_ZIP


def test_an_encrypted_entry_is_refused(tmp_path):
    package = bytearray(archive(("app.py", "x")))
    package[6] |= 1  # bit 0 of the entry's flags, in its local header
    package[package.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    assert refused(bytes(package), tmp_path / "code") == NOT_A_ZIP


def test_too_many_bytes_once_unzipped(tmp_path):
    """Text recorded from AWS; the limit is AWS's 250 MB."""
    bomb = archive(("zeros", bytes(262_144_001)))
    text = "Unzipped size must be smaller than 262144000 bytes"
    assert refused(bomb, tmp_path / "code") == text


def test_a_claim_of_fewer_bytes_than_there_are_does_not_help(tmp_path):
    package = bytearray(archive(("zeros", bytes(1_000_000))))
    directory = package.index(b"PK\x01\x02")
    package[directory + 24 : directory + 28] = (10).to_bytes(4, "little")
    assert refused(bytes(package), tmp_path / "code") == NOT_A_ZIP


def test_too_many_bytes_zipped(tmp_path):
    with pytest.raises(RequestTooLarge, match="Zipped size must be smaller than 52428800 bytes"):
        unpack(bytes(52_428_801), tmp_path / "code")


@given(st.data())
def test_no_damage_does_more_than_be_refused(tmp_path_factory, data):
    package = bytearray(archive(("app.py", "x = 1" * 20), ("a/b", "c")))
    for _ in range(data.draw(st.integers(1, 5))):
        package[data.draw(st.integers(0, len(package) - 1))] = data.draw(st.integers(0, 255))
    home = tmp_path_factory.mktemp("damaged")
    try:
        unpack(bytes(package), home / "code")
    except InvalidParameterValue:
        pass
    assert [path.name for path in home.iterdir()] in ([], ["code"])


def test_a_tree_over_another_one_replaces_what_has_its_name_and_keeps_the_rest(tmp_path):
    """Links are as they are in libraries: lib.so -> lib.so.1, in both."""
    lower, upper, laid = tmp_path / "lower", tmp_path / "upper", tmp_path / "laid"
    both = (link("a.so", "a.so.1"), link("turned", "kept"), link("dir", "kept.d"))
    unpack(archive(("a.so.1", "1"), ("kept", "1"), ("kept.d/x", "1"), ("file", "1"), *both), lower)
    over = (("turned", "2"), ("dir/x", "2"), ("file/x", "2"), link("a.so", "a.so.1"))
    unpack(archive(("a.so.1", "2"), *over), upper)
    overlay(lower, laid)
    overlay(upper, laid)
    found = {name: (laid / name).read_text() for name in ("a.so", "turned", "dir/x", "file/x")}
    assert found == {"a.so": "2", "turned": "2", "dir/x": "2", "file/x": "2"}
    assert (laid / "a.so").is_symlink()
    assert [(laid / name).read_text() for name in ("kept", "kept.d/x")] == ["1", "1"]
