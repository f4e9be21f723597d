"""Where the code of functions is kept: one zip for each upload, and its unpacked copy.

    <directory>/<account>-<region>/<function>/<upload>/code.zip     durable once `save` returns
    <directory>/<account>-<region>/<function>/<upload>/unpacked/    made anew by every node start

An upload is named by the SHA-256 of its zip and a random part, so uploads never share a directory
and one can be removed without asking who else needs it. The unpacked copy is not trusted after a
restart: a crash may have left it half written, and functions may write into it.

All methods block on the disk: call them in a thread. This file does not know documents: `sweep` is
told which uploads are still wanted.
"""

import os
import shutil
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from headwater.arns import Scope
from headwater.errors import Service
from headwater.functions.packages import unpack

_ZIP = "code.zip"
_UNPACKED = "unpacked"


class Upload(NamedTuple):
    """One package of one function."""

    scope: Scope
    function: str
    id: str  # <64 hex of SHA-256>-<8 hex>


class CodeStore:
    """All uploads of a node."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._unpacked: set[Upload] = set()  # by this node since it started

    def save(self, scope: Scope, function: str, package: bytes, unique: str) -> Upload:
        """Keep a package; it survives a power cut from here on. unique: 8 random hex digits.

        Raises as `unpack` does.
        """
        upload = Upload(scope, function, f"{sha256(package).hexdigest()}-{unique}")
        folder = self._folder(upload)
        try:
            unpack(package, folder / _UNPACKED)
            self._keep(package, folder)
        except BaseException:
            self.remove(upload)
            raise
        self._unpacked.add(upload)
        return upload

    def _keep(self, package: bytes, folder: Path) -> None:
        with (folder / _ZIP).open("wb") as file:
            file.write(package)
            file.flush()
            os.fsync(file.fileno())
        # The names on the way to it must survive too.
        for directory in (folder, *folder.parents):
            _sync_directory(directory)
            if directory == self._directory.parent.parent:
                return

    def unpacked(self, upload: Upload) -> Path:
        """The directory to run from; unpacked now if it was not since the node started.

        Not to be called twice at once for one upload. Raises as `read` does.
        """
        target = self._folder(upload) / _UNPACKED
        if upload not in self._unpacked:
            package = self.read(upload)
            if target.exists():
                shutil.rmtree(target)
            unpack(package, target)
            self._unpacked.add(upload)
        return target

    def read(self, upload: Upload) -> bytes:
        """The zip as it was uploaded. Raises Service if it is not on this node's disk."""
        try:
            return (self._folder(upload) / _ZIP).read_bytes()
        except FileNotFoundError:
            raise Service(
                f"The code of function {upload.function} is not on this node's disk. Upload it "
                "again with UpdateFunctionCode."
            ) from None

    def remove(self, upload: Upload) -> None:
        """Forget an upload; absent is fine."""
        folder = self._folder(upload)
        self._unpacked.discard(upload)
        shutil.rmtree(folder, ignore_errors=True)
        for emptied in (folder.parent, folder.parent.parent):
            try:
                emptied.rmdir()
            except OSError:
                return

    def sweep(self, wanted: Collection[Upload]) -> None:
        """Remove what no document names: uploads whose commit never came, or went."""
        keep = {self._folder(upload) for upload in wanted}
        for folder in self._directory.glob("*/*/*"):
            if folder not in keep:
                shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, upload: Upload) -> Path:
        # A region is whatever the caller signed with; the account before it is 12 digits, so the
        # name cannot be "..", and `quote` leaves no slash in it.
        world = f"{upload.scope.account}-{quote(upload.scope.region, safe='')}"
        return self._directory / world / upload.function / upload.id


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
