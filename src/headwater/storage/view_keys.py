"""The keys of views, which are on the page of keyspace.py as V and W.

V <scope> <view>                               view document
W <view id 4> a <alert>                        alert document of a view
W <view id 4> n <sequence 8>                   what an alert has still to tell
W <view id 4> h <end of a minute 8>            what it had come to then
W <view id 4> p <pane 8> g <group>             what is known of a group in a pane of time
W <view id 4> p <pane 8> v <path> <group> <value>            how often a group has a value
W <view id 4> p <pane 8> o <path> <group> <rank 8> <value>   the same, most frequent first
"""

from headwater.arns import Scope
from headwater.storage.keyspace import scoped


def views_prefix(scope: Scope) -> bytes:
    return scoped(b"V", scope)


def all_views_prefix() -> bytes:
    return b"V"


def view_key(scope: Scope, view: str) -> bytes:
    return views_prefix(scope) + view.encode()


def view_data_prefix(view_id: int) -> bytes:
    """Everything a view keeps besides its document."""
    return b"W" + view_id.to_bytes(4, "big")


def view_alerts_prefix(view_id: int) -> bytes:
    return view_data_prefix(view_id) + b"a"


def view_alert_key(view_id: int, alert: str) -> bytes:
    return view_alerts_prefix(view_id) + alert.encode()


def view_notices_prefix(view_id: int) -> bytes:
    return view_data_prefix(view_id) + b"n"


def view_notice_key(view_id: int, sequence: int) -> bytes:
    return view_notices_prefix(view_id) + sequence.to_bytes(8, "big")


def view_history_prefix(view_id: int) -> bytes:
    return view_data_prefix(view_id) + b"h"


def view_history_key(view_id: int, at_ms: int) -> bytes:
    return view_history_prefix(view_id) + at_ms.to_bytes(8, "big")


def view_history_at(key: bytes) -> int:
    """The moment in the key of a point, in milliseconds since the epoch."""
    return int.from_bytes(key[-8:], "big")


def view_panes_prefix(view_id: int) -> bytes:
    return view_data_prefix(view_id) + b"p"


def view_pane_prefix(view_id: int, pane_ms: int) -> bytes:
    """What a view knows of the pane of time that begins at `pane_ms`; 0: of all time."""
    return view_panes_prefix(view_id) + pane_ms.to_bytes(8, "big")


def view_pane_of(view_id: int, key: bytes) -> int:
    """When the pane begins that a key belongs to."""
    start = len(view_panes_prefix(view_id))
    return int.from_bytes(key[start : start + 8], "big")
