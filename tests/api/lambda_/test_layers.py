"""Layers: published, listed, laid over one another under what stands for /opt."""

import pytest


@pytest.fixture
def publish(fn):
    """publish(files, "a"): a new version of a layer of this test's; its ARN."""

    def call(files, suffix="a", **params):
        content = {"ZipFile": fn.zipped(files)}
        name = f"{fn.name}-{suffix}"
        made = fn.client.publish_layer_version(LayerName=name, Content=content, **params)
        assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
        return made["LayerVersionArn"]

    return call


def test_a_function_imports_from_its_layers_the_later_ones_first(fn, publish):
    first = publish(
        {"python/shared.py": "x = 1", "python/one.py": "y = 1", "bin/tool": "#!/bin/sh\necho t"}
    )
    second = publish({"python/shared.py": "x = 2"}, "b")
    source = (
        "import shared, one, subprocess\n"
        "def handler(event, context):\n"
        "    return [shared.x, one.y, subprocess.check_output('tool').decode()]\n"
    )
    fn.make(source, Layers=[first, second])
    assert fn.invoke() == [2, 1, "t\n"]
    found = fn.client.get_function_configuration(FunctionName=fn.name)["Layers"]
    assert [one["Arn"] for one in found] == [first, second]
    assert found[0]["CodeSize"] > 0
    fn.client.update_function_configuration(FunctionName=fn.name, Layers=[first])
    assert fn.invoke()[0] == 1
    fn.client.update_function_configuration(FunctionName=fn.name, Layers=[])
    assert fn.answer()["Payload"]["errorType"] == "Runtime.ImportModuleError"
    assert "Layers" not in fn.client.get_function_configuration(FunctionName=fn.name)


def test_node_finds_modules_in_layers(fn, publish, node_js):
    layer = publish({"nodejs/node_modules/shared/index.js": "module.exports = 5;"})
    source = {"index.js": "exports.handler = async () => require('shared');"}
    fn.make(source, Runtime="nodejs20.x", Handler="index.handler", Layers=[layer])
    assert fn.invoke() == 5


def test_a_layer_brings_the_bootstrap(fn, publish):
    program = (
        "#!/bin/sh\napi=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime\n"
        "while true; do\n"
        "  id=$(curl -sSi $api/invocation/next | tr -d '\\r' |"
        " sed -n 's/^lambda-runtime-aws-request-id: //Ip')\n"
        "  curl -sS $api/invocation/$id/response -d '\"from the layer\"'\n"
        "done\n"
    )
    layer = publish({"bootstrap": program})
    fn.make({"x": ""}, Runtime="provided.al2", Layers=[layer])
    assert fn.invoke() == "from the layer"


def test_versions_are_told_and_deleted_and_used_ones_go_on_working(fn, publish):
    arn = publish(
        {"python/shared.py": "x = 1"},
        Description="d",
        CompatibleRuntimes=[fn.OWN_RUNTIME],
        LicenseInfo="MIT",
    )
    name = f"{fn.name}-a"
    found = fn.client.get_layer_version(LayerName=name, VersionNumber=1)
    assert found["LayerVersionArn"] == arn
    assert (found["Description"], found["LicenseInfo"]) == ("d", "MIT")
    assert found["CompatibleRuntimes"] == [fn.OWN_RUNTIME]
    assert fn.client.get_layer_version_by_arn(Arn=arn)["Content"] == found["Content"]
    fn.make("import shared\ndef handler(e, c):\n    return shared.x\n", Layers=[arn])
    second = publish({"python/shared.py": "x = 2"})
    listed = fn.client.list_layer_versions(LayerName=name)["LayerVersions"]
    assert [one["Version"] for one in listed] == [2, 1]
    listed = fn.client.list_layer_versions(LayerName=name, CompatibleRuntime=fn.OWN_RUNTIME)
    assert [one["Version"] for one in listed["LayerVersions"]] == [1]
    layers = {one["LayerName"]: one for one in fn.client.list_layers()["Layers"]}
    assert layers[name]["LatestMatchingVersion"]["LayerVersionArn"] == second
    fn.client.delete_layer_version(LayerName=name, VersionNumber=1)
    missing = {"LayerName": name, "VersionNumber": 1}
    assert fn.refusal(fn.client.get_layer_version, **missing) == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )
    assert fn.invoke() == 1
    fn.client.update_function_configuration(FunctionName=fn.name, Description="new")
    assert fn.invoke() == 1


def test_layers_that_cannot_be_had(fn, publish):
    arn = publish({"x": ""})
    publish({"x": "2"})
    none = arn[:-1] + "9"
    code, text = fn.refusal(fn.make, source="", Layers=[none])
    assert (code, text) == (
        "InvalidParameterValueException",
        f"Layer version {none} does not exist.",
    )
    code, text = fn.refusal(fn.make, source="", Layers=[arn, arn[:-1] + "2"])
    assert text.startswith("Two different versions of the same layer are not allowed")
    other = arn.replace("000000000000", "111122223333")
    assert "PublishLayerVersion" in fn.refusal(fn.make, source="", Layers=[other])[1]
