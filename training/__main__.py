"""Makes a model from nothing: loops, labels, lessons, tokenizer, training, export, evaluation.

    python -m training [--folder build/training] [--loops N] [--minutes N] [--threads N]
        [--device cuda --batch-tokens N]

Each step leaves a file in the folder, and is not done again where its file is there; labelling and training go on
where they were interrupted.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

SEED, HELD_OUT_SEED = 1, 2
HELD_OUT = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("build/training"))
    parser.add_argument("--loops", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=90.0, help="for training alone")
    parser.add_argument("--threads", type=int, default=2, help="and processes")
    parser.add_argument("--device", default="cpu", help="for training: cuda, on a machine that has it")
    parser.add_argument("--batch-tokens", type=int, default=5000, help="of a step; some 32,000 keep a GPU busy")
    options = parser.parse_args()
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    train, held = folder / "train.jsonl", folder / "held.jsonl"
    lessons, tokenizer = folder / "train-lessons.jsonl", folder / "tokenizer.json"
    model, exported = folder / "model.pt", folder / "pragmatist.gguf"
    _run("label", held, "--seed", HELD_OUT_SEED, "--count", HELD_OUT, "--jobs", options.threads)
    _run("label", train, "--seed", SEED, "--count", options.loops, "--jobs", options.threads)
    if not lessons.exists():
        _run("lessons", train, lessons, "--jobs", options.threads)
    if not tokenizer.exists():
        _run("tokenizer", tokenizer, lessons)
    how = ("--device", options.device, "--batch-tokens", options.batch_tokens)
    processes = ("--threads", options.threads, "--jobs", options.threads)
    _run("train", lessons, tokenizer, model, "--minutes", options.minutes, *processes, *how)
    _run("export", model, tokenizer, exported)
    _run("evaluate", exported, held, "--write", folder / "evaluation.md")


def _run(step: str, *arguments: object) -> None:
    print(f"training: {step}", file=sys.stderr)
    done = subprocess.run([sys.executable, "-m", f"training.{step}", *map(str, arguments)], check=False)
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
