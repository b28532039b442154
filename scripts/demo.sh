#!/bin/sh
# The main job on the example policies: lint shows what is wrong with one, explain why a case is denied under it.
set -eu
verifier="$1"
policy=policies/esi/esi_prior_authorization.policy
case=policies/esi/cases/coverage-deny-three-reasons.json

echo "\$ verifier lint $policy"
echo
# The policy contradicts itself, so lint exits with 1: that is the result, not a failure of the demonstration.
if "$verifier" lint "$policy"; then
  echo "error: lint found nothing" >&2
  exit 1
elif [ $? -ne 1 ]; then
  exit 1
fi

echo
echo "\$ verifier explain $policy $case"
echo
"$verifier" explain "$policy" "$case"

echo
echo "Lint left with exit code 1, since the policy contradicts itself. Next: .venv/bin/verifier --help"
