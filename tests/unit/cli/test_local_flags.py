"""DynamoDB Local's command lines, understood.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.UsageNotes.html
"""

from headwater.cli.local_flags import translate


def test_every_flag_of_dynamodb_local_is_understood():
    line = (
        "-Djava.library.path=./DynamoDBLocal_lib -jar DynamoDBLocal.jar -port 9000 -sharedDb "
        "-dbPath ./db -cors * -delayTransientStatuses -optimizeDbBeforeStartup -disableTelemetry"
    )
    words, notes = translate(line.split())
    served = ["--port", "9000", "--shared-db", "--data", "./db", "--cors", "*"]
    assert words == [*served, "--status-delay", "5s"]
    assert [note.split()[0] for note in notes] == [
        "-optimizeDbBeforeStartup",
        "-disableTelemetry",
    ]


def test_our_own_words_pass_through_untouched():
    ours = ["--port", "0", "--in-memory", "--sync", "off"]
    assert translate(ours) == (ours, [])
