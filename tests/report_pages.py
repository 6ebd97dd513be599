"""Loops of many kinds, their reports, and pages as the elements that a browser would see."""

from __future__ import annotations

from html.parser import HTMLParser

from pragmatist.server.engine.judge import judge_text
from pragmatist.server.engine.verify import VerifiedFile, with_evidence
from pragmatist.server.report.page import report_html
from pragmatist.verification.evidence import Evidence

SOURCES = {
    "recurrence": """\
void f(int n, double *x)
{
    for (int i = 1; i < n; i++)
        x[i] += x[i - 1];
}
""",
    "stencil": """\
void f(int n, double (*a)[n])
{
    for (int i = 1; i < n - 1; i++)
        for (int j = 1; j < n - 1; j++)
            a[i][j] = a[i - 1][j] + a[i + 1][j] + a[i][j - 1] + a[i][j + 1];
}
""",
    "matmul": """\
void f(int n, const double (*restrict a)[n], const double (*restrict b)[n], double (*restrict c)[n])
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            for (int k = 0; k < n; k++)
                c[i][j] += a[i][k] * b[k][j];
}
""",
    "histogram": """\
void f(int n, int *k, int *h)
{
    for (int i = 0; i < n; i++)
        h[k[i]]++;
}
""",
    "csr": """\
void f(int n, const int *row, const double *v, double *restrict y)
{
    for (int i = 0; i < n; i++)
        for (int k = row[i]; k < row[i + 1]; k++)
            y[i] += v[k];
}
""",
    "while": """\
struct node { struct node *next; int v; };
void f(struct node *p)
{
    while (p) {
        p->v++;
        p = p->next;
    }
}
""",
    "exit": """\
int f(int n, int *a)
{
    for (int i = 0; i < n; i++)
        if (a[i])
            return i;
    return 0;
}
""",
    "vector": """\
#include <vector>
void f(std::vector<double>& v)
{
    for (auto& x : v)
        x *= 2;
}
""",
    "directive": """\
void f(int n, double *a)
{
    double t;
#pragma omp parallel for
    for (int i = 0; i < n; i++) {
        t = a[i];
        a[i] = t * t;
    }
}
""",
}
_VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """A page as its elements: (tag, attributes, text inside). Fails where tags are not nested as they must be."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self.declarations: list[str] = []
        self._open: list[int] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_decl(self, decl: str) -> None:
        self.declarations.append(decl)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, []))
        if tag not in _VOID:
            self._open.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self._open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        for number in self._open:
            self.elements[number][2].append(data)

    def all(self, tag: str, **attributes: str) -> list[tuple[dict[str, str], str]]:
        """Attributes and text of the elements of a kind; `class_` asks for one class among several."""
        wanted = attributes.pop("class_", None)
        return [
            (found, "".join(text))
            for name, found, text in self.elements
            if name == tag
            and (wanted is None or wanted in found.get("class", "").split())
            and attributes.items() <= found.items()
        ]

    @property
    def text(self) -> str:
        return "".join(self.elements[0][2])


def page_of(text: str | bytes, *, path: str = "a.c", evidence: Evidence | None = None, **more) -> Page:
    """The report on the first loop of a text."""
    raw = text.encode() if isinstance(text, str) else text
    judgement = judge_text(raw, "cpp" if b"std::" in raw else "c")
    loop = judgement.loops[0].facts.id
    found = {} if evidence is None else {loop: evidence}
    judgement = with_evidence(judgement, VerifiedFile(evidence=found))
    return Page(report_html(path, raw, judgement, loop, evidence=found, **more))
