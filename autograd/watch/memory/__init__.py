"""What training keeps in memory for backward, where the peak is, and what a checkpoint would save."""

from .ledger import ledger as ledger

__all__ = ["ledger"]
