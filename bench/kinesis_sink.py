"""A Kinesis that takes everything and keeps nothing: what a destination delivers to when measured.

It prints its port, answers PutRecords by the number of records it finds in the body, and tells
how many it was sent to whoever asks with GET.
"""

import uvloop

from bare import Connection, serve

_SUMMARY = b'{"StreamDescriptionSummary":{"StreamStatus":"ACTIVE"}}'
_ENTRY = b'{"SequenceNumber":"49543463076548007577105092703039560359975228518395012686",'
_RECORD = _ENTRY + b'"ShardId":"shardId-000000000000"}'


class Sink(Connection):
    """One connection."""

    delivered = 0

    def answer(self, body: bytes) -> bytes:
        records = body.count(b'"PartitionKey"')
        Sink.delivered += records
        answer = b'{"FailedRecordCount":0,"Records":[%s]}' % b",".join([_RECORD] * records)
        if self.parser.get_method() == b"GET":
            answer = b"%d" % Sink.delivered
        elif not records:
            answer = _SUMMARY
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer)


if __name__ == "__main__":
    uvloop.run(serve(Sink))
