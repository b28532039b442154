"""The text of a policy: parsing it to an ast, explaining its mistakes, and formatting it."""
