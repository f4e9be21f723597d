"""Readers of the change log: each keeps a durable position and is woken by the commit."""
