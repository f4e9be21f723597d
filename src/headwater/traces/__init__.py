"""Traces of a change, from the request that made it to the handler that was told of it."""
