"""Run public programs of PyTorch's, 0 lines changed, under PyTorch and under the dialect, and write the table.

`make programs ARGS=FOLDER`: FOLDER holds checkouts, each named as its repository, such as the one that
`git clone https://github.com/karpathy/makemore FOLDER/makemore` makes; what is not there is named and left out.
Sizes and data are arguments and files of ours; weights and chance are shared (prelude.py). The loss of each step must
agree to 1e-6 in float64; in float32, where rounding grows, the difference is told apart.
"""

import argparse
import json
import os
import pickle
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.pages import renew

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TOLERANCE = 1e-6
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?")


@dataclass
class Program:
    """A program: where, its commands one after the other, files of ours for it, and the step after which it ends."""

    repository: str
    folder: str
    title: str
    commands: list[str]
    files: Callable[[Path], None] = lambda folder: None
    steps: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    twice: bool = True  # in float32 and in float64; else in float64 alone, which is the program's own choice

    @property
    def name(self) -> str:
        """As the table has it."""
        return f"{self.repository}: {self.title}"


def words(count: int) -> str:
    """A text for character and word models."""
    some = ["the", "a", "cat", "dog", "bird", "sees", "finds", "likes", "small", "house", "tree", "and"]
    rng = random.Random(0)
    return " ".join(rng.choice(some) + rng.choice(["", "", ",", ".\n"]) for _ in range(count))


def text_file(folder: Path) -> None:
    (folder / "input.txt").write_text("O God, O God!\n" + words(800))  # which the program continues


def characters(folder: Path) -> None:
    """nanoGPT's data: characters as integers."""
    text, home = words(2000), folder / "data" / "tiny"
    letters = sorted(set(text))
    home.mkdir()
    codes = np.array([letters.index(c) for c in text], np.uint16)
    codes[:-1000].tofile(home / "train.bin")
    codes[-1000:].tofile(home / "val.bin")
    tables = {"stoi": {c: i for i, c in enumerate(letters)}, "itos": dict(enumerate(letters))}
    (home / "meta.pkl").write_bytes(pickle.dumps({"vocab_size": len(letters), **tables}))


def sentences(folder: Path) -> None:
    (folder / "words").mkdir()
    for name, count in (("train", 6000), ("valid", 100), ("test", 100)):
        (folder / "words" / f"{name}.txt").write_text(words(count))


def citations(folder: Path) -> None:
    """Articles with words and citations, in Cora's form; as many as the programs' ranges of indices ask for."""
    home, count, rng = folder / "cora", 1700, np.random.default_rng(0)
    home.mkdir()
    rows = [[1000 + i, *rng.integers(0, 2, 30), f"c{i % 7}"] for i in range(count)]
    (home / "cora.content").write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    pairs = rng.integers(1000, 1000 + count, (2000, 2))
    (home / "cora.cites").write_text("".join(f"{a}\t{b}\n" for a, b in pairs))


def pictures(folder: Path) -> None:
    from PIL import Image

    rng = np.random.default_rng(0)
    for part in ("train", "test"):
        home = folder / "dataset" / "BSDS300" / "images" / part
        home.mkdir(parents=True)
        for i in range(4):
            Image.fromarray(rng.integers(0, 256, (48, 48, 3)).astype(np.uint8)).save(home / f"{i}.png")


MAKEMORE = "makemore.py --max-steps 12 --batch-size 8 --n-embd 16 --n-embd2 16 --n-layer 2 --n-head 2 --type "
NANO = "--dataset=tiny --device=cpu --compile=False --dtype=float32 --eval_iters=2 --eval_interval=5 --log_interval=1 "
NANO += (
    "--block_size=16 --batch_size=4 --n_layer=2 --n_head=2 --n_embd=32 --gradient_accumulation_steps=2 --out_dir=out"
)
SAMPLE = "sample.py --device=cpu --dtype=float32 --compile=False --out_dir=out --num_samples=2 --max_new_tokens=40"
WORDS = "main.py --data words --epochs 1 --emsize 16 --nhid 16 --bptt 10 --log-interval 5 --dropout 0 --lr 0.1 --model "
IMAGES = {"IMAGES": "256"}
PROGRAMS = [
    Program("karpathy/micrograd", "", "demo.ipynb", ["demo.ipynb"], twice=False),
    Program("karpathy/micrograd", "test", "its tests", ["-m pytest -q test_engine.py"], twice=False),
    *[
        Program("karpathy/makemore", "", t, [MAKEMORE + t])
        for t in ("bigram", "bow", "mlp", "rnn", "gru", "transformer")
    ],
    Program("karpathy/nanoGPT", "", "train, resume and sample on characters", [
        f"train.py {NANO} --max_iters=10 --init_from=scratch --always_save_checkpoint=True",
        f"train.py {NANO} --max_iters=20 --init_from=resume", SAMPLE,
    ], characters),
    Program("karpathy/minGPT", "projects/adder", "adder", ["adder.py --trainer.max_iters=11 --trainer.batch_size=4"]),
    Program("karpathy/minGPT", "projects/chargpt", "chargpt", [
        "chargpt.py --trainer.max_iters=11 --trainer.batch_size=4 --model.model_type=gpt-nano --data.block_size=16"
    ], text_file),
    *[
        Program("pytorch/examples", n, n, ["main.py --epochs 1 --batch-size 32 --log-interval 1"], environment=IMAGES)
        for n in ("mnist", "mnist_rnn", "vae")
    ],
    Program("pytorch/examples", "dcgan", "dcgan", [
        "main.py --dataset fake --batchSize 8 --ngf 8 --ndf 8 --niter 1 --manualSeed 1"
    ], environment={"IMAGES": "24"}),
    Program("pytorch/examples", "super_resolution", "super_resolution", [
        "main.py --upscale_factor 3 --nEpochs 2 --batchSize 2"
    ], pictures),
    *[
        Program("pytorch/examples", "word_language_model", f"word_language_model, {m}", [WORDS + m], sentences, 30)
        for m in ("LSTM", "GRU", "RNN_TANH", "Transformer")
    ],
    Program("pytorch/examples", "time_sequence_prediction", "time_sequence_prediction", [
        "generate_sine_wave.py", "train.py --steps 1"
    ], steps=12),
    Program("pytorch/examples", "regression", "regression", ["main.py"], steps=60),
    Program("pytorch/examples", "reinforcement_learning", "reinforce", ["reinforce.py"], steps=12),
    Program("pytorch/examples", "reinforcement_learning", "actor_critic", ["actor_critic.py"], steps=12),
    Program("pytorch/examples", "gcn", "gcn", ["main.py --epochs 3 --val-every 1"], citations),
    Program("pytorch/examples", "gat", "gat", ["main.py --epochs 2 --val-every 1"], citations),
    *[
        Program("tonyduan/normalizing-flows", "", f"{f} in two dimensions", [
            f"-m examples.ex_2d --flow {f} --iterations 12 --n 128"
        ], steps=12)
        for f in ("RealNVP", "MAF", "NSF_CL")
    ],
    Program("karpathy/pytorch-normalizing-flows", "", "its notebook", ["nflib1.ipynb"], steps=12),
    Program("vsitzmann/siren", "", "its notebook", ["explore_siren.ipynb"], steps=3),
]  # fmt: skip


