"""How hard a text is to read: its Flesch-Kincaid grade, the years of school that reading it takes.

Kincaid, Fishburne, Rogers and Chissom, "Derivation of New Readability Formulas for Navy Enlisted Personnel", Research
Branch Report 8-75, 1975. Syllables are counted by spelling: as many as there are groups of vowels, without an `e` that
is silent at the end of a word.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*|\d[\d.,/:%-]*")
_SENTENCE = re.compile(r"[.!?:;]+(?=\s|$)|\n+")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?:[^aeiouylr]e|[^aeiouy][^aeiouyl]e|(?<=[aeiouy])[lr]e|[^aeiouydt]ed|[^aeiouycgsxzh]es)$")
_INSIDE = re.compile(r"[aeiouy][^aeiouy]+e(?:ment|ments|ly|thing|body|times|style)$")
_APART = re.compile(r"ia(?!l$|n$)|io(?!n)|[^q]ua|eo(?!u|p)|cre(?=at)|iu|[aeiouy]ing$|[^aeiouy]sm$")


def grade(text: str) -> float | None:
    """The grade, to one decimal; None for a text without words. A line's end ends a sentence, as a full stop does."""
    sentences = [words for words in (_WORD.findall(s) for s in _SENTENCE.split(text)) if words]
    if not sentences:
        return None
    words = [w for s in sentences for w in s]
    per_sentence = len(words) / len(sentences)
    per_word = sum(map(syllables, words)) / len(words)
    return round(0.39 * per_sentence + 11.8 * per_word - 15.59, 1)


def syllables(word: str) -> int:
    """About how many syllables the word has, at least one; what begins with a digit counts as one."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    count = len(_VOWELS.findall(letters)) + len(_APART.findall(letters))
    if len(letters) > 2 and _SILENT.search(letters):
        count -= 1
    if _INSIDE.search(letters):
        count -= 1
    return max(1, count)
