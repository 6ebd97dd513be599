"""Members of standard containers that insert and remove: they change the container, which is one for all iterations."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts


def loop(parameter: str, body: str, before: str = "", after: str = "") -> LoopFacts:
    text = f"""#include <map>
    using namespace std;
    int f(int *__restrict a, int n, {parameter}) {{ {before}
        for (int i = 0; i < n; i++) {{ {body} }} {after} return 0; }}"""
    (found,) = analyze(text.encode(), "cpp").loops
    return found


@pytest.mark.parametrize(
    ("parameter", "body"),
    [
        ("map<int, int> &m", "m[i] = i;"),
        ("map<int, int> &m", "a[i] = m[i];"),
        ("map<int, int> *m", "(*m)[i] = i;"),
        ("unordered_map<string, int> &m", 'm["x"]++;'),
        ("set<int> &m", "m.insert(i);"),
        ("unordered_set<int> &m", "m.erase(i);"),
        ("list<int> &m", "m.push_back(i);"),
        ("priority_queue<int> &m", "m.push(a[i]);"),
        ("vector<int> &m", "m.push_back(i);"),
    ],
)
def test_one_container_for_all(parameter: str, body: str) -> None:
    """Serial, in words that say what happens to the container, and with no doubt about its elements beside that."""
    found = loop(parameter, body)
    assert found.blocking
    assert all("changes the container `m` itself" in reason.message for reason in found.blocking)
    assert not found.unknowns


@pytest.mark.parametrize("body", ["m.push_back(i);", "m.push_back(i); a[i] = m.size();"])
def test_a_local_container(body: str) -> None:
    """One that stands before the loop grows from iteration to iteration."""
    (reason,) = loop("int k", body, "vector<int> m;", "k = m.size();").blocking
    assert reason.code == "PRG104"
    assert "changes the container `m` itself" in reason.message


@pytest.mark.parametrize(
    ("parameter", "body"),
    [
        ("const map<int, int> &m", "a[i] = m.at(i);"),
        ("map<int, int> &m", "a[i] = m.count(i);"),
        ("map<int, int> &m", "if (m.find(i) != m.end()) a[i] = 1;"),
        ("vector<map<int, int>> &m", "m[i][3] = i;"),
        ("vector<vector<int>> &m", "m[i].push_back(i);"),
        ("int m", "map<int, int> own; own[i] = i; a[i] = own[m];"),
    ],
)
def test_containers_that_are_only_read_or_are_the_iterations_own(parameter: str, body: str) -> None:
    """Looking something up changes nothing, and each iteration may change what it alone has."""
    found = loop(parameter, body)
    assert not found.blocking
    assert not found.unknowns


def test_a_container_that_starts_anew() -> None:
    """What `clear` emptied in the same iteration does not come from an earlier one."""
    assert not loop("int k", "m.clear(); m[i] = i; a[i] = m.size();", "map<int, int> m;").blocking


def test_elements_that_own_elements() -> None:
    """A vector of strings and the characters of its strings are not assumed to be apart: they are."""
    found = loop("vector<string> &m", 'm[i] += "x";')
    assert not found.assumptions


@pytest.mark.parametrize("parameter", ["list<int> &m", "set<int> &m", "map<int, int> *m"])
def test_iterators_that_only_step(parameter: str) -> None:
    """OpenMP shares out loops over random access iterators alone."""
    dot = "->" if "*" in parameter else "."
    text = f"""using namespace std;
    void f({parameter}) {{ for (auto it = m{dot}begin(); it != m{dot}end(); ++it) (*it)++; }}"""
    (found,) = analyze(text.encode(), "cpp").loops
    assert "PRG114" in {reason.code for reason in found.unknowns}
