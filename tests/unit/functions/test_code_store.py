"""Code on disk: what survives, what is made anew, what is swept."""

import pytest

from headwater.arns import Scope
from headwater.errors import InvalidParameterValue, Service
from headwater.functions.code_store import CodeStore, Upload

SCOPE = Scope("111122223333", "eu-west-1")


@pytest.fixture
def package(lambda_):
    return lambda_.zipped({"app.py": "x = 1"})


def test_a_package_is_kept_and_unpacked(tmp_path, package):
    store = CodeStore(tmp_path / "functions" / "code")
    upload = store.save(SCOPE, "f", package, "00000001")
    assert store.read(upload) == package
    assert (store.unpacked(upload) / "app.py").read_text() == "x = 1"


def test_the_unpacked_copy_is_made_anew_after_a_restart(tmp_path, package):
    upload = CodeStore(tmp_path / "c").save(SCOPE, "f", package, "00000002")
    again = CodeStore(tmp_path / "c")
    half_written = tmp_path / "c" / "111122223333-eu-west-1" / "f" / upload.id / "unpacked/app.py"
    half_written.write_text("")
    assert (again.unpacked(upload) / "app.py").read_text() == "x = 1"


def test_the_same_package_twice_is_two_uploads(tmp_path, package):
    store = CodeStore(tmp_path / "c")
    first, second = (
        store.save(SCOPE, "f", package, "00000003"),
        store.save(SCOPE, "f", package, "00000004"),
    )
    store.remove(first)
    assert store.unpacked(second).is_dir()


def test_a_bad_package_leaves_nothing(tmp_path):
    with pytest.raises(InvalidParameterValue):
        CodeStore(tmp_path / "c").save(SCOPE, "f", b"no zip", "00000005")
    assert not list(tmp_path.glob("c/*"))


def test_what_no_document_names_is_swept(tmp_path, package):
    store = CodeStore(tmp_path / "c")
    wanted, lost = (
        store.save(SCOPE, "f", package, "00000006"),
        store.save(SCOPE, "f", package, "00000007"),
    )
    store.sweep([wanted])
    assert store.read(wanted)
    with pytest.raises(Service, match="not on this node's disk"):
        store.read(lost)


@pytest.mark.parametrize("region", ["..", "../../etc", "a/b", "."])
def test_a_region_made_up_by_the_caller_stays_inside(tmp_path, package, region):
    store = CodeStore(tmp_path / "a" / "b" / "code")
    upload = store.save(Scope("111122223333", region), "f", package, "0")
    assert (tmp_path / "a/b/code") in store.unpacked(upload).resolve().parents
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    store.remove(Upload(Scope("111122223333", region), "f", upload.id))
    assert (tmp_path / "a/b/code").is_dir()
