"""ExportTableToPointInTime, ImportTable and the calls that describe and list them.

Sources: AWS, API reference of the six; developer guide, "DynamoDB table export output format"
(layout, manifests, lines) and "Amazon S3 import formats for DynamoDB"; service model for the
errors' names. The node's buckets are directories, its clock stands still until it is moved.
"""

import datetime
import gzip
import hashlib
import json
from base64 import b64encode
from contextlib import closing

import boto3
import pytest
from botocore.config import Config

from headwater.testing.process import NodeProcess
from headwater.testing.stage import Stage

START = "2026-03-04T05:00:00Z"


@pytest.fixture(scope="module")
def where(tmp_path_factory):
    return tmp_path_factory.mktemp("buckets")


@pytest.fixture(scope="module")
def own(where, tmp_path_factory):
    flags = ("--s3-directory", str(where), "--clock", "virtual", "--clock-start", START)
    log = tmp_path_factory.mktemp("log") / "node.log"
    with NodeProcess(*flags, data=None, log=log) as process:
        yield process


@pytest.fixture(scope="module")
def clock(own):
    with Stage(own.url) as stage:
        yield stage.clock


@pytest.fixture(scope="module")
def dynamodb(own):
    with closing(client_of(own)) as client:
        yield client


def client_of(process, service="dynamodb"):
    return boto3.client(
        service,
        endpoint_url=process.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def recovered(dynamodb, make_table):
    """The name and ARN of a table with point-in-time recovery."""
    name = make_table("pk")
    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    return name, dynamodb.describe_table(TableName=name)["Table"]["TableArn"]


@pytest.fixture
def exported(dynamodb, eventually):
    """exported(**params): the description of an export that has ended."""

    def run(**params):
        begun = dynamodb.export_table_to_point_in_time(S3Bucket="out", **params)
        arn = begun["ExportDescription"]["ExportArn"]
        assert begun["ExportDescription"]["ExportStatus"] == "IN_PROGRESS"

        def ended():
            found = dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
            return found if found["ExportStatus"] != "IN_PROGRESS" else None

        return eventually(ended)

    return run


@pytest.fixture
def imported(dynamodb, table_name, eventually):
    """imported(bucket, format, ...): the description of an import that has ended."""

    def run(source, input_format, **params):
        begun = dynamodb.import_table(
            S3BucketSource=source,
            InputFormat=input_format,
            TableCreationParameters={
                "TableName": table_name,
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
            **params,
        )["ImportTableDescription"]
        return wait_for_import(dynamodb, begun["ImportArn"], eventually)

    return run


def wait_for_import(dynamodb, arn, eventually):
    def ended():
        found = dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
        return found if found["ImportStatus"] != "IN_PROGRESS" else None

    return eventually(ended)


def put(dynamodb, name, key, number):
    dynamodb.put_item(TableName=name, Item={"pk": {"S": key}, "v": {"N": str(number)}})


def items(dynamodb, name):
    found = dynamodb.get_paginator("scan").paginate(TableName=name)
    return {item["pk"]["S"]: item for page in found for item in page["Items"]}


def lines_of(top, export):
    """Every line of an export's data, by way of its manifests."""
    bucket = top / export["S3Bucket"]
    summary = json.loads((bucket / export["ExportManifest"]).read_bytes())
    lines = []
    for line in (bucket / summary["manifestFilesS3Key"]).read_text().splitlines():
        file = json.loads(line)
        packed = (bucket / file["dataFileS3Key"]).read_bytes()
        assert b64encode(hashlib.md5(packed).digest()).decode() == file["md5Checksum"]
        of_file = [json.loads(one) for one in gzip.decompress(packed).splitlines()]
        assert len(of_file) == file["itemCount"]
        lines += of_file
    assert len(lines) == summary["itemCount"] == export["ItemCount"]
    return summary, lines


def test_a_full_export_is_the_table_at_its_moment(dynamodb, recovered, exported, clock, where):
    name, arn = recovered
    put(dynamodb, name, "a", 1)
    put(dynamodb, name, "b", 1)
    clock.advance("1m")
    moment = datetime.datetime.fromtimestamp(clock.now_ms / 1000, datetime.UTC)
    clock.advance("1m")
    put(dynamodb, name, "a", 2)
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "b"}})
    put(dynamodb, name, "c", 2)
    export = exported(TableArn=arn, ExportTime=moment, S3Prefix="some/where")
    assert export["ExportStatus"] == "COMPLETED"
    assert "ExportType" not in export, "told only if it was given (recorded, October 2026)"
    assert export["ExportTime"] == moment
    number = export["ExportArn"].rpartition("/")[2]
    assert export["ExportManifest"] == f"some/where/AWSDynamoDB/{number}/manifest-summary.json"
    summary, lines = lines_of(where, export)
    assert sorted(line["Item"]["pk"]["S"] for line in lines) == ["a", "b"]
    assert all(line["Item"]["v"] == {"N": "1"} for line in lines)
    assert (summary["tableArn"], summary["outputFormat"]) == (arn, "DYNAMODB_JSON")
    assert (where / "out" / f"some/where/AWSDynamoDB/{number}/_started").exists()
    # 2 + 1 bytes of pk, 1 + 2 of v, twice: DynamoDB's rules of size.
    assert export["BilledSizeBytes"] == 12


