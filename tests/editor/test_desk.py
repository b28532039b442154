"""The open files: what the client says late or wrongly, and the files that go with a file."""

from __future__ import annotations

from pathlib import Path

from tests.editor.texts import KNEE, KNEE_SOURCE, KNEE_VOCABULARY, at
from verifier.lsp.desk import Desk, path_of


def _folder(tmp_path: Path) -> Path:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / ".hidden").mkdir()
    for folder in (tmp_path / ".hidden", inner):
        (folder / "other.policy").write_text("policy other\n  uses knee\n", encoding="utf-8")
    (tmp_path / "knee.vocabulary").write_text(KNEE_VOCABULARY, encoding="utf-8")
    (tmp_path / "knee.txt").write_text(KNEE_SOURCE, encoding="utf-8")
    return tmp_path


def test_an_old_text_and_a_text_of_nothing_are_passed_over(tmp_path: Path) -> None:
    desk, uri = Desk(), (tmp_path / "a.policy").as_uri()
    assert desk.changed(uri, "early", 1) is None
    assert desk.opened("no address", "text", 1) is None
    assert desk.opened(uri, "first", 4) is not None
    assert desk.changed(uri, "old", 4) is None
    assert desk.changed(uri, "new", 5) is not None
    document = desk.document(uri)
    assert document is not None and document.text == "new"
    assert desk.closed(uri) is document
    assert desk.closed(uri) is None


def test_what_was_made_from_an_older_vocabulary_is_known_by_its_stamp(tmp_path: Path) -> None:
    desk, folder = Desk(), _folder(tmp_path)
    policy, vocabulary = (folder / "knee.policy").as_uri(), (folder / "knee.vocabulary").as_uri()
    desk.opened(policy, KNEE, 1)
    desk.opened(vocabulary, KNEE_VOCABULARY, 1)
    before = desk.snapshot(policy)
    assert before is not None and before.right and before is desk.snapshot(policy)
    stamp = desk.stamp(before)
    assert stamp == ((policy, 1), (vocabulary, 1))
    desk.changed(vocabulary, KNEE_VOCABULARY.replace("pain.now", "pain.later"), 2)
    after = desk.snapshot(policy)
    assert after is not None and not after.right and desk.stamp(after) != stamp


def test_names_are_looked_for_below_open_folders_and_else_beside(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    for folders, wanted in ([folder], {"knee", "other"}), ([], {"knee"}):
        desk = Desk()
        desk.folders = folders
        uri = (folder / "knee.policy").as_uri()
        desk.opened(uri, KNEE, 1)
        snapshot = desk.snapshot(uri)
        assert snapshot is not None
        occurrence = snapshot.at(*at(KNEE, "uses knee", 6))
        assert occurrence is not None
        named = {Path(s.file).name for s in desk.naming(occurrence.symbol, snapshot)}
        assert named == {"knee.policy", "knee.vocabulary"} | ({"other.policy"} if folders else set())
        assert set(desk.beside(str(folder / "x.policy")).policies) == wanted


def test_a_text_that_was_never_saved_has_a_path_of_its_own() -> None:
    assert path_of("untitled:Untitled-1") == str(Path.cwd() / "untitled-Untitled-1")
    assert path_of("file:///a%20b.policy") == "/a b.policy"
    assert path_of("nothing") is None
