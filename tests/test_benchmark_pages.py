from benchmarks.pages import renew


def test_rows_of_a_table_are_renewed_in_their_order_and_the_others_stay(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n\n<!-- t -->\n<!-- /t -->\n\nafter\n")
    order = ["one", "two", "three"]

    renew(page, "t", ["A", "B"], [["two", "2"], ["gone", "0"], ["one", ""]], order)
    renew(page, "t", ["A", "B"], [["three", "3"], ["two", "22"]], order)

    table = "| A | B |\n| --- | --- |\n| one | |\n| two | 22 |\n| three | 3 |"
    assert page.read_text() == f"before\n\n<!-- t -->\n\n{table}\n\n<!-- /t -->\n\nafter\n"
