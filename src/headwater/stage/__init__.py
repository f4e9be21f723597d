"""The stage: what whoever tests a program may do to a node, and ask of it.

Time is moved, shards are split, requests fail on purpose; and what is on its way can be seen. Each
page under /_headwater/ is a file here; `pages.py` lists them. Nothing here is on the path of a
request, except faults, which frontdoor/faults.py carries out.
"""
