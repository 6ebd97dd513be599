"""The page of a report: one well-formed document that needs nothing else, and in which a hostile source stays text."""

from __future__ import annotations

import base64
import hashlib
import re

import msgspec
import pytest
from pragmatist.analysis.findings import FINDINGS
from pragmatist.reasoning.plan import Rejection
from pragmatist.reasoning.strategies.protocol import Proposal, Step
from pragmatist.server.engine.judge import judge_text
from pragmatist.server.report.page import report_html
from pragmatist.verification.evidence import Check, Evidence, Speedup, Trace
from report_pages import SOURCES, Page, page_of


def evidence_of(*checks: Check, speedup: Speedup | None = None, verdict="passed") -> Evidence:
    return Evidence("0123456789abcdef", verdict, checks, speedup)


CHECKS = (
    Check("plan", "passed", "it follows from the text", 0.0),
    Check("compile", "passed", "no error", 1.5),
    Check("lane-race", "passed", "no race", 2.5),
    Check("memory", "passed", "silent", 0.5),
    Check("outputs", "passed", "they agree", 1.0),
    Check("speed", "inconclusive", "too busy", 0.5),
)


@pytest.mark.parametrize("name", SOURCES)
def test_one_document_that_needs_nothing_else(name):
    """Well-formed, in sections with headings; every link leads to a place of the page; no id is there twice."""
    page = page_of(SOURCES[name])
    ids = [attributes["id"] for _, attributes, _ in page.elements if "id" in attributes]

    assert page.declarations == ["DOCTYPE html"]
    assert page.elements[0][:2] == ("html", {"lang": "en"})
    assert (
        len(page.all("main")) == len(page.all("h1")) == len(page.all("title")) - len(page.all("svg", role="img")) == 1
    )
    assert {"Iteration space", "Source", "Plan"} <= {text for _, text in page.all("h2")}
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a, _ in page.all("a")} <= set(ids)
    assert all(a["href"].startswith("#") for a, _ in page.all("a"))


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_acts_and_nothing_is_fetched(name):
    """No script, handler, frame, style attribute or address: a strict policy has nothing to forbid, and the page's own
    allows exactly its style."""
    page = page_of(SOURCES[name])
    (style,) = page.all("style")
    (policy,) = page.all("meta", **{"http-equiv": "Content-Security-Policy"})
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()

    assert {tag for tag, _, _ in page.elements}.isdisjoint(
        {"script", "iframe", "object", "embed", "img", "link", "base", "form"}
    )
    for _, attributes, _ in page.elements:
        assert {"src", "srcset", "style", "action"}.isdisjoint(attributes)
        assert not [name for name in attributes if name.startswith("on") or ":" in name]
    assert not re.search(r"url\(|@import|//|expression", style[1])
    assert policy[0]["content"].split("; ")[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]


@pytest.mark.parametrize("code", FINDINGS)
def test_every_finding_can_be_reported(code):
    """The programs of its documentation: each loop gives a page that browsers can read, with the finding explained."""
    for example in FINDINGS[code].examples:
        judgement = judge_text(example.before.encode(), example.language)
        for loop in judgement.loops:
            page = Page(report_html("a.c", example.before.encode(), judgement, loop.facts.id))
            codes = {reason.code for reason in loop.facts.blocking + loop.facts.unknowns + loop.facts.notes}
            assert codes <= {attributes["id"] for attributes, _ in page.all("dt")}


HOSTILE = "</td></table></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'><!--"


def test_a_hostile_source_stays_text():
    """Comments, file names, models' answers and tools' words that are written as markup are shown as written."""
    text = f"""\
void f(int n, double *x)
{{
    for (int i = 1; i < n; i++) /* {HOSTILE} */
        x[i] = x[i - 1]; // {HOSTILE}
}}
"""
    step = Step(HOSTILE, HOSTILE, HOSTILE, "refused", (Rejection("PRG501", HOSTILE),), 1, 0, 1, 0.1)
    proposal = Proposal(None, (Rejection("PRG501", HOSTILE),), HOSTILE, 1, 2, 0.1, (step,))
    checks = (Check("compile", "refuted", HOSTILE, 0.1, (Trace(HOSTILE, 3, None, HOSTILE),)),)
    evidence = msgspec.structs.replace(
        evidence_of(*checks, verdict="refuted"), inputs=HOSTILE, toolchain=(HOSTILE,), id=HOSTILE
    )
    page = page_of(text, path=f"{HOSTILE}/a.c", evidence=evidence, proposal=proposal)
    plain = page_of(text.replace(HOSTILE, "x"), proposal=msgspec.structs.replace(proposal, trace=()))

    assert {tag for tag, _, _ in page.elements} - {tag for tag, _, _ in plain.elements} <= {
        "table",
        "ul",
        "svg",
        "caption",
    }
    assert page.text.count(HOSTILE) >= 12
    assert [text for _, text in page.all("td") if text == f"        x[i]1→ = x[i - 1]→1; // {HOSTILE}"]


