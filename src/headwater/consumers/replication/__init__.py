"""Tables replicated between regions: what each region writes is shipped to every other one.

A replica's own writes are read from its log by one link for each other replica, in batches, and
repeated there through the one write path. What a replica has repeated is not shipped on: every
region ships its own. docs/decisions/0011 tells why it is built so.
"""
