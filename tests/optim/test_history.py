import math

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


def test_the_repr_shows_the_last_row():
    assert repr(history()).startswith("History(3 epochs; loss 0.3333, accuracy 0.3, ")
    kept = history()
    kept.stopped = "patience"
    assert repr(kept).startswith("History(3 epochs, patience; loss")
    assert repr(History()) == "History(0 epochs; no rows yet)"