def test_what_hides_or_turns_text_is_shown():
    """Controls, and the characters that make code read otherwise than compilers read it, are named."""
    hidden = "a\u202eb\u2066c\x0cd\x1be\u200bf"
    text = f"void f(int n, int *x)\n{{\n    for (int i = 0; i < n; i++) // {hidden}\n        x[i] = 0;\n}}\n"
    page = page_of(text)

    assert "// aU+202EbU+2066cU+000CdU+001BeU+200Bf" in page.text
    assert not re.search("[\u200b\u202e\u2066\x0c\x1b\x00]", page.text)


def test_bytes_that_are_no_utf_8_and_long_lines():
    """They are shown as far as they can be, and the marks stay where they belong."""
    long = b"/* \xff\xfe\xe4 */ " * 300
    page = page_of(
        b"void f(int n, int *x)\n{\n    for (int i = 1; i < n; i++)\r\n        " + long + b"x[i] = x[i - 1];\r\n}\n"
    )

    assert [text for _, text in page.all("mark", class_="write")] == ["x[i]", "written"]
    assert "U+000D" not in page.text


def test_reads_writes_and_both_ends_of_a_dependence_are_marked():
    """The accesses of the recurrence, and a number where the dependence begins and where it ends."""
    page = page_of(SOURCES["recurrence"])
    cell = next(text for _, text in page.all("td") if "x[i - 1]" in text)

    assert cell == "        x[i]1→ += x[i - 1]→1;"
    assert [text for _, text in page.all("mark", class_="both")] == ["x[i]", "read and written"]
    assert [text for _, text in page.all("mark", class_="read")] == ["x[i - 1]", "read"]
    assert [a["href"] for a, _ in page.all("a", class_="end")] == ["#dependence-1"] * 2
    assert "distance (1), direction (<)" in page.all("li", id="dependence-1")[0][1]


def test_the_verdict_comes_first_and_says_why():
    """In a word and a sentence, with the form of its sign besides the colour."""
    words = {}
    for name in SOURCES:
        page = page_of(SOURCES[name])
        (title,), (why,) = page.all("p", class_="word"), page.all("p", class_="why")
        words[name] = (title[1], why[1])

    assert words["recurrence"] == ("Serial", "Flow dependence: x[i - 1] reads what x[i] wrote 1 iteration of i earlier")
    assert words["matmul"] == ("Parallelproved", "No iteration depends on another")
    assert words["histogram"][0] == "Candidate"
    assert words["exit"][1].startswith("Return leaves the loop early") or "leaves the loop early" in words["exit"][1]


def test_a_rejected_plan_and_what_refutes_it():
    """A serial loop has no plan; what would be written is shown struck out, with the reasons."""
    page = page_of(SOURCES["recurrence"])

    assert [text for _, text in page.all("code", class_="refused")] == ["#pragma omp parallel for"]
    assert "x blocks the loop" in page.text
    assert page.all("code", class_="pragma", id="none") == []


def test_a_directive_that_races_is_judged_and_corrected():
    """What stands there, that it races, and the corrected text."""
    page = page_of(SOURCES["directive"])

    assert "The directive that is there" in [text for _, text in page.all("h2")]
    assert "It races." in page.text
    assert "#pragma omp parallel for private(t)" in [text for _, text in page.all("code", class_="pragma")]


def test_a_models_answers_as_a_tree():
    """Each call with its outcome, its answer and what was held against it, those that build on it below."""
    leaf = Step(
        "execution",
        "",
        '{"directive": "parallel for"}',
        "refused",
        (Rejection("PRG506", "t is missing"),),
        9,
        0,
        2,
        0.5,
    )
    root = Step("dependences", "", "[]", "noted", (), 9, 0, 2, 0.5, (leaf,))
    page = page_of(
        SOURCES["recurrence"], proposal=Proposal(None, leaf.rejections, "tree-of-thoughts m", 2, 22, 1.0, (root,))
    )
    (tree,) = page.all("ul", class_="trace")

    assert "What tree-of-thoughts m proposes" in [text for _, text in page.all("h3")]
    assert re.fullmatch(r"dependences: noted \(.*\)\[\]execution: refused \(.*\)\{.*\}t is missing \(PRG506\)", tree[1])
    assert page.all("dt", id="PRG506")


