import os

import numpy as np
import torch.utils.data as data


class MNIST(data.Dataset):
    shape = (28, 28)

    def __init__(self, root=None, train=True, transform=None, **_):
        count, rng = int(os.environ["IMAGES"]), np.random.default_rng(1)
        self.data = rng.integers(0, 256, (count, *self.shape)).astype(np.uint8)
        self.targets = rng.integers(0, 10, count).tolist()
        self.transform = transform

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        return self.transform(self.data[index]), self.targets[index]


class FakeData(MNIST):
    shape = (64, 64, 3)
