"""Is the node there? GET / as AWS answers it, and /_headwater/health for whoever balances load."""

from headwater import __version__
from headwater.errors import AwsError
from headwater.wire.reply import Reply


def root(region: str) -> Reply:
    """GET /. Source: AWS's own endpoints answer this text, blank at the end included."""
    text = f"healthy: dynamodb.{region}.amazonaws.com "
    return Reply(text.encode(), headers={"Content-Type": "text/plain"})


def page(trouble: AwsError | None) -> Reply:
    """GET /_headwater/health: a node that answers has opened its data, and is well unless its store
    is in trouble."""
    if trouble is None:
        return Reply({"status": "ok", "version": __version__})
    body = {"status": "failing", "why": trouble.message, "version": __version__}
    return Reply(body, status=503)
