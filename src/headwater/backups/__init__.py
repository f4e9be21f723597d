"""Tables as they were: point-in-time recovery, backups, export and import."""
