"""Queues: a durable subset of SQS's standard queues, served by the node itself."""
