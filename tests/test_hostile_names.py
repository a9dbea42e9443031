"""Names that mean harm, or none: in every drawing, page, table and message a name is text, on one line, and bounded."""

import html.parser
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import Tensor, viz
from autograd.memory import ledger
from optim import pictures

NAMES = {
    "markup": "</title></script><script>alert(1)</script><img src=x onerror=alert(2)>",
    "quotes": '"\'` onload="alert(1)" x=\'',
    "lines": "first\nsecond\r\nthird\u2028fourth\x85fifth",
    "control": "nul\x00bell\x07escape\x1b[31m",
    "other way round": "\u202egnp_exe\u2066",
    "graphviz": '\\N\\G {a|b} <f0> "]; evil [label="x"] //',
    "templates": "/*DATA*/ /*JS*/ {{7*7}} ${7*7} %s {0} $\\frac{a}{$",
    "half a character": "half \ud800",
    "long": "n" * 10_000,
    "letters": "größe 重み 🙂 אב",
}


# what a terminal obeys, or turns lines round by
FORBIDDEN = r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"


class Parsed(html.parser.HTMLParser):
    """The elements, attributes and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.attributes, self.words = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        self.attributes += [name for name, _ in attributes]

    def handle_data(self, data):
        self.words.append(data)


def model_of(name, kind="Named"):
    """A model of a class of that `kind`, whose part and parameter have that name."""
    model = type(kind, (nn.Module,), {"forward": forward})()
    setattr(model, name, nn.Linear(2, 2))
    setattr(model, f"{name} parameter", nn.Parameter(np.ones(2, np.float32)))
    return model


def forward(self, x):
    parts = list(vars(self).values())
    layer, scale = (next(v for v in parts if isinstance(v, kind)) for kind in (nn.Linear, nn.Parameter))
    return layer(x) * scale


def loss_of(name):
    kind = "Half" if "\ud800" in name else name.replace("\x00", "")  # Python takes no others
    model = model_of(name, kind)
    x = Tensor(np.ones((3, 2), np.float32), name=name)
    loss = (model(x) ** 2).mean()
    return model, loss


def loss_and_parameter(name):
    model, loss = loss_of(name)
    return loss, next(model.parameters())


def film(name, folder):
    model = model_of(name)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    made = pictures.Film(model, optimizer, title=name)
    loss = (model(np.ones((3, 2), np.float32)) ** 2).mean()
    loss.backward()
    optimizer.step()
    made.add(loss.item())
    return Path(made.save(folder / "film.html")).read_text(encoding="utf-8")


PAGES = {
    "player": lambda name, folder: viz.player(loss_of(name)[1], name=name).html(),
    "film": film,
    "explain": lambda name, folder: viz.explain(*loss_and_parameter(name))._repr_html_(),
    "summary": lambda name, folder: nn.summary(model_of(name), (3, 2))._repr_html_(),
    "model": lambda name, folder: model_of(name)._repr_html_(),
    "tensor": lambda name, folder: Tensor([1.0], name=name)._repr_html_(),
    "history": lambda name, folder: optim.History([{"epoch": 1, name: 1.0}, {"epoch": 2, name: 0.5}])._repr_html_(),
    "drawing": lambda name, folder: viz.draw(loss_of(name)[1], name=name)._repr_mimebundle_()["image/svg+xml"],
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_adds_no_element_and_no_attribute_to_a_page(tmp_path, page, name):
    made, plain = Parsed(PAGES[page](NAMES[name], tmp_path)), Parsed(PAGES[page]("plain", tmp_path))

    assert sorted(set(made.elements)) == sorted(set(plain.elements))
    assert made.elements.count("script") == plain.elements.count("script")
    assert not [a for a in made.attributes if a.startswith("on") and a not in plain.attributes]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("view", ["forward", "backward"])
def test_a_drawing_is_well_formed_and_not_larger_for_a_long_name(name, view):
    model, loss = loss_of(NAMES[name])
    drawing = viz.draw(loss, model=model, name=NAMES[name], view=view, color_by="memory")
    svg = drawing.pipe("svg")

    assert ElementTree.fromstring(svg) is not None
    assert len(svg) < 200_000
    assert not re.search(FORBIDDEN, re.sub(r"[\t\n]", "", drawing.source))


TEXTS = {
    "summary": lambda name: str(nn.summary(model_of(name), (3, 2))),
    "model": lambda name: repr(model_of(name)),
    "explain": lambda name: str(viz.explain(*loss_and_parameter(name))),
    "history": lambda name: str(optim.History([{"epoch": 1, name: 1.0}])),
    "ledger": lambda name: ledger_of(name),
}


def ledger_of(name):
    model = model_of(name)
    with ledger() as memory:
        (model(np.ones((3, 2), np.float32)) ** 2).mean().backward()
    memory.plot()._repr_png_()
    return str(memory)


@pytest.mark.filterwarnings("ignore:Glyph")  # that a font has not
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", NAMES)
def test_text_has_as_many_lines_as_with_a_plain_name_and_no_codes_for_the_terminal(text, name):
    said, plain = TEXTS[text](NAMES[name]), TEXTS[text]("plain")

    assert len(said.splitlines()) == len(plain.splitlines())
    assert not re.search(FORBIDDEN, said.replace("\n", ""))


def test_the_data_of_a_page_hold_the_name_as_it_was():
    for name in NAMES.values():
        page = viz.player(Tensor(1.0, requires_grad=True, name=name) * 2.0, name=name)
        inside = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.html(), re.DOTALL)
        assert json.loads(inside[1])["title"] == name


@pytest.mark.parametrize("name", NAMES)
def test_an_error_about_a_strange_name_is_an_error_of_ours(tmp_path, name):
    model = model_of(NAMES[name])
    try:
        nn.save(model, tmp_path / "weights")
    except autograd.WeightsError as error:
        assert "half" in str(error)  # noqa: PT017
    else:
        assert bits(nn.load(tmp_path / "weights")) == bits(model.state_dict())
    with pytest.raises(autograd.WeightsError, match="unexpected") as caught:
        model.load_state_dict({NAMES[name]: np.ones(1)}, strict=True)
    assert not re.search(FORBIDDEN, str(caught.value).replace("\n", ""))


def bits(state):
    return {name: value.tobytes() for name, value in state.items()}
