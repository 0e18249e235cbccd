"""Tables in files, CSV and Parquet, by pandas."""

from __future__ import annotations

import csv
import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.data.variables import EXPECTED

PARQUET_MAGIC = b"PAR1"
SEPARATORS = {".csv": ",", ".tsv": "\t"}

_REMEDY = "Write numbers alone, a table with one sample a row."
_COMMAS = "Separate fields by commas, and write 1.5 and not 1,5."
_FEWEST_COUNTED = 3  # a line of "0,1" may well be data
_LARGEST_RATIO = 100_000  # of the bytes of a table to those of a file: a column of one value is a few bytes


def read_csv(file: Path) -> HostArray:
    """Return the table in a file of separated values, with or without a line of names above it.

    Parameters
    ----------
    file : Path
        The file: values with commas between them, or tabs where its name ends in .tsv.

    Returns
    -------
    numpy.ndarray, shape (n_rows, n_columns)
        Its numbers, in the widest type that a column needs; NaN where a field is empty.

    Raises
    ------
    ImportError
        If pandas is not installed.
    ValueError
        If it is damaged, or a column holds anything but numbers.

    Notes
    -----
    The first line is taken for names if one of its fields is no number, or if they are 0, 1, 2 and so on, as pandas
    names columns that have no names. A first column without a name, beside others that have one, is pandas's numbering
    of the rows, and is left out.
    """
    pandas, separator = _pandas(file), SEPARATORS[file.suffix.lower()]
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            lines = csv.reader(stream, delimiter=separator)
            first, second = next(lines, []), next(lines, [])
        header, numbered = _first_line(first)
        index = 0 if numbered else None
        table = pandas.read_csv(
            file, sep=separator, header=header, index_col=index, encoding="utf-8-sig", low_memory=False
        )
    except (ValueError, csv.Error, OverflowError, MemoryError) as error:
        raise ValueError(_told(file, error)) from None
    _require_fields(first, second, separator, file)
    return _numbers(table, file)


def read_parquet(file: Path) -> HostArray:
    """Return the table in a Parquet file.

    Parameters
    ----------
    file : Path
        The file.

    Returns
    -------
    numpy.ndarray, shape (n_rows, n_columns)
        Its numbers, in the widest type that a column needs.

    Raises
    ------
    ImportError
        If pandas or pyarrow is not installed.
    ValueError
        If it is damaged, or a column holds anything but numbers.
    """
    pandas = _pandas(file)
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ModuleNotFoundError as error:
        message = f"{file} is a Parquet file, which needs pyarrow. Run: pip install 'xpsae[files]'"
        raise ImportError(message) from error
    try:
        metadata = parquet.read_metadata(file)
        claimed, there = 8 * metadata.num_rows * metadata.num_columns, file.stat().st_size
        if not 0 <= claimed <= _LARGEST_RATIO * there:
            message = f"it claims {metadata.num_rows} rows in {there} bytes"
            raise ValueError(message)
        table = pandas.read_parquet(file, engine="pyarrow")
    except (ValueError, OSError, RuntimeError, LookupError, TypeError, OverflowError, MemoryError) as error:
        raise ValueError(_told(file, error)) from None
    return _numbers(table, file)


def _numbers(table: Any, file: Path) -> HostArray:
    """Return a data frame as an array of numbers, or raise the error that names the columns that are none."""
    if 0 in table.shape:
        raise ValueError(complaint("path", EXPECTED, f"{file}, which has no rows", _REMEDY))
    others = [str(name) for name, dtype in table.dtypes.items() if getattr(dtype, "kind", "O") not in "biuf"]
    if others:
        many = f"{len(others)} columns that are no numbers, the first"
        got = f"{file} with {many if len(others) > 1 else '1 column that is no number,'} {others[0][:40]!r}"
        semicolons = table.shape[1] == 1 and ";" in others[0]
        remedy = _COMMAS if semicolons else "Leave out what is no number, or code it as one."
        raise ValueError(complaint("path", EXPECTED, got, remedy))
    array: HostArray = table.to_numpy()
    return array


def _require_fields(first: list[str], second: list[str], separator: str, file: Path) -> None:
    """Raise a ValueError where the second line has more fields than the first: pandas would take the rest for names."""
    if len(second) <= len(first):
        return
    got = f"{file} with {len(first)} fields in line 1 and {len(second)} in line 2"
    semicolons = separator == "," and any(";" in field for field in first)
    remedy = _COMMAS if semicolons else "Name every column, or none."
    raise ValueError(complaint("path", "as many fields in every line", got, remedy))


def _first_line(fields: list[str]) -> tuple[int | None, bool]:
    """Return 0 where the first line has names and None where it has data, and whether the first column has no name.

    The names that pandas gives to columns without any are numbers too: 0, 1, 2 and so on.
    """
    unnamed = len(fields) > 1 and not fields[0].strip()
    names = fields[1:] if unnamed else fields
    counted = len(names) >= _FEWEST_COUNTED and names == [str(i) for i in range(len(names))]
    header = counted or not all(_is_number(field) for field in fields)
    return (0, unnamed) if header else (None, False)


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return not field.strip()
    return True


def _told(file: Path, error: Exception) -> str:
    text = " ".join(str(error).split())[:200]
    return complaint("path", EXPECTED, f"{file}, which is damaged ({text})", _REMEDY)


def _pandas(file: Path) -> ModuleType:
    try:
        return importlib.import_module("pandas")
    except ModuleNotFoundError as error:
        message = f"{file} is a table, which needs pandas. Run: pip install 'xpsae[files]'"
        raise ImportError(message) from error
