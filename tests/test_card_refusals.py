"""PTX that is not known is refused by name, never translated into something else: ``tools/card``."""

import subprocess
import sys

import pytest
from ptx_on_host import HEAD, TOOL, UnknownError, of_text, translated

REFUSED = [
    "cvt.rna.tf32.f32 %r, %r;",
    "cvt.rn.bf16x2.f32 %r, %r, %r;",
    "add.f16 %r, %r, %r;",
    "add.sat.s32 %r, %r, %r;",
    "add.rn.xorsign.f32 %r, %r, %r;",
    "mul.s32 %r, %r, %r;",
    "prmt.b32.f4e %r, %r, %r, %r;",
    "activemask.b32 %r;",
    "bar.red.popc.u32 %r, 0, %p;",
    "bar.sync 0, 64;",
    "bar.arrive 0, 64;",
    "shfl.up.b32 %r, %r, 1, 0;",
    "vote.ballot.b32 %r, %p;",
    "match.any.sync.b32 %r, %r, -1;",
    "mov.u64 %d, %clock64;",
    "mov.u32 %r, %smid;",
    "mov.u32 %r, nothing;",
    "ld.tex.u32 %r, [%d];",
    "ld.global.v4.u32 {%r, %r}, [%d];",
    "tex.1d.v4.f32.s32 {%r, %r, %r, %r}, [%d, {%r}];",
    "atom.global.min.f32 %r, [%d], %r;",
    "atom.global.add.noftz.f16x2 %r, [%d], %r;",
    "setp.lo.s32 %p, %r, %r;",
    "setp.foo.u32 %p, %r, %r;",
    "brx.idx %r, targets;",
    "call.uni (%r), vprintf, (%d);",
    "cp.async.ca.shared.global [%r], [%d], 16;",
    "dp4a.u32.u32 %r, %r, %r, %r;",
    "ex2.approx.ftz.f16x2 %r, %r;",
    "isspacep.local %p, %d;",
    "add.u32 %r, %r;",
    "add.u32 %r, %r, 1.5;",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_what_is_not_known_is_refused_by_name(statement):
    with pytest.raises(UnknownError) as error:
        translated(statement, ".reg .b32 %r; .reg .b64 %d; .reg .pred %p;")
    assert any(word in str(error.value) for word in (statement[:-1], *statement[:-1].replace(",", " ").split()[1:]))


@pytest.mark.parametrize(
    "text",
    [
        ".global .texref t;",
        ".visible .entry k(.param .u64 p) .reqntid 32, 1, 1 { ret; }",
        ".func f() { bar.sync 0; ret; }",
        ".func f() { .reg .b32 %r; mov.u32 %r, %tid.x; ret; }",
        ".global .b64 p[1] = {generic(other)};",
        ".visible .entry k() { ret; ",
    ],
)
def test_declarations_that_are_not_known_are_refused(text):
    with pytest.raises(UnknownError):
        of_text(HEAD + text)


def test_the_command_says_what_it_does_not_know(tmp_path):
    (tmp_path / "k.ptx").write_text(HEAD + ".visible .entry k() { nanosleep.u32 5; ret; }", encoding="utf-8")
    command = [sys.executable, "-S", "-E", "-B", str(TOOL / "ptx"), str(tmp_path / "k")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "nanosleep.u32 5" in done.stderr
    assert not (tmp_path / "k.so").exists()
