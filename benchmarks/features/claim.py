"""A claim about a library, and the short program that proves it: yes, no or partly.

A program is a function that computes something and asserts the right number. It imports what it uses itself, so that
claims can be read where the library is not installed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Claim:
    """`answer`, the `program` that must run to its end, and for the table's footnotes what the answer leaves out."""

    answer: str
    program: Callable[[], None]
    note: str = ""


def yes(program: Callable[[], None]) -> Claim:
    """The program gives the right number."""
    return Claim("yes", program)


def but(note: str) -> Callable[[Claim], Claim]:
    """Add a note to a claim that is true as it stands."""
    return lambda claim: Claim(claim.answer, claim.program, note)


def no(error: type[Exception], about: str, note: str = "") -> Callable[[Callable[[], None]], Claim]:
    """The program, the library's most natural way to it, raises `error` with `about` in its message."""

    def claim(attempt: Callable[[], None]) -> Claim:
        def program() -> None:
            with lacks(error, about):
                attempt()

        return Claim("no", program, note)

    return claim


def partly(note: str) -> Callable[[Callable[[], None]], Claim]:
    """The program gives the right number, and shows in a `lacks` block what `note` says is missing."""

    def claim(attempt: Callable[[], None]) -> Claim:
        def program() -> None:
            before = lacks.shown
            attempt()
            assert lacks.shown > before, "it says partly, but shows nothing that is missing"

        return Claim("partly", program, note)

    return claim


@contextmanager
def lacks(error: type[Exception], about: str) -> Iterator[None]:
    """What is inside must raise `error` with `about` in its message: the library does not have it."""
    expected = f"it should lack this, with {error.__name__} about {about!r}, but "
    try:
        yield
    except Exception as raised:
        if not isinstance(raised, error) or about not in str(raised):
            raise AssertionError(f"{expected}raised {type(raised).__name__}: {raised}") from raised
    else:
        raise AssertionError(f"{expected}it is there")
    lacks.shown += 1


lacks.shown = 0


def claims_of(module: object) -> dict[str, Claim]:
    """The claims of a module, by name."""
    return {name: value for name, value in vars(module).items() if isinstance(value, Claim)}
