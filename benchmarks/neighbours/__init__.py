"""Packages that depend on HIPS's autograd, with ours in its place: their numbers, their times, their own tests."""
