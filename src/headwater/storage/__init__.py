"""Ordered key-value storage: one contract, several engines."""
