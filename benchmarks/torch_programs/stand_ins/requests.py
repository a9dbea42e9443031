"""Stands in for requests: whatever is asked for is an archive of the folder cora."""

import io
import tarfile
from contextlib import contextmanager
from types import SimpleNamespace


@contextmanager
def get(url, **options):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        archive.add("cora")
    raw.seek(0)
    yield SimpleNamespace(raw=raw)
