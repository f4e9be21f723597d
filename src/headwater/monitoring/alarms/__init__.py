"""Alarms on metrics: kept, judged every minute, and what they do when their state changes."""
