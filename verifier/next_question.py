"""Which of the facts that are not known is worth asking for first."""

from __future__ import annotations

from verifier.determination import Determination


def next_question(result: Determination) -> str | None:
    """The path of the fact to ask for; None if nothing that is unknown is known to matter.

    It is in the smallest set that can secure approval, and there in the most of those sets; where no set is known, it
    is the first fact that matters.
    """
    needed = result.missing.needed
    if needed:
        return max(needed[0].paths, key=lambda path: sum(path in n.paths for n in needed))
    return result.missing.facts[0].path if result.missing.facts else None
