"""Certificates: what a determination or a finding rests on, so that another solver and a small checker can confirm it.

Nothing here uses the encoder or the solver that found the answer. The program is translated anew, straight to SMT-LIB
text without lemmas or tricks, and another solver reads that text.
"""