def test_an_incremental_export_is_what_changed(dynamodb, recovered, exported, clock, where):
    name, arn = recovered
    for key in ("same", "changed", "gone"):
        put(dynamodb, name, key, 1)
    clock.advance("1m")
    start = clock.now_ms // 1000
    put(dynamodb, name, "changed", 2)
    put(dynamodb, name, "changed", 3)
    put(dynamodb, name, "new", 3)
    put(dynamodb, name, "came-and-went", 3)
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "came-and-went"}})
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "gone"}})
    clock.advance("20m")
    put(dynamodb, name, "same", 4)
    span = {"ExportFromTime": start, "ExportToTime": start + 20 * 60}
    found = {}
    for view in ("NEW_AND_OLD_IMAGES", "NEW_IMAGE"):
        export = exported(
            TableArn=arn,
            ExportType="INCREMENTAL_EXPORT",
            IncrementalExportSpecification={**span, "ExportViewType": view},
        )
        _, lines = lines_of(where, export)
        assert {line["Metadata"]["WriteTimestampMicros"]["N"] for line in lines} == {
            str(start * 1_000_000)
        }
        found[view] = {
            line["Keys"]["pk"]["S"]: [
                line[image]["v"]["N"] if image in line else None
                for image in ("OldImage", "NewImage")
            ]
            for line in lines
        }
    assert found["NEW_AND_OLD_IMAGES"] == {
        "changed": ["1", "3"],
        "new": [None, "3"],
        "gone": ["1", None],
    }
    assert found["NEW_IMAGE"] == {
        "changed": [None, "3"],
        "new": [None, "3"],
        "gone": [None, None],
    }


def test_what_was_exported_can_be_imported(
    dynamodb, recovered, exported, imported, table_name, clock
):
    name, arn = recovered
    for number in range(600):
        put(dynamodb, name, f"k{number}", number)
    odd = {"pk": {"S": "ü\n"}, "b": {"B": b"\0\1"}, "m": {"M": {"l": {"L": [{"NULL": True}]}}}}
    dynamodb.put_item(TableName=name, Item=odd)
    export = exported(TableArn=arn)
    folder = export["ExportManifest"].replace("manifest-summary.json", "data/")
    done = imported(
        {"S3Bucket": "out", "S3KeyPrefix": folder}, "DYNAMODB_JSON", InputCompressionType="GZIP"
    )
    assert (done["ImportStatus"], done["ErrorCount"]) == ("COMPLETED", 0)
    assert done["ImportedItemCount"] == done["ProcessedItemCount"] == 601
    table = dynamodb.describe_table(TableName=table_name)["Table"]
    assert (table["TableStatus"], table["ItemCount"]) == ("ACTIVE", 601)
    assert items(dynamodb, table_name) == items(dynamodb, name)


