"""Letters that tell a determination in plain language: a draft for a licensed reviewer, never sent by itself."""
