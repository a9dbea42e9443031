"""The exception types, and a warning: each says what happened, shows the values, and names the mend."""


class AutogradError(Exception):
    """Base of every error this library raises on purpose."""


class ShapeError(AutogradError, ValueError):
    """Shapes do not fit together."""


class DtypeError(AutogradError, TypeError):
    """A dtype that cannot be used here, such as integers that should carry a gradient."""


class GraphError(AutogradError, RuntimeError):
    """The computation graph cannot answer: freed, cut, changed, or never recorded."""


class RuleError(AutogradError, RuntimeError):
    """A derivative rule broke its contract: wrong shape, or it wrote to what it was given."""


class AnomalyError(AutogradError, FloatingPointError):
    """A nan or an infinity appeared while `detect_anomaly` was on."""


class UnsupportedError(AutogradError, TypeError):
    """NumPy was asked for something on a Tensor that has no rule here."""


class RenderError(AutogradError, RuntimeError):
    """A drawing could not be turned into a picture: no renderer, an unknown format, a layout that failed."""


class WeightsError(AutogradError, ValueError):
    """Saved weights or a checkpoint do not fit what they are loaded into, or their file is damaged."""


class MistakeWarning(UserWarning):
    """A program that runs, and hardly does what was meant: `docs/howto/mistakes.md` goes through them."""


for _kind in (AutogradError, *AutogradError.__subclasses__(), MistakeWarning):
    _kind.__module__ = "autograd"  # so that a traceback names what a program can import
