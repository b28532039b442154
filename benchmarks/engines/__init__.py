"""The policies of `policies/esi` once more, in the languages of three rule engines: targets for `verifier attack`."""