def test_csv_has_its_names_in_the_first_line(dynamodb, imported, table_name, where):
    (where / "in-csv").mkdir()
    (where / "in-csv" / "a.csv").write_text('pk;v;w\r\n1;2;"x;y"\n2;;z')
    done = imported({"S3Bucket": "in-csv"}, "CSV", InputFormatOptions={"Csv": {"Delimiter": ";"}})
    assert (done["ImportedItemCount"], done["ErrorCount"]) == (2, 0)
    assert items(dynamodb, table_name) == {
        "1": {"pk": {"S": "1"}, "v": {"S": "2"}, "w": {"S": "x;y"}},
        "2": {"pk": {"S": "2"}, "v": {"S": ""}, "w": {"S": "z"}},
    }


def test_lines_that_are_no_items_are_counted_and_told_and_the_import_has_failed(
    dynamodb, imported, table_name, where, own, eventually
):
    """Recorded, October 2026: what could be imported is there; a line that cannot be parsed ends
    its file."""
    (where / "in-bad").mkdir()
    lines = [
        '{"Item": {"pk": {"S": "good"}}}',
        '{"Item": {"pk": {"N": "1"}}}',
        '{"Item": {"other": {"S": "no key"}}}',
        "",
        '{"Item": {"pk": {"S": "fine"}}}',
        "not JSON",
        '{"Item": {"pk": {"S": "left out"}}}',
    ]
    (where / "in-bad" / "1.json").write_text("\n".join(lines) + "\n")
    (where / "in-bad" / "2.json").write_bytes(b"")
    done = imported({"S3Bucket": "in-bad"}, "DYNAMODB_JSON")
    assert done["ImportStatus"] == "FAILED"
    assert (done["ImportedItemCount"], done["ErrorCount"], done["ProcessedItemCount"]) == (2, 3, 5)
    assert set(items(dynamodb, table_name)) == {"good", "fine"}
    assert dynamodb.describe_table(TableName=table_name)["Table"]["TableStatus"] == "ACTIVE"
    with closing(client_of(own, "logs")) as logs:
        events = logs.get_log_events(
            logGroupName="/aws-dynamodb/imports",
            logStreamName=done["ImportArn"].rpartition("/")[2],
            startFromHead=True,
        )["events"]
    assert [event["message"].partition(": ")[0] for event in events] == [
        f"1.json line {number}" for number in (2, 3, 6)
    ]


