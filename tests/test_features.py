"""Our column of the feature table is proven here; the others' by `python -m benchmarks.features`, each at home."""

from pathlib import Path

import pytest

from benchmarks.features import table, with_glassgrad
from benchmarks.features.claim import claims_of, lacks, no, partly, yes

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("feature", claims_of(with_glassgrad))
def test_we_can_do_what_the_table_says_and_no_more(feature):
    claims_of(with_glassgrad)[feature].program()


@pytest.mark.parametrize(("page", "text"), [("docs/features.md", table.full), ("README.md", table.short)])
def test_a_page_shows_the_table_of_the_claims(page, text):
    assert text() in (ROOT / page).read_text(encoding="utf-8"), (
        "run python -m benchmarks.features --write with that page"
    )


def test_a_no_that_turns_out_to_work_is_found():
    with pytest.raises(AssertionError, match="it is there"):
        no(ValueError, "x")(lambda: None).program()


def test_a_no_for_another_reason_is_found():
    with pytest.raises(AssertionError, match="raised TypeError: y"):
        no(ValueError, "x")(_raise_type_error).program()


def test_a_yes_that_fails_is_found():
    with pytest.raises(TypeError, match="y"):
        yes(_raise_type_error).program()


def test_a_partly_that_shows_nothing_missing_is_found():
    with pytest.raises(AssertionError, match="nothing that is missing"):
        partly("half")(lambda: None).program()


def test_a_partly_works_and_shows_what_is_missing():
    def half():
        with lacks(TypeError, "y"):
            _raise_type_error()

    partly("half")(half).program()


def _raise_type_error():
    raise TypeError("y")
