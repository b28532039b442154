"""Deciding whole tables, beside SQL written by hand and engines that decide one case at a time."""
