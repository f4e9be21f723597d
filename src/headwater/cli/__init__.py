"""The command line: ways to start a node and to see it at work. One file for each subcommand."""
