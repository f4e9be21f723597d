"""The change log: records, the shards they lie in, and the positions of those who read them."""