def test_an_import_from_no_bucket_leaves_no_table(dynamodb, imported, table_name):
    done = imported({"S3Bucket": "nowhere"}, "DYNAMODB_JSON")
    assert (done["ImportStatus"], done["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.describe_table(TableName=table_name)


def test_a_file_that_cannot_be_read_is_one_error(dynamodb, imported, table_name, where):
    """Recorded, October 2026."""
    (where / "in-raw").mkdir()
    (where / "in-raw" / "a.json").write_text('{"Item": {"pk": {"S": "a"}}}\n')
    done = imported({"S3Bucket": "in-raw"}, "DYNAMODB_JSON", InputCompressionType="GZIP")
    assert (done["ImportStatus"], done["FailureCode"]) == ("FAILED", "ItemValidationError")
    assert done["FailureMessage"].startswith("Some of the items failed validation checks and were")
    assert (done["ErrorCount"], done["ProcessedItemCount"], done["ImportedItemCount"]) == (1, 1, 0)
    assert items(dynamodb, table_name) == {}


def test_a_prefix_that_no_object_has_makes_an_empty_table(dynamodb, imported, table_name, where):
    """Recorded, October 2026."""
    (where / "in-none").mkdir()
    done = imported({"S3Bucket": "in-none", "S3KeyPrefix": "any"}, "DYNAMODB_JSON")
    assert (done["ImportStatus"], done["ProcessedItemCount"]) == ("COMPLETED", 0)
    assert done["S3BucketSource"] == {
        "S3BucketOwner": "000000000000",
        "S3Bucket": "in-none",
        "S3KeyPrefix": "any",
    }
    assert items(dynamodb, table_name) == {}


def test_a_token_of_an_import_stands_for_a_table(dynamodb, imported, table_name, where, refusal):
    """Recorded, October 2026: other parameters than the table's name are not compared, and a
    table that is there is in use, whatever the token."""
    (where / "in-token").mkdir()
    source = {"S3Bucket": "in-token"}
    done = imported(source, "DYNAMODB_JSON", ClientToken=table_name[-30:])
    asked = {
        "S3BucketSource": source,
        "InputFormat": "DYNAMODB_JSON",
        "ClientToken": table_name[-30:],
        "TableCreationParameters": dict(done["TableCreationParameters"]),
    }
    code, text = refusal(dynamodb.import_table, **asked)
    assert (code, text) == ("ResourceInUseException", f"Table already exists: {table_name}")
    other = {**done["TableCreationParameters"], "TableName": f"{table_name}.other"}
    code, text = refusal(dynamodb.import_table, **{**asked, "TableCreationParameters": other})
    assert code == "ImportConflictException"
    assert text == "Import conflict: Duplicate request detected with conflicting parameters"
    dynamodb.delete_table(TableName=table_name)
    asked["S3BucketSource"] = {**source, "S3KeyPrefix": "else"}
    again = dynamodb.import_table(**asked)["ImportTableDescription"]
    assert again["ImportArn"] == done["ImportArn"]


def test_a_value_of_csv_may_go_over_several_lines(dynamodb, imported, table_name, where, own):
    (where / "in-lines").mkdir()
    rows = ["pk,v", 'a,"one', 'two ""2"",', '"', "b,three"]
    (where / "in-lines" / "a.csv").write_text("\n".join(rows))
    done = imported({"S3Bucket": "in-lines"}, "CSV")
    assert (done["ImportStatus"], done["ImportedItemCount"]) == ("COMPLETED", 2)
    assert items(dynamodb, table_name) == {
        "a": {"pk": {"S": "a"}, "v": {"S": 'one\ntwo "2",\n'}},
        "b": {"pk": {"S": "b"}, "v": {"S": "three"}},
    }


def test_exports_and_imports_are_listed_in_pages(dynamodb, recovered, exported, imported, where):
    _, arn = recovered
    exports = sorted((exported(TableArn=arn)["ExportArn"] for _ in range(3)), reverse=True)
    first = dynamodb.list_exports(TableArn=arn, MaxResults=2)
    rest = dynamodb.list_exports(TableArn=arn, MaxResults=2, NextToken=first["NextToken"])
    assert "NextToken" not in rest
    listed = first["ExportSummaries"] + rest["ExportSummaries"]
    assert [export["ExportArn"] for export in listed] == exports
    done = imported({"S3Bucket": "nowhere"}, "CSV")
    page = dynamodb.list_imports(PageSize=1)
    assert len(page["ImportSummaryList"]) == 1
    (found,) = dynamodb.list_imports(TableArn=done["TableArn"])["ImportSummaryList"]
    assert found["ImportArn"] == done["ImportArn"]


def test_a_token_stands_for_one_request(dynamodb, recovered, refusal):
    _, arn = recovered
    export = dynamodb.export_table_to_point_in_time
    asked = {"TableArn": arn, "S3Bucket": "out", "ClientToken": "one"}
    first = export(**asked)["ExportDescription"]["ExportArn"]
    assert export(**asked)["ExportDescription"]["ExportArn"] == first
    code, text = refusal(export, **asked, S3Prefix="other")
    assert code == "ExportConflictException"
    assert text == "Export conflict: Duplicate request detected with conflicting parameters"


def test_what_cannot_be_done_is_refused(dynamodb, make_table, recovered, refusal, clock, node):
    _, arn = recovered
    export = dynamodb.export_table_to_point_in_time
    plain = make_table("pk")
    plain_arn = dynamodb.describe_table(TableName=plain)["Table"]["TableArn"]
    asked = {"TableArn": arn, "S3Bucket": "out"}
    code, text = refusal(export, TableArn=plain_arn, S3Bucket="out")
    assert code == "PointInTimeRecoveryUnavailableException"
    assert text == f"Point in time recovery is not enabled for table '{plain}'"
    future = clock.now_ms // 1000 + 3600
    code, text = refusal(export, **asked, ExportTime=future)
    assert (code, text) == ("InvalidExportTimeException", "Export Time is invalid")
    assert "ION" in refusal(export, **asked, ExportFormat="ION")[1]
    for word, call, there in (
        ("Export", dynamodb.describe_export, f"{arn}/export/1-1"),
        ("Import", dynamodb.describe_import, f"{arn}/import/1-1"),
    ):
        code, text = refusal(call, **{f"{word}Arn": there})
        assert (code, text) == (
            f"{word}NotFoundException",
            f"{word} not found: {word} not found: {there}",
        )
        code, text = refusal(call, **{f"{word}Arn": arn})
        assert (code, text) == ("ValidationException", f"Invalid {word} ARN")
        foreign = there.replace(":000000000000:", ":111111111111:")
        code, text = refusal(call, **{f"{word}Arn": foreign})
        assert (code, text) == ("AccessDeniedException", "Access is denied")
    without = node.client("dynamodb")
    code, text = refusal(without.export_table_to_point_in_time, TableArn=plain_arn, S3Bucket="out")
    assert code == "ValidationException" and "--s3-directory" in text


DIFFERENCE = "Difference between export period from time and export period to time is"


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        ({"from": 60}, "ValidationException", "Export Type expected to be Incremental Export"),
        (
            {"from": 60, "type": "FULL_EXPORT"},
            "ValidationException",
            "When Export Type is Full Export , Incremental Export Specification should not be",
        ),
        (
            {"type": "INCREMENTAL_EXPORT"},
            "ValidationException",
            "Incremental Export Specification expected when export type is set as Incremental",
        ),
        (
            {"type": "INCREMENTAL_EXPORT", "view": "NEW_IMAGE"},
            "ValidationException",
            "Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification",
        ),
        (
            {"type": "INCREMENTAL_EXPORT", "from": 3600},
            "InvalidExportTimeException",
            "period from time cannot be less than the table creation time : 20",
        ),
        (
            {"type": "INCREMENTAL_EXPORT", "from": 0, "to": -3600},
            "InvalidExportTimeException",
            "Incremental export period to time cannot be greater than the current time : 20",
        ),
        (
            {"type": "INCREMENTAL_EXPORT", "from": 0},
            "InvalidExportTimeException",
            f"{DIFFERENCE} less than 15 minutes",
        ),
    ],
)
def test_what_an_incremental_export_cannot_span_is_told(
    dynamodb, recovered, refusal, asked, code, words
):
    """Recorded, October 2026. from, to: seconds before the table was made."""
    name, arn = recovered
    made = dynamodb.describe_table(TableName=name)["Table"]["CreationDateTime"]
    made_s = int(made.timestamp())
    specification = {
        member: made_s - asked[word]
        for word, member in (("from", "ExportFromTime"), ("to", "ExportToTime"))
        if word in asked
    }
    if "view" in asked:
        specification["ExportViewType"] = asked["view"]
    params = {"IncrementalExportSpecification": specification} if specification else {}
    if "type" in asked:
        params["ExportType"] = asked["type"]
    export = dynamodb.export_table_to_point_in_time
    found = refusal(export, TableArn=arn, S3Bucket="out", **params)
    assert found[0] == code
    assert words in found[1]
