"""What an editor asks of a text while it is written: texts and programs in, values out; no protocol."""