def test_checks_as_a_timeline():
    """A row for each, with outcome and seconds; bars as long as the checks, one behind the other."""
    page = page_of(SOURCES["matmul"], evidence=evidence_of(*CHECKS))
    bars = [
        (float(a["x"]), float(a["width"]))
        for name in ("passed", "inconclusive")
        for a, _ in page.all("rect", class_=name)
    ]
    total = sum(check.seconds for check in CHECKS)

    outcomes = [text for a, text in page.all("td") if "outcome" in a.get("class", "")]
    assert outcomes == ["✓ passed"] * 5 + ["? inconclusive"]
    assert [text for _, text in page.all("td", class_="number")] == [f"{check.seconds:.2f}" for check in CHECKS]
    assert [width for _, width in bars][1:] == pytest.approx(
        [300 * check.seconds / total for check in CHECKS[1:]], abs=0.01
    )
    assert [x for x, _ in bars][2:] == pytest.approx([300 * each / total for each in (1.5, 4.0, 4.5, 5.5)], abs=0.01)


def test_speedup_by_threads():
    """A point for each number of threads that was measured, higher where it is faster; the words give the figures."""
    speedup = Speedup(4, 3.1, (2.8, 3.3), 0.8, 0.26, "gcc -O3", scaling=((1, 0.98), (2, 1.9), (4, 3.1)))
    page = page_of(SOURCES["matmul"], evidence=evidence_of(*CHECKS, speedup=speedup))
    ((attributes, _),) = page.all("svg", class_="speedup")
    points = [(float(a["cx"]), float(a["cy"])) for a, _ in page.all("circle") if a["r"] == "5"]
    (unit,) = page.all("line", class_="unit")

    assert attributes["role"] == "img"
    assert len(points) == 3
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert points[0][1] > float(unit[0]["y1"]) > points[1][1] > points[2][1]  # 0.98 lies below 1
    assert "3.10 times as fast on 4 threads (2.80 to 3.30" in page.text


def test_refuting_evidence_is_the_verdict():
    """A plan that a check refuted is not offered, and the page says which check and where."""
    trace = Trace("a.c", 4, 9, "written by two iterations")
    evidence = evidence_of(CHECKS[0], Check("lane-race", "refuted", "a race", 1.0, (trace,)), verdict="refuted")
    page = page_of(SOURCES["histogram"], evidence=evidence)

    assert page.all("p", class_="word")[0][1] == "Unknown"
    assert "a.c, line 4: written by two iterations" in page.text
    assert not page.all("tr", class_="added")


def test_assumptions_and_how_they_are_discharged():
    """By a test in the if clause, which the pragma has; by nothing, where none can be written."""
    guarded = page_of(
        "void f(int n, double *x, double *y)\n{\n    for (int i = 0; i < n; i++)\n        x[i] = y[i];\n}\n"
    )
    rows = [text for _, text in guarded.all("td")]

    assert any("a test at run time, in the if clause: " in text for text in rows)
    assert any(text.startswith("nothing yet") for _, text in page_of(SOURCES["histogram"]).all("td"))


def test_codes_are_explained_on_the_page():
    """Every code that is named has its documentation below."""
    page = page_of(SOURCES["stencil"])

    assert {a["id"] for a, _ in page.all("dt")} >= {"PRG101", "PRG102"}
    assert "One iteration writes an array element, and a later iteration reads it." in page.text


def test_a_loop_of_many_lines_is_cut_where_nothing_is_marked():
    """The lines around accesses stay, and dots stand for the others."""
    body = "".join(f"        // {number}\n" for number in range(400))
    loop = f"    for (int i = 1; i < n; i++) {{\n{body}        x[i] = x[i - 1];\n{body}    }}\n"
    page = page_of(f"void f(int n, int *x)\n{{\n{loop}}}\n")

    assert 10 < len(page.all("tr")) < 60
    assert page.all("tr", class_="skipped")
    assert [text for _, text in page.all("td") if "x[i]" in text]
