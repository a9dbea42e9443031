"""`autograd.misc.tracers`."""

from __future__ import annotations

from autograd import compile as const_graph
