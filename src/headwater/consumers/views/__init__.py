"""Views: aggregates over a table's items or changes, kept up to date by every change."""
