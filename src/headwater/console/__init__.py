"""The console: a node, seen in a browser.

A process of its own that imports nothing of the node: it knows it through the AWS APIs and the
pages under /_headwater/, so it can look at the tables and streams of any other DynamoDB endpoint
too. It serves the pages in `static/`, signs what they ask, and forwards it; which operations there
are, and which of them write, is in `operations.py`.
"""
