"""Stands in for gymnasium: CartPole-v1's equations."""

import math
from types import SimpleNamespace

import numpy as np


class CartPole:
    spec = SimpleNamespace(reward_threshold=475.0)
    rng = np.random.default_rng(0)

    def reset(self, seed=None):
        self.rng = self.rng if seed is None else np.random.default_rng(seed)
        self.steps, self.state = 0, self.rng.uniform(-0.05, 0.05, 4).astype(np.float32)
        return self.state, {}

    def step(self, action):
        x, v, angle, turn = map(float, self.state)
        cos, sin = math.cos(angle), math.sin(angle)
        push = ((10.0 if action == 1 else -10.0) + 0.05 * turn * turn * sin) / 1.1
        swing = (9.8 * sin - cos * push) / (0.5 * (4 / 3 - 0.1 * cos * cos / 1.1))
        moved = x + 0.02 * v, v + 0.02 * (push - 0.05 * swing * cos / 1.1), angle + 0.02 * turn, turn + 0.02 * swing
        self.state, self.steps = np.array(moved, np.float32), self.steps + 1
        return self.state, 1.0, abs(moved[0]) > 2.4 or abs(moved[2]) > 0.2095, self.steps >= 500, {}


def make(name, **options):
    return CartPole()
