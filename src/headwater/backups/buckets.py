"""Where exports go and imports come from: an S3, or a directory that stands for one.

With `--s3-directory DIR` a bucket is the directory DIR/<bucket>, and an object a file in it; a
bucket that is not there is made by who writes to it. With `--s3-endpoint URL` it is a bucket of
that S3. With neither there are no buckets. Objects are read in parts and written whole.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from headwater.config.settings import Settings
from headwater.outbound.endpoints import Outbound
from headwater.outbound.failure import CallFailed

T = TypeVar("T")


class Found(NamedTuple):
    """An object in a listing."""

    key: str
    size: int


class BucketTrouble(Exception):
    """Work with a bucket that came to nothing: AWS's word for it, and a text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class Buckets(Protocol):
    """All methods raise BucketTrouble."""

    async def listed(self, bucket: str, prefix: str) -> list[Found]:
        """Every object whose key starts with `prefix`, by key."""
        ...

    async def read(self, bucket: str, key: str, start: int, length: int) -> bytes:
        """Up to `length` bytes of an object from `start` on."""
        ...

    async def write(self, bucket: str, key: str, data: bytes) -> None:
        """Put an object; when this returns it is there as a whole."""
        ...


def buckets_for(settings: Settings, outbound: Outbound, region: str) -> Buckets | None:
    """The buckets of a node, None if it has none. region: of the caller."""
    if settings.s3_directory is not None:
        return Directory(settings.s3_directory)
    if settings.s3_endpoint:
        return S3(outbound, region)
    return None


class Directory:
    """Buckets that are directories. Bucket names have no slashes, the service's model says so."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def listed(self, bucket: str, prefix: str) -> list[Found]:
        def work() -> list[Found]:
            top = self._root / bucket
            if not top.is_dir():
                raise BucketTrouble("S3NoSuchBucket", f"there is no directory {top}")
            files = [path for path in top.rglob("*") if path.is_file()]
            found = [Found(path.relative_to(top).as_posix(), path.stat().st_size) for path in files]
            return sorted(one for one in found if one.key.startswith(prefix))

        return await _in_thread(work)

    async def read(self, bucket: str, key: str, start: int, length: int) -> bytes:
        def work() -> bytes:
            with self._path(bucket, key).open("rb") as file:
                file.seek(start)
                return file.read(length)

        return await _in_thread(work)

    async def write(self, bucket: str, key: str, data: bytes) -> None:
        def work() -> None:
            path = self._path(bucket, key)
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f"{path.name}.part")
            with unfinished.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(path)

        await _in_thread(work)

    def _path(self, bucket: str, key: str) -> Path:
        top = (self._root / bucket).resolve()
        path = (top / key).resolve()
        if not path.is_relative_to(top) or path == top:
            raise BucketTrouble("S3InvalidKey", f"{key!r} is not a key within its bucket")
        return path


async def _in_thread(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except OSError as trouble:
        code = "S3AccessDenied" if isinstance(trouble, PermissionError) else "S3Error"
        raise BucketTrouble(code, str(trouble)) from trouble


class S3:
    """Buckets of an S3."""

    def __init__(self, outbound: Outbound, region: str) -> None:
        self._outbound = outbound
        self._region = region

    async def listed(self, bucket: str, prefix: str) -> list[Found]:
        found: list[Found] = []
        page: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix}
        while True:
            answer = await self._call("list_objects_v2", page)
            found += [Found(one["Key"], one["Size"]) for one in answer.get("Contents", ())]
            if not answer.get("IsTruncated"):
                return sorted(found)
            page = page | {"ContinuationToken": answer["NextContinuationToken"]}

    async def read(self, bucket: str, key: str, start: int, length: int) -> bytes:
        wanted = {"Bucket": bucket, "Key": key, "Range": f"bytes={start}-{start + length - 1}"}
        answer = await self._call("get_object", wanted)
        data: bytes = answer["Body"]
        return data

    async def write(self, bucket: str, key: str, data: bytes) -> None:
        await self._call("put_object", {"Bucket": bucket, "Key": key, "Body": data})

    async def _call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        try:
            return await self._outbound.call("s3", operation, self._region, params)
        except CallFailed as failure:
            code = failure.code if failure.code.startswith("S3") else f"S3{failure.code}"
            raise BucketTrouble(code, failure.text) from failure
