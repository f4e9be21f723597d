"""The logs of functions: groups, streams and events, as CloudWatch Logs has them, kept in files."""
