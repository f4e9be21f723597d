"""An alert that calls a function, which is a real process."""

import io
import json
import sys
import zipfile

HANDLER = """
import json

def handler(event, context):
    with open({!r}, "a") as told:
        told.write(json.dumps(event) + "\\n")
"""


def package(source):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("app.py", source)
    return data.getvalue()


def test_an_alert_calls_a_function_when_its_state_changes(
    headwater, order, pages, settled, tmp_path, eventually
):
    path = tmp_path / "told"
    path.touch()
    made = headwater.client("lambda").create_function(
        FunctionName="page-me",
        Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
        Role="arn:aws:iam::000000000000:role/r",
        Handler="app.handler",
        Code={"ZipFile": package(HANDLER.format(str(path)))},
    )
    pages.post("views", name="revenue", table="Orders", sum="n", by="country")
    pages.post(
        "views/revenue/alerts",
        name="high",
        when="value > 100",
        call=made["FunctionArn"],
        group="CH",
    )
    order("1", country="DE", n=500)
    order("2", country="CH", n=101)

    def told():
        return [json.loads(line) for line in path.read_text().splitlines()]

    eventually(lambda: len(told()) == 1, what="the alarm", seconds=60)
    assert [(one["name"], one["state"]) for one in alerts_listed(pages)] == [("high", "ALARM")]
    order("2", country="CH", n=100)
    eventually(lambda: len(told()) == 2, what="its end", seconds=60)
    assert [(one["name"], one["state"]) for one in alerts_listed(pages)] == [("high", "OK")]
    first, second = told()
    assert (first["view"], first["alert"], first["state"]) == ("revenue", "high", "ALARM")
    assert first["groups"] == [{"group": ["CH"], "value": 101}]
    assert (first["table"], first["when"]) == ("Orders", "sum(n) > 100")
    assert second["state"] == "OK"


def alerts_listed(pages):
    (view,) = pages.get("views")["views"]
    return view["alerts"]
