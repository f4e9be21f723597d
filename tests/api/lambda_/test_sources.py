"""Code from a directory that is reloaded, and from a bucket."""

import os
from typing import ClassVar

import pytest
from tests.servers import Handler, serving

DIRECTORY = "headwater-directory"


def source(number):
    return f"import part\ndef handler(event, context):\n    return [{number}, part.x]\n"


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "app.py").write_text(source(1))
    (tmp_path / "part.py").write_text("x = 'a'")
    return tmp_path


def in_directory(path):
    return {"S3Bucket": DIRECTORY, "S3Key": str(path)}


def test_code_in_a_directory_is_reloaded_when_a_file_changes(fn, directory):
    fn.make("", Code=in_directory(directory))
    assert fn.invoke() == [1, "a"]
    (directory / "app.py").write_text(source(2))
    assert fn.invoke() == [2, "a"]
    (directory / "part.py").write_text("x = 'longer'")
    assert fn.invoke() == [2, "longer"]
    assert sorted(os.listdir(directory)) == ["app.py", "part.py"]
    found = fn.client.get_function(FunctionName=fn.name)
    assert found["Code"]["Location"] == directory.as_uri()


def test_a_process_stays_while_nothing_changes(fn, directory):
    (directory / "app.py").write_text("import os\ndef handler(e, c):\n    return os.getpid()\n")
    fn.make("", Code=in_directory(directory))
    assert fn.invoke() == fn.invoke()


def test_node_code_is_reloaded_too(fn, tmp_path, node_js):
    (tmp_path / "index.js").write_text("exports.handler = async () => undefined;")
    fn.make("", Code=in_directory(tmp_path), Runtime="nodejs20.x", Handler="index.handler")
    assert fn.invoke() is None
    (tmp_path / "index.js").write_text("exports.handler = async () => 'new';")
    assert fn.invoke() == "new"


def test_a_function_can_move_from_a_directory_to_a_zip_and_back(fn, directory):
    fn.make("", Code=in_directory(directory))
    package = fn.zipped({"app.py": source(7), "part.py": "x = 'z'"})
    fn.client.update_function_code(FunctionName=fn.name, ZipFile=package)
    assert fn.invoke() == [7, "z"]
    fn.client.update_function_code(FunctionName=fn.name, **in_directory(directory))
    assert fn.invoke() == [1, "a"]


def test_what_a_directory_cannot_be(fn, directory):
    code, text = fn.refusal(fn.make, source="", Code=in_directory("relative/path"))
    assert code == "InvalidParameterValueException" and "absolute path" in text
    code, text = fn.refusal(fn.make, source="", Code=in_directory(directory / "none"))
    assert "is not a directory" in text
    fn.make("", Code=in_directory(directory))
    code, text = fn.refusal(fn.client.publish_version, FunctionName=fn.name)
    assert code == "ValidationException" and "cannot be published" in text


def test_a_node_that_others_reach_refuses_directories(node_factory, bench_of, directory):
    flags = ("--host", "0.0.0.0", "--allow-anonymous")
    node = node_factory(*flags, in_memory=True)
    node.url = node.url.replace("0.0.0.0", "127.0.0.1")
    bench = bench_of(node)
    code, text = bench.refusal(bench.make, source="", Code=in_directory(directory))
    assert code == "InvalidParameterValueException" and "other machines reach" in text


class Bucket(Handler):
    """As much of S3 as gives an object."""

    objects: ClassVar[dict[str, bytes]] = {}

    def do_GET(self):
        body = self.objects.get(self.path.partition("?")[0])
        status = 404 if body is None else 200
        if body is None:
            bucket = self.path.split("/")[1]
            code = "NoSuchKey" if bucket == "builds" else "NoSuchBucket"
            body = f"<Error><Code>{code}</Code><Message>m</Message></Error>".encode()
        self.answer(status, body)


def test_code_comes_from_a_bucket(node_factory, bench_of):
    with serving(Bucket) as url:
        keys = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
        bench = bench_of(node_factory("--s3-endpoint", url, in_memory=True, environment=keys))
        package = bench.zipped({"app.py": "def handler(e, c):\n    return 'from the bucket'\n"})
        Bucket.objects["/builds/a/app.zip"] = package
        bench.make("", Code={"S3Bucket": "builds", "S3Key": "a/app.zip"})
        assert bench.invoke() == "from the bucket"
        found = bench.client.get_function_configuration(FunctionName=bench.name)
        assert found["CodeSize"] == len(package)
        for bucket, code, message in (
            ("builds", "NoSuchKey", "The specified key does not exist."),
            ("other", "NoSuchBucket", "The specified bucket does not exist"),
        ):
            missing = {"S3Bucket": bucket, "S3Key": "none"}
            assert bench.refusal(bench.make, source="", name="x", Code=missing) == (
                "InvalidParameterValueException",
                f"Error occurred while GetObject. S3 Error Code: {code}. "
                f"S3 Error Message: {message}",
            )


def test_a_bucket_without_an_endpoint_is_an_error_with_advice(fn):
    code, text = fn.refusal(fn.make, source="", Code={"S3Bucket": "builds", "S3Key": "k"})
    assert code == "InvalidParameterValueException"
    assert "--s3-endpoint" in text
