"""What a caller is told when the disk is nearly full.

Source: AWS, API reference, BatchStatementError: its codes have none for a service that is not
available, so the call as a whole has it, as BatchWriteItem's has.
"""

import pytest

from headwater.errors import ServiceUnavailable


def test_a_batch_of_statements_is_refused_as_a_whole(rig, monkeypatch):
    rig.table()
    answers = iter([True])  # there is room for the first statement, and then no more
    monkeypatch.setattr(rig.engine, "has_room", lambda: next(answers, False))
    statements = [{"Statement": f"INSERT INTO T VALUE {{'pk': '{key}'}}"} for key in "ab"]
    with pytest.raises(ServiceUnavailable, match="nearly full"):
        rig("BatchExecuteStatement", Statements=statements)
    assert rig("Scan", TableName="T")["Count"] == 0
    deletes = [{"Statement": "DELETE FROM T WHERE pk = 'a'"}]
    assert "Error" not in rig("BatchExecuteStatement", Statements=deletes)["Responses"][0]
