"""Headwater: a self-hosted, wire-compatible DynamoDB whose change stream is its centre."""

__version__ = "0.1.0"
