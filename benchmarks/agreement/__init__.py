"""Whether the engines agree: the reference evaluator, compiled code, Z3 and cvc5 on the same random pairs."""
