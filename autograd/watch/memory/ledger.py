"""The ledger: what each moment of a step needs, by tracemalloc, and which arrays that is."""

from __future__ import annotations

import gc
import threading
import time
import tracemalloc
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...engine.errors import GraphError
from ...engine.modes import Observer
from ...engine.node import Leaf, Node
from ...engine.op import Op
from ...support.checks import choice
from ...support.lines import outside
from ..modules import Scope
from .account import BACKWARD, BETWEEN, FORWARD, Account, Moment, Row
from .buffers import GIVEN, GRADIENT, RESULT, Buffers, held
from .saving import Saving, savings
from .text import chart, report

if TYPE_CHECKING:
    from ...support.figure import Figure

_open = threading.Lock()


class ledger(Observer):
    """Note what a step keeps in memory for backward and where its peak is; it prints as a report.

    `peak` is the most bytes in use at once beyond those when the block began, as tracemalloc counts them, temporaries
    inside of operations included. `kept` is the most that was kept for backward, and `by("op")`, `by("module")` and
    `by("line")` say by whom: each array counts once, at the call that kept it first. Parameters and inputs do not
    count, since they would be there without it. `timeline` has a row for each call and for each contribution in
    backward, `plot()` draws it (with matplotlib), and `savings()` says what `autograd.checkpoint` of a module would do.

    A block may hold several steps; the tables are of the moment when most was kept. It takes a multiple of the time.
    tracemalloc is the whole process's: what other threads allocate meanwhile counts, too, and a ledger inside of
    another raises GraphError. Bytes are Python's and NumPy's, not those of compiled programs.

    >>> x = Tensor(np.ones((100, 100), np.float32), requires_grad=True)
    >>> with ledger() as memory:
    ...     (x * 2.0).exp().sum().backward()
    >>> memory.kept, memory.by("op")
    (40000, [Row(name='exp', kept=40000, calls=1)])
    """

    def __enter__(self) -> ledger:
        if not _open.acquire(blocking=False):
            raise GraphError("ledger: another one is open, and both would count the same memory; use one of them")
        self.__dict__.pop("_account", None)
        self._ended = False
        self._moments: list[Moment] = []
        self._scopes: list[Scope] = []
        self._buffers = Buffers()
        self._own = 0  # bytes of what is noted here
        self._seen: tuple[int, int, float] = (0, 0, 0.0)
        self._started = not tracemalloc.is_tracing()
        gc.collect()  # empties Python's lists of free objects, too: what comes from these is nothing that is allocated
        if self._started:
            tracemalloc.start()
        super().__enter__()
        self._base = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        self._last = time.perf_counter()
        return self

    def __exit__(self, *exception: object) -> None:
        self._see()
        self._note(BETWEEN, "", 0)
        super().__exit__(*exception)
        self._buffers.close()
        self._ended = True
        if self._started:
            tracemalloc.stop()
        _open.release()

    # what the engine tells

    def called(self, op: Op, operands: Any, out: Any, node: Node | None) -> None:
        """Note a call, and what it keeps."""
        self._see()
        frame, _ = outside()  # Python makes objects of all frames above, which go with them
        start = tracemalloc.get_traced_memory()[0]
        self._call(op, operands, out, node, f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else "")
        self._done(start)

    def contributed(self, node: Node, position: int, g: Any, part: Any, so_far: Any) -> None:
        """Note what a rule made."""
        self._see()
        self._buffers.find(getattr(part, "_array", part), GRADIENT, node.birth)
        self._note(BACKWARD, node.op.name, node.birth)
        self._done(self._seen[0])

    def swept(self, output: Node, seed: Any, given: bool, added: dict[Leaf, tuple[Any, Any]]) -> None:
        """Note the end of a sweep, which brought gradients to `.grad`."""
        self._see()
        self._note(BACKWARD, ".grad", 0)
        self._done(self._seen[0])

    def left(self, scope: Scope) -> None:
        """Note which calls a module made."""
        self._scopes.append(scope)

    def _call(self, op: Op, operands: Any, out: Any, node: Node | None, line: str) -> None:
        birth = node.birth if node is not None else 0
        if birth and self._moments and self._moments[-1].birth == birth:
            self._buffers.find(out, RESULT, birth)  # a further result of the same call
            return
        if self._moments and self._moments[-1].phase == BACKWARD:
            self._note(BETWEEN, "", 0)
            self._seen = self._seen[0], self._seen[0], self._last
        for value in operands:
            for array in value if isinstance(value, (list, tuple)) else (value,):
                buffer = self._buffers.find(array, GIVEN)
                if buffer is not None:
                    buffer.users.append(birth)
        self._buffers.find(out, RESULT, birth)
        if node is not None:
            for array in held(node):
                self._buffers.keep(array, birth)
        self._note(FORWARD, op.name, birth, line)

    def _see(self) -> None:
        """Read what is in use, and was at most, before anything is noted of it."""
        self._seen = *tracemalloc.get_traced_memory(), time.perf_counter()

    def _note(self, phase: str, op: str, birth: int, line: str = "") -> None:
        live, peak, now = self._seen
        others = self._base + self._own
        self._moments.append(Moment(phase, op, birth, line, live - others, peak - others, now - self._last))
        self._buffers.now = len(self._moments)
        self._last = time.perf_counter()

    def _done(self, start: int) -> None:
        """What was noted since there were `start` bytes in use is the ledger's own, and no part of what is counted."""
        self._own += tracemalloc.get_traced_memory()[0] - start
        tracemalloc.reset_peak()
        self._last = time.perf_counter()

    # what it found

    @cached_property
    def _account(self) -> Account:
        if not self.__dict__.get("_ended"):
            raise GraphError("ledger: nothing was noted yet; read it after the block `with ledger() as memory:`")
        return Account(self._moments, self._buffers.seen, self._scopes)

    @property
    def timeline(self) -> list[Moment]:
        """What each moment needed, in their order."""
        return self._account.moments

    @property
    def peak(self) -> int:
        """The most bytes that were in use at once."""
        return self._account.peak

    @property
    def kept(self) -> int:
        """The most bytes that were kept for backward at once."""
        return self._account.kept

    def by(self, what: str) -> list[Row]:
        """Who keeps how much for backward when most is kept, the largest first; `what` is op, module or line."""
        choice("ledger.by: what", what, ("op", "module", "line"))
        return self._account.by(what)

    def savings(self) -> list[Saving]:
        """What `autograd.checkpoint` would do to the peak, for modules of a kind side by side, the best first."""
        return savings(self._account)

    def plot(self) -> Figure:
        """The bytes in use over the calls and the sweep, and of them those kept for backward (matplotlib)."""
        return chart(self._account)

    def __repr__(self) -> str:
        return report(self._account, self.savings()) if self.__dict__.get("_ended") else "ledger: nothing noted yet"
