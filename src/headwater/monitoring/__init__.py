"""Metrics as CloudWatch keeps and shows them, and alarms on them."""
