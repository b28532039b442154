"""The language server: `verifier.editing` for editors that speak the Language Server Protocol."""
