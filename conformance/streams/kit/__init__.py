"""What the cases stand on: an endpoint, tables on it, readers of their streams, and sources."""
