"""Strict JSON: no key twice, no NaN, decimals kept exactly, and a place for every mistake."""

from __future__ import annotations

import json
import re
from decimal import Decimal

from policy_dsl.known import CaseError, CaseProblem

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


class _DuplicateKeyError(Exception):
    pass


class _NotANumberError(Exception):
    pass


def load_json(text: str, name: str = "") -> object:
    """The decoded JSON; numbers with a point or an exponent become `Decimal`.

    Raises CaseError, with `name:line:column` as its path, for what is not JSON, a key given twice in an object,
    NaN and Infinity, and nesting or numbers beyond all measure.
    """
    try:
        decoded: object = _STRICT.decode(text)
    except json.JSONDecodeError as e:
        raise _error(text, name, e.pos, _plain(e.msg)) from None
    except _DuplicateKeyError:
        at, key = _duplicate(text)
        raise _error(text, name, at, f"the key `{key}` is given twice", "keep one of the two") from None
    except _NotANumberError as e:
        raise _error(text, name, _place_of(text, str(e)), f"`{e}` is not a number", "write null if unknown") from None
    except RecursionError:
        raise CaseError([CaseProblem(name, "the JSON is nested too deeply")]) from None
    except ValueError:  # a whole number of thousands of digits
        raise CaseError([CaseProblem(name, "a number has too many digits")]) from None
    return decoded


def _no_constant(word: str) -> object:
    raise _NotANumberError(word)


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    out = dict(pairs)
    if len(out) < len(pairs):
        raise _DuplicateKeyError
    return out


_STRICT = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_without_duplicates)


def _plain(message: str) -> str:
    return f"not JSON: {message[:1].lower()}{message[1:]}"


def _error(text: str, name: str, at: int, message: str, help: str = "") -> CaseError:
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    place = f"{name}:{line}:{column}" if name else f"{line}:{column}"
    return CaseError([CaseProblem(place, message, help)])


def _place_of(text: str, word: str) -> int:
    """Where the bare word stands; the text is JSON up to there."""
    return next(m.start() for m in _TOKEN.finditer(text) if m.group() == word)


def _duplicate(text: str) -> tuple[int, str]:
    """The place and name of the first key that its object already has; the text holds one in valid JSON."""
    open_keys: list[set[str]] = []
    last: tuple[int, str] = (0, "")
    for m in _TOKEN.finditer(text):
        token = m.group()
        if token in ("{", "["):
            open_keys.append(set())
        elif token in ("}", "]"):
            open_keys.pop()
        elif token == ":":
            if last[1] in open_keys[-1]:
                return last
            open_keys[-1].add(last[1])
        elif token.startswith('"'):
            last = m.start(), str(json.loads(token, strict=False))
    return last
