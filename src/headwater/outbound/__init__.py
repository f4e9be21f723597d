"""Calls to other AWS-compatible endpoints: Kinesis, SQS, SNS, S3."""
