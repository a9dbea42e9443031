"""Run an unchanged program of PyTorch's: `python -m autograd.dialects.torch program.py [arguments]`."""

import os
import runpy
import sys

from autograd.dialects import torch

from .absent import missing


class Finder:
    """Says of a module of PyTorch's that is not there what to do instead."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """An error for torch's, nothing for others."""
        if name.startswith("torch."):
            raise ModuleNotFoundError(str(missing(name.removeprefix("torch."))), name=name)


def install() -> None:
    """Answer `import torch` in this process."""
    sys.modules["torch"] = torch
    sys.modules |= {f"torch.{name}": sys.modules[f"{torch.__name__}.{name}"] for name in torch.modules}
    sys.meta_path.insert(0, Finder)


def main() -> None:
    """Run the program that the command line names."""
    if len(sys.argv) < 2:
        sys.exit("usage: python -m autograd.dialects.torch program.py [arguments]")
    install()
    del sys.argv[0]
    sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
