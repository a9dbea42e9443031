import numpy as np


def camera():
    x, y = np.meshgrid(np.linspace(0, 12, 512), np.linspace(0, 7, 512))
    return (127 + 120 * np.sin(x) * np.cos(y)).astype(np.uint8)
