"""The HTTP service of `verifier serve`: an API and a page, on this computer only."""
