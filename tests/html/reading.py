"""An HTML document as a test reads it: its tags, texts, links, and whether each tag is closed."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = ("meta", "br", "hr", "img", "link", "input", "col", "wbr")


class Outline(HTMLParser):
    """`fetched` is all that a browser would load; `ids` and `targets` are anchors and the links to them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.fetched: list[str] = []
        self.language = ""
        self.policy = ""
        self._open: list[str] = []
        self._texts: list[tuple[str, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self._texts.append((tag, []))
        self.language = given.get("lang", self.language)
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]
        self.ids += [given["id"]] if "id" in given else []
        self.targets += [given["href"]] if "href" in given and tag == "a" else []
        loads = [given[a] for a in ("src", "srcset", "data", "poster") if a in given]
        self.fetched += [x for x in loads if not x.startswith("data:")] + ([given["href"]] if tag == "link" else [])
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> closes {self._open[-1:]} at {self.getpos()}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._texts:
            self._texts[-1][1].append(data)

    def text(self, tag: str) -> list[str]:
        """The words that follow directly on each such tag."""
        return [" ".join("".join(parts).split()) for name, parts in self._texts if name == tag]

    def end(self) -> Outline:
        """Itself, with every tag closed and every link inside the document leading somewhere."""
        self.close()
        assert not self._open, f"not closed: {self._open}"
        assert len(self.ids) == len(set(self.ids)), "an id stands twice"
        lost = [t for t in self.targets if t.startswith("#") and t[1:] not in self.ids]
        assert not lost, f"links that lead nowhere: {lost}"
        return self


def outline(text: str) -> Outline:
    """The document read. Fails if it is not well-formed."""
    found = Outline()
    found.feed(text)
    return found.end()
