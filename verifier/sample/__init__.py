"""Made-up determinations as a table: cases of a policy, what a payer recorded of each, and which records are wrong."""
