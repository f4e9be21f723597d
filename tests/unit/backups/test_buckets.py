"""Buckets that are directories, and buckets of an S3 on loopback that answers as AWS's does.

Source of the S3 side: AWS, API reference of S3, ListObjectsV2, GetObject (Range), PutObject.
"""

from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from tests.servers import Handler, serving

from headwater.backups.buckets import S3, BucketTrouble, Directory, Found, buckets_for
from headwater.config.settings import Settings
from headwater.loops import run
from headwater.outbound.endpoints import Outbound


class FakeS3(Handler):
    """One bucket, `there`, in memory; lists two keys at a time."""

    objects: dict[str, bytes]

    def do_GET(self) -> None:
        path, asked = self._asked()
        bucket, _, key = path.partition("/")
        if bucket != "there":
            self.answer(404, b"<Error><Code>NoSuchBucket</Code><Message>no</Message></Error>")
        elif key:
            first, last = self.headers["Range"].removeprefix("bytes=").split("-")
            self.answer(206, self.objects[key][int(first) : int(last) + 1])
        else:
            prefix, after = asked.get("prefix", [""])[0], asked.get("continuation-token", [""])[0]
            keys = sorted(one for one in self.objects if one.startswith(prefix) and one > after)
            shown = "".join(
                f"<Contents><Key>{one}</Key><Size>{len(self.objects[one])}</Size></Contents>"
                for one in keys[:2]
            )
            more = "<IsTruncated>false</IsTruncated>"
            if len(keys) > 2:
                more = (
                    "<IsTruncated>true</IsTruncated>"
                    f"<NextContinuationToken>{keys[1]}</NextContinuationToken>"
                )
            self.answer(200, f"<ListBucketResult>{shown}{more}</ListBucketResult>".encode())

    def do_PUT(self) -> None:
        path, _ = self._asked()
        self.objects[path.partition("/")[2]] = self.body()
        self.answer(200, b"")

    def _asked(self) -> tuple[str, dict[str, list[str]]]:
        parts = urlsplit(self.path)
        return unquote(parts.path[1:]), parse_qs(parts.query)


@pytest.fixture
def s3(monkeypatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with serving(type("Handler", (FakeS3,), {"objects": {}})) as url:
        yield url


async def write_and_read(buckets):
    for number in range(5):
        await buckets.write("there", f"a/{number}.json", b"0123456789" * number)
    await buckets.write("there", "b", b"x")
    assert await buckets.listed("there", "a/") == [
        Found(f"a/{number}.json", 10 * number) for number in range(5)
    ]
    assert await buckets.read("there", "a/2.json", 5, 8) == b"56789012"
    assert await buckets.read("there", "a/2.json", 15, 100) == b"56789"
    with pytest.raises(BucketTrouble) as trouble:
        await buckets.listed("elsewhere", "")
    assert trouble.value.code == "S3NoSuchBucket"


def test_directories_are_buckets(tmp_path):
    run(write_and_read(Directory(tmp_path)))


def test_an_s3_has_buckets(s3):
    async def main():
        outbound = Outbound(Settings(s3_endpoint=s3))
        try:
            await write_and_read(S3(outbound, "us-east-1"))
        finally:
            outbound.close()

    run(main())


@pytest.mark.parametrize("key", ["../out", "a/../../out", "", "..", "a/.."])
def test_a_key_does_not_leave_its_bucket(tmp_path, key):
    async def main():
        with pytest.raises(BucketTrouble):
            await Directory(tmp_path).write("there", key, b"")

    run(main())
    assert not list(tmp_path.rglob("out"))


def test_a_node_has_the_buckets_it_was_given(tmp_path):
    def kind(**given):
        settings = Settings(**given)
        return type(buckets_for(settings, Outbound(settings), "us-east-1")).__name__

    assert kind() == "NoneType"
    assert kind(s3_directory=tmp_path) == "Directory"
    assert kind(s3_endpoint="http://127.0.0.1:1") == "S3"
