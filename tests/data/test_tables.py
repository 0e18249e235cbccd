"""Tables: with and without names above them, and columns that are no numbers."""

import sys

import numpy as np
import pytest

from xpsae.data.formats import read_rows

pandas = pytest.importorskip("pandas")
X = np.random.default_rng(0).random((6, 3)).round(6)


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize(("suffix", "separator"), [("csv", ","), ("tsv", "\t"), ("CSV", ",")])
def test_text_is_read_with_or_without_names(tmp_path, header, suffix, separator):
    file = tmp_path / f"table.{suffix}"
    pandas.DataFrame(X, columns=["a", "b", "c d"]).to_csv(file, sep=separator, header=header, index=False)
    data = read_rows(file)
    assert data.tile is None
    np.testing.assert_array_equal(data.rows, X)


@pytest.mark.parametrize("names", [["a", "b", "c"], None])
@pytest.mark.parametrize("index", [True, False])
def test_what_pandas_adds_by_itself_is_no_data(tmp_path, names, index):
    pandas.DataFrame(X, columns=names).to_csv(tmp_path / "frame.csv", index=index)
    np.testing.assert_array_equal(read_rows(tmp_path / "frame.csv").rows, X)


def test_a_first_line_of_data_is_data(tmp_path):
    for text, rows in (("0,1\n1,0\n", [[0, 1], [1, 0]]), (",1\n1,0\n", [[np.nan, 1], [1, 0]])):
        (tmp_path / "bits.csv").write_text(text)
        np.testing.assert_array_equal(read_rows(tmp_path / "bits.csv").rows, rows)


def test_a_mark_of_byte_order_and_empty_fields(tmp_path):
    (tmp_path / "excel.csv").write_bytes(b"\xef\xbb\xbf1,2\r\n3,\r\n")
    np.testing.assert_array_equal(read_rows(tmp_path / "excel.csv").rows, [[1, 2], [3, np.nan]])


def test_parquet_is_known_by_its_content(tmp_path):
    pytest.importorskip("pyarrow")
    pandas.DataFrame(X.astype("f4"), columns=["a", "b", "c"]).to_parquet(tmp_path / "table.data")
    rows = read_rows(tmp_path / "table.data").rows
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, X.astype("f4"))


@pytest.mark.parametrize("name", ["words.csv", "words.parquet"])
def test_columns_that_are_no_numbers_are_named(tmp_path, name):
    frame = pandas.DataFrame({"x": [1.0, 2.0], "kind": ["a", "b"], "when": pandas.to_datetime(["2020-01-01"] * 2)})
    (frame.to_csv if name.endswith("csv") else frame.to_parquet)(tmp_path / name, index=False)
    with pytest.raises(ValueError, match=rf"{name} with 2 columns that are no numbers, the first 'kind'\. Leave"):
        read_rows(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ragged.csv", b"1,2\n3,4,5\n"),
        ("bytes.csv", b"a,b\n\xff\xfe,\x80\n"),
        ("names.csv", b"a,b\n"),
        ("cut.parquet", b"PAR1junk"),
        ("short.parquet", b"PAR1"),
    ],
)
def test_damage_is_told_in_one_sentence(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"^path: expected a file of real numbers, got .*{name}, which") as told:
        read_rows(tmp_path / name)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(("package", "name"), [("pandas", "t.csv"), ("pandas", "t.parquet"), ("pyarrow", "t.parquet")])
def test_a_missing_package_is_named_with_the_command(tmp_path, monkeypatch, package, name):
    frame = pandas.DataFrame(X, columns=["a", "b", "c"])
    (frame.to_csv if name.endswith("csv") else frame.to_parquet)(tmp_path / name)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet" if package == "pyarrow" else package, None)
    with pytest.raises(ImportError, match=rf"{name} is a .*needs {package}\. Run: pip install 'xpsae\[files\]'"):
        read_rows(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2,3\n4,5,6\n", r"2 fields in line 1 and 3 in line 2\. Name every column, or none\."),
        ("a;b\n1,5;2,5\n3,5;4,5\n", r"1 fields in line 1 and 3 in line 2\. Separate fields by commas, and write 1\.5"),
    ],
)
def test_no_column_is_dropped_for_want_of_a_name(tmp_path, text, message):
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_rows(tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1.5;2.5\n3.5;4.5\n", r"1 column that is no number, '1\.5;2\.5'\. Separate fields by commas"),
        ("name,height\na,1.8\nb,1.7\n", r"1 column that is no number, 'name'\. Leave out what"),
    ],
)
def test_one_column_of_text_is_told_from_other_separators(tmp_path, text, message):
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_rows(tmp_path / "x.csv")
