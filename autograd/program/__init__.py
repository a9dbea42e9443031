"""The record as a program: a function pushed forward, batched, printed, compiled."""
