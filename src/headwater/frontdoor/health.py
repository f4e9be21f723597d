"""Is the node there? GET / as AWS answers it, and /_headwater/health for whoever balances load."""

from headwater import __version__
from headwater.wire.reply import Reply


class Health:
    """ok until the node drains; a balancer should then send requests elsewhere."""

    def __init__(self, region: str) -> None:
        self._region = region
        self.draining = False

    def root(self) -> Reply:
        """GET /. Source: AWS's own endpoints, in this form to the letter."""
        text = f"healthy: dynamodb.{self._region}.amazonaws.com "
        return Reply(text.encode(), headers={"Content-Type": "text/plain"})

    def page(self) -> Reply:
        """GET /_headwater/health."""
        status = "draining" if self.draining else "ok"
        return Reply(
            {"status": status, "version": __version__}, status=503 if self.draining else 200
        )
