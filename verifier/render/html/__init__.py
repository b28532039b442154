"""Documents in HTML: one file each, with everything in it, which prints well and fetches nothing."""
