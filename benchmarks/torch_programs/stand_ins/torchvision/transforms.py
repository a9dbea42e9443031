import numpy as np
import torch


class Compose:
    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, x):
        for transform in self.transforms:
            x = transform(x)
        return x


class ToTensor:
    def __call__(self, image):
        image = np.asarray(image, np.float64) / 255
        image = image[None] if image.ndim == 2 else image.transpose(2, 0, 1)
        return torch.tensor(image).to(torch.get_default_dtype())


class Normalize:
    def __init__(self, mean, std):
        self.mean, self.std = (torch.tensor(v).view(-1, 1, 1) for v in (mean, std))

    def __call__(self, x):
        return (x - self.mean) / self.std


class Lambda:
    def __init__(self, function):
        self.function = function

    def __call__(self, x):
        return self.function(x)


class CenterCrop:
    """The upper left corner of an image of PIL's, as large as asked, or as there is."""

    def __init__(self, size):
        self.size = size

    def __call__(self, image):
        return image.crop((0, 0, self.size, self.size)) if hasattr(image, "crop") else image


class Resize(CenterCrop):
    def __call__(self, image):
        return image.resize((self.size, self.size)) if hasattr(image, "resize") and hasattr(image, "crop") else image