def run(program: Program, checkout: Path, dialect: bool, double: bool, shared: Path) -> list[tuple[list[float], str]]:
    """Of each command the losses and what it printed, in a copy of the checkout."""
    paths = [HERE / "stand_ins", *([ROOT] if dialect else [])]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment = {**os.environ, **threads, **program.environment, "MPLBACKEND": "agg", "TQDM_DISABLE": "1"}
    found = []
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "checkout"
        shutil.copytree(checkout, copy, ignore=shutil.ignore_patterns(".git"))
        folder = copy / program.folder
        program.files(folder)
        environment["PYTHONPATH"] = os.pathsep.join(map(str, [*paths, copy]))
        environment |= {"DOUBLE": str(int(double)), "STEPS": str(program.steps)}
        for number, command in enumerate(program.commands):
            home = shared / str(number)
            home.mkdir(exist_ok=True)
            start = [sys.executable, *(["-m", "autograd.dialects.torch"] if dialect else [])]
            start += [HERE / "prelude.py", home, *command.split()]
            done = subprocess.run(start, cwd=folder, env=environment, capture_output=True, text=True, timeout=1800)
            if done.returncode:
                raise RuntimeError("\n".join(done.stderr.splitlines()[-6:]))
            found.append((json.loads((home / f"{'dialect' if dialect else 'torch'}.json").read_text()), done.stdout))
    return found


def apart(program: Program, checkout: Path, double: bool) -> tuple[int, float]:
    """The number of steps, and the largest relative difference of a loss.

    Of a command without losses, of a number that it prints; infinite where its words differ. Of a program without any,
    the lines are the steps.
    """
    worst = 0.0
    with tempfile.TemporaryDirectory() as temporary:
        there, here = (run(program, checkout, dialect, double, Path(temporary)) for dialect in (False, True))
    for (expected, told), (found, said) in zip(there, here):
        if not expected:
            if NUMBER.sub("", told) != NUMBER.sub("", said):
                return 0, np.inf
            expected, found = ([float(n) for n in NUMBER.findall(text)] for text in (told, said))
        if len(expected) != len(found):
            return len(expected), np.inf
        differences = np.abs(np.subtract(expected, found)) / np.maximum(np.abs(expected), 1e-9)
        worst = np.max([worst, *differences])  # nan where one is no number
    return sum(len(e) for e, _ in there) or sum(len(t.splitlines()) for _, t in there), worst


def row(program: Program, checkouts: Path) -> tuple[list[str], bool]:
    """A row of the table, and whether the program agrees."""
    repository = program.repository.rpartition("/")[2]
    agrees, cells = True, [] if program.twice else [""]
    for double in (False, True)[not program.twice :]:
        try:
            steps, worst = apart(program, checkouts / repository, double)
            cells.append(f"{worst:.0e}" if 0 < worst < np.inf else "differs" if worst else "none")
            agrees &= worst <= (TOLERANCE if double else 1e-2)
        except RuntimeError as error:
            steps, agrees = 0, False
            cells.append("stops")
            print(error)
    print(
        f"{program.repository}, {program.title}: {steps} steps, {cells[0]} in float32, {cells[1]} in float64",
        flush=True,
    )
    return [program.name, str(steps), *cells], agrees


def main() -> int:
    parser = argparse.ArgumentParser(
        "make programs", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", metavar="WORD", help="only programs with this in their names")
    options = parser.parse_args()
    asked = [p for p in PROGRAMS if options.only in p.name]
    there = [p for p in asked if (options.folder / p.repository.rpartition("/")[2]).is_dir()]
    for repository in dict.fromkeys(p.repository for p in asked if p not in there):
        print(f"not in {options.folder}: git clone https://github.com/{repository} there")
    rows = [row(program, options.folder) for program in there]
    columns = ["Program", "Steps", "Largest relative difference of a loss in float32", "in float64"]
    order = [p.name for p in PROGRAMS]
    renew(ROOT / "docs" / "dialects.md", "programs", columns, [cells for cells, _ in rows], order)
    return int(not rows or not all(agrees for _, agrees in rows))


if __name__ == "__main__":
    sys.exit(main())
