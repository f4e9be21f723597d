"""GET /_headwater/rates: the metrics page for whoever asks every second."""

import re
import urllib.request


def page(headwater, name):
    with urllib.request.urlopen(f"{headwater.url}/_headwater/{name}") as answer:
        return answer.read().decode()


def test_rates_have_what_was_done_and_leave_the_logs_as_they_were(headwater, table, put):
    put("a", "b")
    rates, metrics = page(headwater, "rates"), page(headwater, "metrics")
    wanted = 'headwater_requests_total{service="dynamodb",operation="PutItem",outcome="ok"}'
    assert re.search(re.escape(wanted) + r" \d+", rates)
    logs = re.compile(r"^headwater_log_records\{.*\} 2$", re.MULTILINE)
    assert logs.search(metrics)
    put("c")
    assert logs.search(page(headwater, "rates"))
    assert not logs.search(page(headwater, "metrics"))
