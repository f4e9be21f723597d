"""PartiQL, in the subset DynamoDB speaks: statements to plans, plans to reads and writes.

A text is parsed once (`statements`, kept by text), joined with its parameters (`constants`), and
with a table becomes a plan: `selecting` for reads, `changing` for writes. Running a plan is reading
through tables/read.py or writing through tables/write.py. Nothing here knows requests and answers.
"""
