"""One rule a file. The file's name is the rule's slug, its docstring the documentation, `check` yields findings.

A rule that looks at two policies has `check_between` instead; its examples hold both, and the mapping if it needs one.

The docstring is the rule's page in the catalogue (`verifier explain-rule`, docs/rules) and has this shape, with an
empty line between the parts:

- one sentence: what is found
- `Family:` one of `verifier.lint.documentation.FAMILIES`
- `Reported iff` the exact condition, as the formula that is satisfiable or not
- `Why it hurts:` a patient, a payer or an auditor
- `Fires:` what does, in words; then an example, moved in by four spaces
- `Does not fire:` the same example put right
- `Limits:` what is not seen

The examples are run by tests: all of `Fires` must give a finding of the rule, none of `Does not fire` may. An
example is a policy; its first lines may be left out, and it then uses the vocabulary of `verifier.lint.examples`. It
may be several files, each below a line `-- NAME --`, such as `-- source.txt --`, `-- example.policy --` or an
`-- example.vocabulary --` of its own. A part may hold several examples with words between them.
"""
