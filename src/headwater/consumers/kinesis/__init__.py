"""Kinesis destinations: a table's changes on their way to a stream of a Kinesis elsewhere."""
