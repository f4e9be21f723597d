"""The pictures in the README: a shop whose orders change for half a minute, light and dark.

    HEADWATER_SCREENSHOTS=docs/screenshots pytest tests/console/test_pictures.py

Not made otherwise: nothing is checked here that another test does not check.
"""

import io
import os
import random
import zipfile
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.skipif(
    "HEADWATER_SCREENSHOTS" not in os.environ, reason="HEADWATER_SCREENSHOTS names no directory"
)

STEPS = ("PLACED", "PAID", "PACKED", "SHIPPED", "DELIVERED")
COUNTRIES = ("DE", "ES", "FR", "IT", "NL", "PL", "SE")
GOODS = ("Espresso beans", "Filter papers", "Grinder", "Kettle", "Mug", "Scale")
SHIP = (
    "def handler(event, context):\n"
    "    for record in event['Records']:\n"
    "        order = record['dynamodb'].get('NewImage', {})\n"
    "        if order.get('Gift', {}).get('BOOL') and order['Country']['S'] == 'SE':\n"
    "            raise LookupError('no carrier takes gifts to SE')\n"
)
MAIL = "def handler(event, context):\n    print(len(event['Records']), 'mails')\n"


class Shop:
    """Orders that are placed, go their way, and are cancelled now and then."""

    def __init__(self, place):
        self.dice = random.Random(11)
        self.dynamodb = place.client("dynamodb")
        self.place = place
        self.orders = {}
        self.count = 1000

    def open(self):
        stream = self.place.make_table("Orders")
        for name in ("Customers", "Stock", "Invoices"):
            self.place.make_table(name)
        for name, source in (("send-mail", MAIL), ("update-search", MAIL), ("ship-parcel", SHIP)):
            self._map(name, source, stream)

    def _map(self, name, source, stream):
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("app.py", source)
        functions = self.place.client("lambda")
        functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="app.handler",
            Role="arn:aws:iam::000000000000:role/shop",
            Code={"ZipFile": package.getvalue()},
        )
        functions.create_event_source_mapping(
            FunctionName=name, EventSourceArn=stream, StartingPosition="TRIM_HORIZON"
        )

    def step(self):
        """One thing that happens in a shop."""
        if len(self.orders) < 5 or self.dice.random() < 0.4:
            self._order()
        elif self.dice.random() < 0.08:
            key = self.dice.choice(sorted(self.orders))
            del self.orders[key]
            self.dynamodb.delete_item(TableName="Orders", Key={"id": {"S": key}})
        else:
            self._go_on(self.dice.choice(sorted(self.orders)))

    def _order(self):
        self.count += 1
        key = f"o-{self.count}"
        self.orders[key] = 0
        lines = [
            {"M": {"Product": {"S": good}, "Quantity": {"N": str(self.dice.randint(1, 4))}}}
            for good in self.dice.sample(GOODS, self.dice.randint(1, 2))
        ]
        item = {
            "id": {"S": key},
            "Status": {"S": STEPS[0]},
            "Country": {"S": self.dice.choice(COUNTRIES)},
            "Customer": {"S": f"c-{self.dice.randint(1, 400)}"},
            "Total": {"N": f"{self.dice.randint(5, 199)}.{self.dice.randint(10, 99)}"},
            "Gift": {"BOOL": self.dice.random() < 0.12},
            "Lines": {"L": lines},
            "PlacedAt": {"S": f"{datetime.now(UTC):%H:%M:%SZ}"},
        }
        self.dynamodb.put_item(TableName="Orders", Item=item)

    def _go_on(self, key):
        self.orders[key] += 1
        self.dynamodb.update_item(
            TableName="Orders",
            Key={"id": {"S": key}},
            UpdateExpression="SET #s = :s",
            ExpressionAttributeNames={"#s": "Status"},
            ExpressionAttributeValues={":s": {"S": STEPS[self.orders[key]]}},
        )
        if self.orders[key] == len(STEPS) - 1:
            del self.orders[key]


@pytest.mark.deadline(300)
def test_the_pictures_of_the_readme(place, open_page, picture):
    shop = Shop(place)
    shop.open()
    overview = open_page("/")
    expect(overview.get_by_role("heading", level=1)).to_have_text("Overview")
    stream = open_page("/stream/Orders", scheme="dark")
    for number in range(260):
        shop.step()
        stream.wait_for_timeout(110 + 90 * shop.dice.random())
        if number == 90:
            place.stage.split("Orders")
    picture(overview, "overview")
    picture(stream, "stream")
    page = open_page("/tables/Orders")
    page.get_by_role("table", name="Items").locator("tbody tr").nth(3).click()
    expect(page.get_by_role("textbox", name="Item")).to_be_visible()
    picture(page, "item")
    failing = open_page("/mappings")
    failing.get_by_role("link", name="ship-parcel").click()
    expect(failing.get_by_role("region", name="Failing batch")).to_be_visible()
    picture(failing, "mapping")
