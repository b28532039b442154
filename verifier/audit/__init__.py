"""Recorded determinations held against a policy: what each should be, and what is wrong with it."""
