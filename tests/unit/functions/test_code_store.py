"""Code on disk: what survives, what is made anew, what is swept."""

import pytest

from headwater.arns import Scope
from headwater.errors import InvalidParameterValue
from headwater.functions.code_store import CodeStore, Upload
from headwater.ids import SeededIds

SCOPE = Scope("111122223333", "eu-west-1")


@pytest.fixture
def package(lambda_):
    return lambda_.zipped({"app.py": "x = 1"})


def test_a_package_is_kept_and_unpacked(tmp_path, package):
    store = CodeStore(tmp_path / "functions" / "code", SeededIds(1))
    upload = store.save(SCOPE, "f", package)
    assert store.read(upload) == package
    assert (store.unpacked(upload) / "app.py").read_text() == "x = 1"


def test_the_unpacked_copy_is_made_anew_after_a_restart(tmp_path, package):
    upload = CodeStore(tmp_path / "c", SeededIds(1)).save(SCOPE, "f", package)
    again = CodeStore(tmp_path / "c", SeededIds(2))
    half_written = tmp_path / "c" / "111122223333-eu-west-1" / "f" / upload.id / "unpacked/app.py"
    half_written.write_text("")
    assert (again.unpacked(upload) / "app.py").read_text() == "x = 1"


def test_the_same_package_twice_is_two_uploads(tmp_path, package):
    store = CodeStore(tmp_path / "c", SeededIds(1))
    first, second = store.save(SCOPE, "f", package), store.save(SCOPE, "f", package)
    store.remove(first)
    assert store.unpacked(second).is_dir()


def test_a_bad_package_leaves_nothing(tmp_path):
    with pytest.raises(InvalidParameterValue):
        CodeStore(tmp_path / "c", SeededIds(1)).save(SCOPE, "f", b"no zip")
    assert not list(tmp_path.glob("c/*"))


def test_what_no_document_names_is_swept(tmp_path, package):
    store = CodeStore(tmp_path / "c", SeededIds(1))
    wanted, lost = store.save(SCOPE, "f", package), store.save(SCOPE, "f", package)
    store.sweep([wanted])
    assert store.read(wanted)
    with pytest.raises(FileNotFoundError):
        store.read(lost)


@pytest.mark.parametrize("region", ["..", "../../etc", "a/b", "."])
def test_a_region_made_up_by_the_caller_stays_inside(tmp_path, package, region):
    store = CodeStore(tmp_path / "a" / "b" / "code", SeededIds(1))
    upload = store.save(Scope("111122223333", region), "f", package)
    assert (tmp_path / "a/b/code") in store.unpacked(upload).resolve().parents
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    store.remove(Upload(Scope("111122223333", region), "f", upload.id))
    assert (tmp_path / "a/b/code").is_dir()
