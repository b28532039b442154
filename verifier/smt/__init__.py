"""The program as Z3 constraints: completions of a case, and many demands on them at once."""
