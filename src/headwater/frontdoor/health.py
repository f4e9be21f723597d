"""Is the node there? GET / as AWS answers it, and /_headwater/health for whoever balances load."""

from headwater import __version__
from headwater.wire.reply import Reply


def root(region: str) -> Reply:
    """GET /. Source: AWS's own endpoints answer this text, blank at the end included."""
    text = f"healthy: dynamodb.{region}.amazonaws.com "
    return Reply(text.encode(), headers={"Content-Type": "text/plain"})


def page() -> Reply:
    """GET /_headwater/health: a node that answers at all has opened its data and is well."""
    return Reply({"status": "ok", "version": __version__})
