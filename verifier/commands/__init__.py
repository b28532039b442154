"""The subcommands of the command line, one a file; each imports its engine only when it runs."""
