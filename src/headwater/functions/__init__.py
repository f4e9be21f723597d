"""Lambda functions: kept in the database, run in real processes."""
