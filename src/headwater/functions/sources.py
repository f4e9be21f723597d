"""Where code comes from: the request itself, a bucket, or a directory of this machine.

    {"ZipFile": bytes}
    {"S3Bucket": "builds", "S3Key": "app.zip"}                     fetched once, from --s3-endpoint
    {"S3Bucket": "headwater-directory", "S3Key": "/abs/path"}      run in place, reloaded

A directory is looked at before each invocation: when a file in it has changed since the last one,
warm processes are replaced. Nothing is watched in between. A process that runs anyway can run code
from anywhere, but a path names something of this machine: only callers of this machine may.
"""

import asyncio
import os
import stat
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from headwater.arns import Scope
from headwater.errors import InvalidParameterValue, NotSupported, RequestTooLarge
from headwater.limits import ZIP_BYTES_MAX
from headwater.outbound.endpoints import Outbound
from headwater.outbound.failure import CallFailed

DIRECTORY = "headwater-directory"
"""The bucket that stands for this machine's file system."""

_UNCHANGING = frozenset(("__pycache__", ".git", ".venv", "node_modules"))
_ENTRIES_MAX = 20_000
_S3_TEXTS = {
    "NoSuchKey": "The specified key does not exist.",
    "NoSuchBucket": "The specified bucket does not exist",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Code as it arrived: a package, or the absolute path of a directory."""

    package: bytes = b""
    directory: str = ""

    @property
    def sha256(self) -> str:
        """As CodeSha256 gives it."""
        seen = self.package or fingerprint(Path(self.directory)).encode()
        return b64encode(sha256(seen).digest()).decode()


class Sources:
    """Fetches code. outbound: None where nothing outside can be called."""

    def __init__(self, outbound: Outbound | None, *, directories: bool) -> None:
        self._outbound = outbound
        self._directories = directories

    async def fetch(self, scope: Scope, code: Mapping[str, Any]) -> Source:
        """The code that a request names; ZipFile, if there is one, is bytes.

        Raises InvalidParameterValue, RequestTooLarge, NotSupported.
        """
        for name in ("ImageUri", "SourceKMSKeyArn"):
            if code.get(name):
                raise NotSupported(f"{name} is not supported by Headwater: send a zip as ZipFile.")
        if code.get("S3ObjectStorageMode", "COPY") != "COPY":
            raise NotSupported("S3ObjectStorageMode other than COPY is not supported by Headwater.")
        bucket, key = code.get("S3Bucket"), code.get("S3Key")
        if code.get("ZipFile"):
            if bucket or key:
                raise InvalidParameterValue(
                    "Please do not provide other FunctionCode parameters when providing a ZipFile."
                )
            return Source(package=code["ZipFile"])
        if not bucket or not key:
            raise InvalidParameterValue("Please provide a source for function code.")
        if bucket == DIRECTORY:
            return Source(directory=await asyncio.to_thread(self._checked_directory, key))
        return Source(package=await self._from_s3(scope, bucket, key, code.get("S3ObjectVersion")))

    def _checked_directory(self, path: str) -> str:
        if not self._directories:
            raise InvalidParameterValue(
                f"S3Bucket {DIRECTORY} is refused: this node listens on an address that other "
                "machines reach, and a path means something on its own machine only. Send the "
                "code as ZipFile, or start the node on 127.0.0.1."
            )
        if not os.path.isabs(path) or not os.path.isdir(path):
            raise InvalidParameterValue(
                f"S3Key {path!r} is not a directory of the node's machine: with S3Bucket "
                f"{DIRECTORY} give the absolute path of one."
            )
        return os.path.normpath(path)

    async def _from_s3(self, scope: Scope, bucket: str, key: str, version: str | None) -> bytes:
        params = {"Bucket": bucket, "Key": key} | ({"VersionId": version} if version else {})
        if self._outbound is None:
            raise InvalidParameterValue("S3Bucket cannot be fetched here: send ZipFile.")
        try:
            answer = await self._outbound.call("s3", "get_object", scope.region, params)
            body: bytes = answer["Body"]
        except CallFailed as trouble:
            text = _S3_TEXTS.get(trouble.code, trouble.text)
            raise InvalidParameterValue(
                f"Error occurred while GetObject. S3 Error Code: {trouble.code}. "
                f"S3 Error Message: {text}"
            ) from trouble
        except Exception as trouble:  # the connection broke while the body was read
            raise InvalidParameterValue(
                f"Error occurred while GetObject. S3 Error Code: Unreachable. S3 Error Message: "
                f"{trouble}"
            ) from trouble
        if len(body) > ZIP_BYTES_MAX:
            raise RequestTooLarge(f"Zipped size must be smaller than {ZIP_BYTES_MAX} bytes")
        return body


def fingerprint(directory: Path) -> str:
    """Changes when a file in `directory` does: names, sizes and moments of change, 16 hex digits.

    Of node_modules only the list of packages counts; caches and repositories do not. Blocks.
    """
    digest = sha256()
    waiting, seen = [str(directory)], 0
    while waiting:
        folder = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            seen += 1
            if seen > _ENTRIES_MAX:
                return digest.hexdigest()[:16]
            try:
                about = entry.stat()
            except OSError:
                continue  # it went between the two looks
            if stat.S_ISDIR(about.st_mode):
                if entry.name not in _UNCHANGING:
                    waiting.append(entry.path)
                elif entry.name == "node_modules":
                    digest.update(f"{entry.path}\0{about.st_mtime_ns}\n".encode())
            else:
                line = f"{entry.path}\0{about.st_size}\0{about.st_mtime_ns}\n"
                digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:16]
