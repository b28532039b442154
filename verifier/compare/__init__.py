"""Two policies side by side: what each decides of one case, which differs between them, and which edit is to blame."""
