"""One rule a file. The file's name is the rule's slug, its docstring the documentation, `check` yields findings.

Every docstring has the same parts: what is reported, "reported iff ...", why it hurts, an example that fires, one
that does not, and limits.
"""
