"""Zip packages: checked before anything is written, unpacked where nothing else can be reached.

An entry never lands outside its directory: names that climb or start at the root are refused,
symbolic links may only point inside the package, and are made after all files, so that no file is
written through one. Sizes are checked before and while unpacking.

This file knows zips. It does not know functions or where packages are kept.
"""

import errno
import io
import os
import shutil
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from headwater.errors import InvalidParameterValue, RequestTooLarge
from headwater.limits import UNZIPPED_BYTES_MAX, ZIP_BYTES_MAX

NOT_A_ZIP = "Could not unzip uploaded file. Please check your file, then try to upload again."
_ENTRIES_MAX = 100_000  # AWS names none; a package of empty files must not eat the disk's inodes

# RuntimeError: encrypted. The others are what zipfile raises of bytes that are no zip.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OverflowError,
    RuntimeError,
    ValueError,
)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what every unzip can read

# What a hostile or broken name makes the file system say; anything else is the machine's trouble.
_NAME_TROUBLE = {
    errno.EEXIST,
    errno.EINVAL,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOTDIR,
    errno.EILSEQ,
}


def unpack(package: bytes, target: Path, *, unzipped_bytes_max: int = UNZIPPED_BYTES_MAX) -> None:
    """Unpack into `target`, a directory that does not exist yet; on any error it is gone again.

    Raises InvalidParameterValue (not a zip, unsafe names, too large unzipped), RequestTooLarge
    (zipped size over the limit), OSError (the disk).
    """
    if len(package) > ZIP_BYTES_MAX:
        raise RequestTooLarge(f"Zipped size must be smaller than {ZIP_BYTES_MAX} bytes")
    target.mkdir(parents=True)
    try:
        _unpack(package, target, unzipped_bytes_max)
    except _BROKEN as trouble:
        shutil.rmtree(target, ignore_errors=True)
        raise InvalidParameterValue(NOT_A_ZIP) from trouble
    except OSError as trouble:
        shutil.rmtree(target, ignore_errors=True)
        if trouble.errno in _NAME_TROUBLE:
            raise InvalidParameterValue(NOT_A_ZIP) from trouble
        raise
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def _unpack(package: bytes, target: Path, unzipped_bytes_max: int) -> None:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        entries = archive.infolist()
        if not entries or len(entries) > _ENTRIES_MAX:
            raise zipfile.BadZipFile("no entries, or too many")
        # The sizes that the entries claim; zipfile reads no entry beyond its claim.
        if sum(entry.file_size for entry in entries) > unzipped_bytes_max:
            raise InvalidParameterValue(
                f"Unzipped size must be smaller than {unzipped_bytes_max} bytes"
            )
        links = []
        for entry in entries:
            if entry.compress_type not in _METHODS:
                raise zipfile.BadZipFile(f"{entry.filename!r}: unknown compression")
            path = _inside(target, entry.filename)
            if stat.S_ISLNK(entry.external_attr >> 16):
                links.append((path, entry))
            else:
                _write(archive, entry, path)
        for path, entry in links:
            _link(target, path, os.fsdecode(archive.read(entry)))


def _inside(target: Path, name: str) -> Path:
    """Where an entry goes. Raises BadZipFile for a name that leaves `target`."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise zipfile.BadZipFile(f"unsafe name {name!r}")
    return target.joinpath(*path.parts)


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> None:
    if entry.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as source, path.open("wb") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)
    # Readable whatever the zip says; executable if it says so.
    path.chmod((entry.external_attr >> 16 & 0o777) | 0o644)


def _link(target: Path, path: Path, points_to: str) -> None:
    """Make a link that stays inside the package."""
    destination = os.path.normpath(os.path.join(path.parent, points_to))
    outside = os.path.relpath(destination, target).split(os.sep)[0] == os.pardir
    if os.path.isabs(points_to) or outside:
        raise zipfile.BadZipFile(f"unsafe link to {points_to!r}")
    path.parent.mkdir(parents=True, exist_ok=True)
    # Reached through a link that was made before, it would stand elsewhere, and so point elsewhere.
    if path.parent.resolve() != target.resolve() / path.parent.relative_to(target):
        raise zipfile.BadZipFile(f"{path.name!r} is behind a link")
    path.symlink_to(points_to)


def overlay(source: Path, target: Path) -> None:
    """Copy the tree `source` over what is in `target`, which need not exist. What is new wins,
    and nothing is written through a link that was there. Links stay links."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in os.scandir(source):
        there = target / entry.name
        is_directory = entry.is_dir(follow_symlinks=False)
        if there.is_symlink() or (there.exists() and there.is_dir() != is_directory):
            _take_away(there)
        if is_directory:
            overlay(Path(entry.path), there)
        elif entry.is_symlink():
            there.unlink(missing_ok=True)
            there.symlink_to(os.readlink(entry.path))
        else:
            shutil.copy2(entry.path, there)


def _take_away(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
