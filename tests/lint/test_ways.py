"""What a fact of a case is changed to, step by step."""

from __future__ import annotations

from pathlib import Path

from policy_dsl.core import types as t
from policy_dsl.core.ir import Value
from policy_dsl.known import ListValue
from tests.lint.worlds import policy
from verifier.lint.ways import ways

_FIRST, _LAST = 740_000, 740_009


def _courses(tmp_path: Path, items: tuple[tuple[Value | None, ...], ...]) -> set[tuple[int, tuple[object, ...]]]:
    """Of all ways to change the list of courses: their lengths, and the starts and ends after three steps."""
    fact = next(f for f in policy(tmp_path, 'criterion a "A"\n  require signed').facts if f.path == "courses")
    found = set()
    for way in ways(fact, ListValue(items, False)):
        if way.length >= 3:
            value = way.value(3)
            assert isinstance(value, ListValue)
            found.add((way.length, tuple(item[:2] for item in value.items)))
    return found


def test_all_dates_of_a_list_are_moved_at_once(tmp_path: Path) -> None:
    items = ((_FIRST, _FIRST + 2, 1), (_FIRST + 5, _LAST, 2))
    found = _courses(tmp_path, items)
    earlier = ((_FIRST - 3, _FIRST - 1), (_FIRST + 2, _LAST - 3))
    later = ((_FIRST + 3, _FIRST + 5), (_FIRST + 8, _LAST + 3))
    assert (_FIRST - t.FIRST_DAY, earlier) in found
    assert (t.LAST_DAY - _LAST, later) in found


def test_a_date_that_is_not_known_stays_so_where_the_others_move(tmp_path: Path) -> None:
    found = _courses(tmp_path, ((_FIRST, None, 1), (_LAST, None, 2)))
    assert (_FIRST - t.FIRST_DAY, ((_FIRST - 3, None), (_LAST - 3, None))) in found
