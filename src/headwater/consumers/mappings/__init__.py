"""Event source mappings: functions invoked with the changes of a table.

    commit -> Wakeup -> Feed -> Lane: filter, batch, event -> function -> decide -> checkpoint

`supervisor.Mappings` is what a node builds. A mapping's document says what is wanted
(document.py), a Worker does it, with one Lane for each shard that is read now. What to do after
an invocation is decided by a pure function (decide.py) and only carried out by the lane.
"""
