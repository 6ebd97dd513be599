"""One loop, one strategy, one model; answers are kept and checked again when they are taken out."""

from __future__ import annotations

import threading

import msgspec
import pytest
from pragmatist.analysis.facts import LoopFacts, Place
from pragmatist.reasoning.answers import answer_key
from pragmatist.reasoning.plan import Rejection
from pragmatist.reasoning.prompts.abstract import loop_abstract
from pragmatist.reasoning.propose import propose_plan
from pragmatist.reasoning.runtimes.opening import close_model, open_model
from pragmatist.reasoning.runtimes.protocol import Cancelled, ModelFileError
from pragmatist.reasoning.strategies.protocol import Budget, Proposal, summary
from pragmatist.reasoning.strategies.registry import UnknownStrategy, find_strategy

SUM = {"s": {"role": "reduction", "operator": "+", "live_out": True}}


class Store(dict):
    """The smallest store there is."""

    def put(self, key: str, value: bytes) -> None:
        self[key] = value


@pytest.fixture(autouse=True, scope="module")
def _closed():
    yield
    close_model()


@pytest.fixture
def propose(plain_model):
    return lambda facts, **options: propose_plan(facts, strategy="zero-shot", model=plain_model, **options)


def test_a_loop_gets_a_plan_or_reasons(propose, make_facts):
    """The planner's name tells strategy and model."""
    assert summary(propose(make_facts())) == "parallel for (zero-shot plain)"
    assert summary(propose(make_facts(**SUM))) == (
        "none, because s is missing from reduction: s accumulates over the iterations: it needs reduction(+:s); "
        "the model repeats the refused answer (zero-shot plain)"
    )


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"blocking": "a[i] needs a[i - 1]"}, "line 7: a[i] needs a[i - 1]"),
        ({"header": None}, "not in canonical form"),
        ({"kind": "while", "header": None}, "a while loop cannot carry an OpenMP directive"),
    ],
)
def test_a_loop_that_no_plan_can_be_right_for_costs_no_call(facts, words, propose, make_facts):
    """The facts are the answer."""
    proposal = propose(make_facts(**facts))

    assert (proposal.plan, proposal.calls, proposal.tokens) == (None, 0, 0)
    assert words in summary(proposal)


def test_the_checker_is_always_asked(propose, make_facts):
    """A verifier that accepts everything does not make a wrong plan right; one that refuses is heard."""
    assert propose(make_facts(**SUM), verifier=lambda plan: ()).plan is None
    assert propose(make_facts(), verifier=lambda plan: (Rejection("PRG400", "it races"),)).plan is None


def test_what_cannot_be_used_is_said(make_facts, plain_model, tmp_path):
    """Errors of the user are exceptions with what to tell him."""
    with pytest.raises(UnknownStrategy, match=r"there are: .*zero-shot"):
        propose_plan(make_facts(), strategy="none", model=plain_model)
    with pytest.raises(ModelFileError, match="there is no model file"):
        propose_plan(make_facts(), strategy="zero-shot", model=tmp_path / "x.gguf")


def test_cancelling(propose, make_facts):
    """Nothing is kept of a proposal that was cancelled."""
    event, store = threading.Event(), Store()
    event.set()

    with pytest.raises(Cancelled):
        propose(make_facts(), cancelled=event, store=store)
    assert store == {}


def test_an_answer_is_kept(propose, make_facts):
    """With a plan or without one, asking again costs nothing and says so."""
    for facts in (make_facts(), make_facts(**SUM)):
        store = Store()
        first = propose(facts, store=store)
        again = propose(facts, store=store)

        assert len(store) == 1
        assert again == msgspec.structs.replace(first, cached=True)


def test_a_kept_answer_follows_the_loop(propose, make_facts):
    """An edit above the loop changes its places and perhaps its identity, not what the model would say."""
    store = Store()
    propose(make_facts(), store=store)

    moved = propose(make_facts(id="L9", place=Place(500, 1500, 40, 1, 49, 2)), store=store)

    assert moved.cached
    assert moved.plan is not None
    assert moved.plan.loop == "L9"


def test_a_kept_answer_is_checked_again(propose, make_facts):
    """A store that was written by somebody else, or is damaged, cannot bring in a wrong plan."""
    facts, store = make_facts(**SUM), Store()
    plain = propose(make_facts())
    propose(facts, store=store)
    (key,) = store

    for forged in (msgspec.json.encode(plain), b"", b"{}", b"\xff" * 10):
        store[key] = forged
        proposal = propose(facts, store=store)
        assert (proposal.plan, proposal.cached) == (None, False)


def test_what_a_busy_machine_broke_off_is_not_kept(propose, make_facts):
    """With more time the answer may be another."""
    store = Store()

    proposal = propose(make_facts(), store=store, budget=Budget(seconds=0))

    assert (proposal.plan, store) == (None, {})


def test_the_key_holds_all_that_can_change_the_answer(make_facts, plain_model, random_model):
    """And not where the loop stands."""
    strategy, plain, random = find_strategy("zero-shot"), open_model(plain_model), open_model(random_model)

    def key(facts: LoopFacts, runtime=plain, budget=Budget(), **options) -> str:  # noqa: B008
        return answer_key(facts, loop_abstract(facts), strategy, runtime, budget, **options)

    facts = make_facts(t="private")
    others = [
        key(make_facts(t="private", work=7)),
        key(make_facts(t="private", u="shared")),
        key(make_facts(t="private", complete=False)),
        key(facts, runtime=random),
        key(facts, budget=Budget(calls=1)),
        key(facts, target="gpu"),
        key(facts, verifier="plan, gcc 12"),
    ]
    assert len({key(facts), *others}) == len(others) + 1
    assert key(make_facts(t="private", id="L9", place=Place(5, 9, 3, 3, 3, 9))) == key(facts)


def test_a_proposal_survives_storing(propose, make_facts):
    """Every field of it, the trace included."""
    proposal = propose(make_facts(**SUM))

    assert msgspec.json.decode(msgspec.json.encode(proposal), type=Proposal) == proposal
