import math
import re
from xml.etree import ElementTree

import pytest

from optim import History


def history():
    rows = [
        {"epoch": e, "loss": 1.0 / e, "accuracy": 0.1 * e, "validation_loss": 2.0 / e, "lr": 0.1 / e, "seconds": 0.5}
        for e in (1, 2, 3)
    ]
    return History(rows)


def test_columns_are_lists_in_the_order_of_the_epochs():
    assert history()["loss"] == [1.0, 0.5, 1.0 / 3]
    assert history().columns == ["epoch", "loss", "accuracy", "validation_loss", "lr", "seconds"]
    assert len(history()) == 3


def test_a_column_that_is_not_there_is_an_error_that_lists_those_that_are():
    with pytest.raises(KeyError, match=r"no column 'accurcay'; it has epoch, loss, accuracy"):
        history()["accurcay"]
    with pytest.raises(KeyError, match="no rows yet"):
        History()["loss"]


def test_csv_gives_back_every_bit(tmp_path):
    kept = history()
    kept.rows[1]["validation_loss"] = math.inf
    kept.rows[2]["extra"] = 1e-300  # a column that came later
    kept.to_csv(tmp_path / "history.csv")
    read = History.from_csv(tmp_path / "history.csv")

    assert (tmp_path / "history.csv").read_text().splitlines()[0].startswith("epoch,loss,accuracy")
    assert read.rows == [{**dict.fromkeys(kept.columns), **row} for row in kept.rows]


def test_plot_draws_a_panel_each_for_loss_metrics_and_a_rate_that_changes(tmp_path):
    figure = history().plot(tmp_path / "curves.png")

    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "accuracy", "learning rate"]
    assert [len(axes.lines) for axes in figure.axes] == [2, 1, 1]
    assert list(figure.axes[0].lines[1].get_ydata()) == [2.0, 1.0, 2.0 / 3]


def test_a_rate_that_stays_gets_no_panel():
    kept = history()
    for row in kept.rows:
        row["lr"] = 0.1

    assert [axes.get_ylabel() for axes in kept.plot().axes] == ["loss", "accuracy"]


def test_there_is_nothing_to_plot_before_the_first_epoch_is_over():
    with pytest.raises(ValueError, match="no epoch"):
        History().plot()


def test_it_reads_like_a_sentence():
    kept = history()
    assert str(kept) == (
        "History: 3 epochs in 1.5 s. Best: validation_loss 0.6667, in epoch 3. "
        "Last: loss 0.3333, accuracy 0.3, validation_loss 0.6667, lr 0.03333."
    )
    kept.stopped = "epochs"
    assert "3 epochs in 1.5 s, all that were asked for." in repr(kept)
    kept.stopped = "interrupted"
    assert "3 epochs in 1.5 s, then interrupted." in repr(kept)
    kept.stopped, kept.rows[1]["validation_loss"] = "patience", 0.1
    assert "ended by patience: validation_loss was not better after epoch 2." in repr(kept)
    assert repr(History()) == "History: no epoch is over yet."
    assert repr(History([{"epoch": 1, "loss": None, "lr": 0.5}])) == "History: 1 epoch. Last: lr 0.5."


def test_the_best_epoch_is_the_one_that_fit_would_keep():
    kept = history()
    kept.rows[0]["validation_loss"] = math.nan
    assert kept.best["epoch"] == 3
    kept.monitor, kept.mode = "lr", "max"
    assert kept.best["epoch"] == 1
    assert History().best == {}


def test_a_notebook_shows_a_panel_for_each_curve_and_the_rows():
    shown = history()._repr_html_()
    ElementTree.fromstring(shown)

    assert shown.count("<svg") == 3  # loss, accuracy, learning rate
    assert shown.count('stroke-dasharray="6 3"') == 1  # validation_loss
    assert shown.count("<tr") == 4
    assert "1 epoch." in History([{"epoch": 1, "loss": 2.0}])._repr_html_()
    assert "<svg" not in History()._repr_html_()


def test_a_long_history_stays_small_in_a_notebook_and_names_are_escaped():
    rows = [
        {"epoch": e, "loss": 1 / e, "validation_loss": None if e % 7 else math.inf, "<b>": e} for e in range(1, 5001)
    ]
    shown = History(rows)._repr_html_()
    ElementTree.fromstring(shown)

    assert len(shown) < 20_000
    assert "<b>" not in shown
    assert "the last 20 of 5000 epochs" in shown
    assert "nan" not in re.findall(r' d="([^"]*)"', shown)


def labels(figure):
    return [axes.get_ylabel() for axes in figure.axes]


def test_plot_draws_the_columns_that_are_asked_for():
    assert labels(history().plot(columns=["loss", "seconds"])) == ["loss", "seconds"]
    assert labels(history().plot(columns="accuracy")) == ["accuracy"]
    with pytest.raises(KeyError, match="no column 'los'"):
        history().plot(columns=["los"])


def test_columns_of_validation_alone_are_drawn():
    figure = History([{"epoch": e, "validation_loss": 1.0 / e} for e in (1, 2)]).plot()

    assert labels(figure) == ["loss"]
    assert [line.get_label() for line in figure.axes[0].lines] == ["validation"]


def test_rows_without_epoch_are_counted_and_gaps_are_left_open():
    (line,) = History([{"loss": 2.0}, {"loss": None}, {"loss": 1.0}]).plot().axes[0].lines

    assert list(line.get_xdata()) == [1, 2, 3]
    assert list(line.get_ydata()) == [2.0, None, 1.0]


def test_there_is_nothing_to_plot_of_epochs_alone():
    with pytest.raises(ValueError, match="nothing to draw in the columns epoch, lr"):
        History([{"epoch": 1, "lr": 0.1}]).plot()


@pytest.mark.parametrize("rows", [{"loss": [1.0, 2.0]}, [1.0, 2.0]], ids=["columns", "numbers"])
def test_what_is_no_list_of_rows_is_refused(rows):
    with pytest.raises(TypeError, match="takes a list of rows"):
        History(rows)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"epoch,loss\n1,0.5\n2,low\n", "line 3, is no row of numbers: .*'low'"),
        (b"epoch,loss\n1\n", "line 2, is no row of numbers"),
        (b"epoch,loss\n1,2,3\n", "line 2, is no row of numbers"),
        (b"Dear diary\ntoday\n", "line 2, is no row of numbers"),
        (b"\x89PNG\xff", "line 0, is no row"),
    ],
    ids=["text", "short", "long", "prose", "image"],
)
def test_a_file_of_other_than_numbers_is_named_with_the_line(tmp_path, content, words):
    (tmp_path / "other.csv").write_bytes(content)

    with pytest.raises(ValueError, match=f"from_csv: '.*other.csv', {words}"):
        History.from_csv(tmp_path / "other.csv")


def test_an_empty_history_comes_back_from_csv(tmp_path):
    History().to_csv(tmp_path / "empty.csv")

    assert History.from_csv(tmp_path / "empty.csv").rows == []
