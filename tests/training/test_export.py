"""The exported file is the model: llama.cpp reads the same tokens and says the same. Run where torch is installed."""

from __future__ import annotations

import json
import math

import pytest

torch = pytest.importorskip("torch", reason="torch belongs to training: make test-training")

from pragmatist.reasoning.runtimes.llama_cpp import LlamaCpp  # noqa: E402
from pragmatist.reasoning.runtimes.protocol import Message, Request  # noqa: E402

from training.batches import Example, batch_of  # noqa: E402
from training.export import export  # noqa: E402
from training.model import Decoder, Shape  # noqa: E402
from training.tokenizer import Tokenizer, learn  # noqa: E402
from training.train import Trainer, loss_of, loss_of_batch  # noqa: E402

TEXTS = [
    "variable: t is private (double)\nread: x[i + 1]",
    '{"directive":"parallel for","private":["t"]}',
    "Plan λ it.",
]
MESSAGES = (
    Message("system", TEXTS[0]),
    Message("user", TEXTS[1]),
    Message("assistant", "{}"),
    Message("user", TEXTS[2]),
)
LIKELIEST = 8  # tokens that are compared


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return learn(TEXTS * 3)


@pytest.fixture
def model(tokenizer) -> Decoder:
    torch.manual_seed(3)
    model = Decoder(Shape(tokenizer.size, width=64, layers=2, heads=4, inner=128, context=512))
    with torch.no_grad():
        model.token_embd.weight.mul_(8)  # so that what it says depends on what it reads
    return model.eval()


def logits(model: Decoder, tokens: list[int]):
    with torch.no_grad():
        return model.logits(model(torch.tensor([tokens]))[0, -1])


@pytest.mark.parametrize(("precision", "close"), [("f32", 5e-3), ("f16", 2e-2), ("q8_0", 2e-1)])
def test_llama_cpp_says_what_the_model_says(precision, close, model, tokenizer, tmp_path):
    """The probabilities of the first token are equal, in full precision, and nearly so with fewer bits."""
    path = tmp_path / "model.gguf"
    export(model, tokenizer, path, precision)
    runtime = LlamaCpp(path)
    tokens = tokenizer.prompt(MESSAGES)
    assert runtime.count_tokens(MESSAGES) == len(tokens)
    body = {"prompt": tokens, "max_tokens": 1, "temperature": 0.0, "logprobs": LIKELIEST}
    answers: list = []
    runtime._server(None).handle_completions(body, answers.append)
    answer = answers[0] if isinstance(answers[0], dict) else json.loads(answers[0])
    told = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    runtime.close()
    own = logits(model, tokens).log_softmax(-1)
    best = own.topk(LIKELIEST)
    assert [each["id"] for each in told[:3]] == best.indices[:3].tolist()
    for each in told:
        assert math.isclose(each["logprob"], own[each["id"]].item(), abs_tol=close)


def test_answers_end_where_the_model_ends_them(model, tokenizer, tmp_path):
    """The file works in the product's runtime under a schema."""
    path = tmp_path / "model.gguf"
    export(model, tokenizer, path)
    runtime = LlamaCpp(path)
    schema = {"type": "object", "properties": {"a": {"enum": [1, 2]}}, "required": ["a"], "additionalProperties": False}
    assert json.loads(runtime.complete(Request(MESSAGES, schema=schema)).text)["a"] in (1, 2)
    runtime.close()


def test_a_common_beginning_changes_nothing(model):
    """A batch that computes its common beginning once gives the same hidden states."""
    tokens = torch.randint(3, model.shape.vocabulary, (3, 20))
    tokens[:, :7] = tokens[0, :7]
    with torch.no_grad():
        assert torch.allclose(model(tokens)[:, 7:], model(tokens, 7), atol=1e-5)


def test_a_shared_beginning_is_a_matter_of_speed(model):
    """The loss of a batch is the same whether its common beginning is computed once or in each row."""
    examples = [Example((1, 5, 6, 7, answer, 9, 2), (1.0, 0.1, 1.0), (1, 5)) for answer in (8, 9, 10)]
    shared, whole = (loss_of_batch(model, batch_of(examples, 0.2, shared=shared)).item() for shared in (True, False))
    assert math.isclose(shared, whole, rel_tol=2e-2)


def test_training_goes_on_where_it_was_interrupted(tmp_path):
    """Two steps, saved and loaded in between, are two steps; and steps make the answer likelier."""
    shape = Shape(300, width=32, layers=1, heads=2, inner=64)
    batch = [Example((1, 5, 6, 7, answer, 2), (1.0, 1.0), (1, 5)) for answer in (8, 9)]
    one, other = Trainer(shape, 0), Trainer(shape, 0)
    first = one.step(batch, 0.1)
    other.step(batch, 0.1)
    other.save(tmp_path / "state.pt")
    other = Trainer.load(tmp_path / "state.pt")
    assert one.step(batch, 0.1) == other.step(batch, 0.1)
    for _ in range(20):
        one.step(batch, 0.2)
    assert loss_of(one.model, batch, 0.0).item() < first
