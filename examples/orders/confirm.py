"""The shop's function: one mail for each new order, sent through a real SMTP server.

This is all the code that runs in Lambda. It gets the batch as AWS Lambda hands it over; that only
new orders arrive here is said in the mapping's filter, not in this file.
"""

import os
import smtplib
from email.message import EmailMessage
from typing import Any


def handle(event: dict[str, Any], context: object) -> None:
    """Mail every customer of the batch. If this raises, Lambda hands over the batch again."""
    host, port = os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])
    with smtplib.SMTP(host, port, local_hostname="shop.example", timeout=10) as post:
        for record in event["Records"]:
            post.send_message(confirmation(record["dynamodb"]["NewImage"]))


def confirmation(order: dict[str, Any]) -> EmailMessage:
    """The mail for one order, from its image in DynamoDB's JSON."""
    order_id, customer = order["OrderId"]["S"], order["CustomerId"]["S"]
    lines = [line["M"] for line in order["Lines"]["L"]]
    mail = EmailMessage()
    mail["From"] = "orders@shop.example"
    mail["To"] = f"{customer}@customers.example"
    mail["Subject"] = f"Your order {order_id}"
    mail["X-Order-Id"] = order_id
    bought = [f"{line['Count']['N']} x {line['Article']['S']}" for line in lines]
    mail.set_content("\n".join(["Thank you for:", *bought, f"Total: {order['Total']['N']}"]))
    return mail
