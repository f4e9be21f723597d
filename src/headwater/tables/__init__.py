"""Tables: their schemas, the one write path, reads, indexes and transactions."""
