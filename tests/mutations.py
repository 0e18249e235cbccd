"""Whole files of every format that is read, the edits that damage them, and what may come of reading them then."""

import gzip
import io
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import xpsae
from xpsae.arrays.namespace import load_namespace
from xpsae.checkpoints import read_checkpoint
from xpsae.data import container
from xpsae.data.formats import read_rows
from xpsae.data.tensors import read_tensors
from xpsae.optimize.lbfgs import LBFGS
from xpsae.optimize.state import OptimizerState

KINDS = ("flip", "set", "cut", "insert", "repeat", "zero", "move", "word", "digit")
WORDS = (b"\xff" * 8, b"\0" * 8, b"[" * 3000, b"9" * 400, b"NaN", b"-1", b'"F64"', b"null", b"{}", b"\x80PK\x03\x04")
WORDS += ((2**60).to_bytes(8, "little"), b"__metadata__", b"1152921504606846976", b"|O", b"True", b"1e999")


@dataclass(frozen=True)
class Edit:
    """One change of a file: what is done, where (a share of its length), and with what."""

    kind: str
    place: float
    value: int

    def __call__(self, content: bytes) -> bytes:
        at, value = int(self.place * len(content)), self.value
        head, tail, some = content[:at], content[at:], 1 + value % 64
        match self.kind:
            case "flip":
                return head + bytes(byte ^ 1 << value % 8 for byte in tail[:1]) + tail[1:]
            case "set":
                return head + bytes([value % 256]) * len(tail[:1]) + tail[1:]
            case "cut":
                return head + tail[some:] if value % 2 else head
            case "insert":
                return head + value.to_bytes(4, "little") * (1 + value % 9) + tail
            case "repeat":
                return head + tail[:some] + tail
            case "zero":
                return head + bytes(len(tail[:some])) + tail[some:]
            case "move":
                return head + content[value % (len(content) + 1) :][:some] + tail[some:]
            case "word":
                return head + WORDS[value % len(WORDS)] + tail[len(WORDS[value % len(WORDS)]) * (value // 64 % 2) :]
            case _:
                return _with_digit(content, at, value)


def _with_digit(content: bytes, at: int, value: int) -> bytes:
    """Return the content with the next digit another one: a length, an offset, a number of the header."""
    for i in range(at, min(at + 4000, len(content))):
        if 48 <= content[i] <= 57:
            return content[:i] + bytes([48 + value % 10]) + content[i + 1 :]
    return content


def edited(content: bytes, edits: list[Edit]) -> bytes:
    """Return the content after all edits, never longer than a few times its length."""
    for edit in edits:
        content = edit(content)[: 1 << 20]
    return content


@dataclass(frozen=True)
class Sample:
    """A whole file, how it is read, and whether a change of it must be noticed."""

    content: bytes
    read: Callable[[Path], Any]
    checksum: bool
    "Whether the format has one, so that what is read from a changed file is what was in the whole one."


def samples() -> dict[str, Sample]:
    """Return a whole file of every kind."""
    rng = np.random.default_rng(0)
    X = rng.random((40, 4))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = xpsae.fit(X, 3, max_iter=8, rng=0, scaling="range", checkpoint=folder / "checkpoint")
        model.save(folder / "model")
        of_model, of_run = ((folder / each).read_bytes() for each in ("model", "checkpoint"))
    pictures = rng.integers(0, 255, (4, 5, 6), dtype=np.uint8)
    idx = bytes([0, 0, 8, 3]) + struct.pack(">3I", *pictures.shape) + pictures.tobytes()
    npy, npz, packed = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(npy, X)
    np.savez(npz, X)
    np.savez_compressed(packed, X)
    matlab = matlab_files(X)
    return {
        "model": Sample(of_model, model_content, checksum=True),
        "model, sealed again": Sample(of_model, resealed(model_content), checksum=False),
        "checkpoint": Sample(of_run, run_content, checksum=True),
        "checkpoint, sealed again": Sample(of_run, resealed(run_content), checksum=False),
        "idx": Sample(idx, rows_content, checksum=False),
        "idx.gz": Sample(gzip.compress(idx, mtime=0), rows_content, checksum=False),
        "npy": Sample(npy.getvalue(), rows_content, checksum=False),
        "npz": Sample(npz.getvalue(), rows_content, checksum=False),
        "npz, compressed": Sample(packed.getvalue(), rows_content, checksum=False),
        "npz, a model": Sample(matlab[3], weights_content, checksum=False),
        "mat": Sample(matlab[0], rows_content, checksum=False),
        "mat, compressed": Sample(matlab[1], rows_content, checksum=False),
        "mat, a model": Sample(matlab[2], weights_content, checksum=False),
        "mat 7.3": Sample(matlab73(X), rows_content, checksum=False),
    }


def matlab_files(X: Any) -> tuple[bytes, ...]:
    """Return MATLAB files of an array among other variables, plain and compressed, and of a model, and a .npz of it."""
    from scipy import io as sio

    contents = []
    things = {"name": "patches", "cells": np.asarray([[1, "two"]], dtype=object), "n": 3, "X": X}
    for compressed in (False, True):
        stream = io.BytesIO()
        sio.savemat(stream, things, do_compression=compressed)
        contents.append(stream.getvalue())
    model = xpsae.fit(X, 3, max_iter=3, rng=0)
    with tempfile.TemporaryDirectory() as name:
        for save, suffix in ((xpsae.save_mat, "mat"), (xpsae.save_npz, "npz")):
            save(model, Path(name) / suffix)
            contents.append((Path(name) / suffix).read_bytes())
    return tuple(contents)


def matlab73(X: Any, **more: Any) -> bytes:
    """Return a file of MATLAB's version 7.3: HDF5 behind 512 bytes that say so, axes in the reverse order."""
    import h5py

    stream, names = io.BytesIO(), {"float64": "double", "float32": "single", "bool": "logical"}
    with h5py.File(stream, "w", userblock_size=512) as file:
        for name, array in {"n": np.zeros((1, 1)), **more, "X": X}.items():
            kind = array.dtype.name
            stored = array.T.astype("u1") if kind == "bool" else array.T
            file.create_dataset(name, data=stored, compression="gzip")
            file[name].attrs["MATLAB_class"] = np.bytes_(names.get(kind, kind))
    return b"MATLAB 7.3 MAT-file, written for a test".ljust(124) + b"\x00\x02IM" + stream.getvalue()[128:]


def weights_content(path: Path) -> Any:
    """Return the weights of a model that was written for another program."""
    model = (xpsae.load_npz if path.read_bytes().startswith(b"PK") else xpsae.load_mat)(path)
    assert np.isfinite(model.theta).all()
    facts = (model.penalties, model.scaling)
    return model.theta.tobytes(), model.mean_activation.tobytes(), repr(facts)


def model_content(path: Path) -> Any:
    """Return all that a model has, in a form that compares."""
    model = xpsae.load(path)
    assert np.isfinite(model.theta).all()
    assert model.encode(np.zeros((2, model.n_features), model.W1.dtype)).shape == (2, model.n_hidden)
    facts = (model.penalties, model.scaling, model.history, model.result.fun, model.result.message)
    return model.theta.tobytes(), model.mean_activation.tobytes(), model.result.jac.tobytes(), repr(facts)


def run_content(path: Path) -> Any:
    """Return all that a checkpoint has, after an optimizer has taken it."""
    saved = read_checkpoint(path)
    state = OptimizerState.unpacked(saved.arrays, saved.numbers, xp=load_namespace("numpy"))
    optimizer = LBFGS.from_state(state)
    facts = (saved.data, saved.penalties, saved.scaling, saved.plan, saved.history, saved.numbers, optimizer.nit)
    return {name: array.tobytes() for name, array in saved.arrays.items()}, repr(facts)


def rows_content(path: Path) -> Any:
    """Return the rows of a file; copied, so that all of them are read."""
    rows = np.array(read_rows(path).rows)
    assert rows.ndim == 2
    assert rows.dtype.kind in "biuf"
    return rows.dtype.str, rows.shape, rows.tobytes()


def resealed(read: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """Return a reader that first makes the digest right: the file is not damaged but made by somebody who means ill."""

    def read_resealed(path: Path) -> Any:
        content = path.read_bytes()
        try:
            with path.open("rb") as stream:
                metadata, arrays = read_tensors(stream, len(content))
        except ValueError:
            return read(path)
        before = metadata.pop("digest", "")
        path.write_bytes(content.replace(before.encode(), container._digest(metadata, arrays).encode(), 1))
        return read(path)

    return read_resealed


def verdict(sample: Sample, content: bytes, path: Path) -> str:
    """Return "read" or "refused", or raise what must not happen: another error, a message that helps nobody, a lie."""
    path.write_bytes(content)
    try:
        found = sample.read(path)
    except (TypeError, ValueError) as error:
        text = str(error)
        if type(error) not in {TypeError, ValueError} or ": expected " not in text or "\n" in text or len(text) > 2000:
            message = f"{type(error).__name__}: {text[:300]!r}"
            raise AssertionError(message) from error
        return "refused"
    if sample.checksum:
        path.write_bytes(sample.content)
        assert found == sample.read(path), "a changed file was read as something else"
    return "read"
