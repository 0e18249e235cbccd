"""Kernels of PTX whose threads share memory, wait for each other and call functions: ``tools/card``."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ptx_on_host import module, needs_gcc, play

KERNEL = """
{outside}
.visible .entry k(.param .u64 k_in, .param .u64 k_out) {extra}{{
  .reg .b32 %t, %n, %v, %w; .reg .b64 %in, %out, %s; .reg .pred %p, %q; {declared}
  ld.param.u64 %in, [k_in]; ld.param.u64 %out, [k_out]; mov.u32 %t, %tid.x; mov.u32 %n, %ntid.x;
  mad.wide.u32 %in, %t, 4, %in; mad.wide.u32 %out, %t, 4, %out;
  ld.global.u32 %v, [%in];
  {body}
  st.global.u32 [%out], %v;
  ret;
}}
"""
ROW = ".shared .align 4 .b8 row[512];"
REVERSED = """
  shl.b32 %w, %t, 2; mov.u32 %x, row; add.s32 %w, %w, %x; st.shared.u32 [%w], %v;
  {barrier}
  sub.s32 %w, %n, %t; shl.b32 %w, %w, 2; add.s32 %w, %w, %x; ld.shared.u32 %v, [%w+-4];
"""


def run(body, given, outside="", declared="", extra=""):
    """Return what a block makes of a number for each thread."""
    text = KERNEL.format(body=body, outside=outside, declared=declared, extra=extra)
    given, out = np.asarray(given, "u4"), np.zeros(len(given), "u4")
    play(module(text), "k", given, out, threads=(len(given), 1, 1))
    return out


@needs_gcc
def test_a_barrier_lets_every_thread_see_the_others():
    given = np.arange(100) + 7
    body = REVERSED.format(barrier="bar.sync 0;")
    np.testing.assert_array_equal(run(body, given, declared=f".reg .b32 %x; {ROW}"), given[::-1])


@needs_gcc
def test_a_missing_barrier_shows():
    out = run(REVERSED.format(barrier=""), np.arange(100), declared=f".reg .b32 %x; {ROW}")
    assert (out == 0xCDCDCDCD).any()


@needs_gcc
@pytest.mark.parametrize("threads", [1, 31, 32, 33, 100])
def test_a_warp_adds_up_by_shuffles(threads):
    given = np.arange(1, threads + 1)
    steps = "".join(
        f"shfl.sync.down.b32 %w|%p, %v, {by}, 31, 0xffffffff; add.u32 %w, %w, %v; "
        f"add.u32 %x, %l, {by}; setp.lt.u32 %q, %x, %m; and.pred %p, %p, %q; selp.b32 %v, %w, %v, %p; "
        for by in (16, 8, 4, 2, 1)
    )
    lanes = "mov.u32 %l, %laneid; sub.u32 %m, %t, %l; sub.u32 %m, %n, %m; "
    out = run(lanes + steps, given, declared=".reg .b32 %x, %l, %m;")
    for first in range(0, threads, 32):
        assert out[first] == given[first : first + 32].sum()


SHUFFLES = {
    "up.b32 %v|%p, %v, 3, 0": lambda k: k - 3 if k >= 3 else k,
    "down.b32 %v|%p, %v, 3, 31": lambda k: k + 3 if k + 3 < 32 else k,
    "bfly.b32 %v|%p, %v, 5, 31": lambda k: k ^ 5,
    "idx.b32 %v|%p, %v, 9, 31": lambda _: 9,
    "down.b32 %v|%p, %v, 1, 0x181f": lambda k: k + 1 if k % 8 < 7 else k,
    "idx.b32 %v|%p, %v, 2, 0x181f": lambda k: k // 8 * 8 + 2,
}


@needs_gcc
@pytest.mark.parametrize("shuffle", SHUFFLES)
def test_shuffles_move_values_as_the_manual_says(shuffle):
    given = np.arange(32) * 10
    expected = [given[SHUFFLES[shuffle](k)] for k in range(32)]
    np.testing.assert_array_equal(run(f"shfl.sync.{shuffle}, 0xffffffff;", given), expected)


@needs_gcc
def test_halves_of_a_warp_shuffle_apart_from_each_other():
    body = """
      setp.lt.u32 %p, %t, 16; @%p bra $low;
      shfl.sync.bfly.b32 %v, %v, 1, 31, 0xffff0000; shfl.sync.bfly.b32 %v, %v, 2, 31, 0xffff0000; bra $end;
    $low: shfl.sync.bfly.b32 %v, %v, 4, 31, 0xffff;
    $end: bar.warp.sync -1;
    """
    np.testing.assert_array_equal(run(body, np.arange(32)), [k ^ 4 if k < 16 else k ^ 3 for k in range(32)])


@needs_gcc
@pytest.mark.parametrize("threads", [32, 40])
def test_votes_count_the_lanes_there_are(threads):
    given = np.arange(threads)
    parity = "and.b32 %w, %v, 1; setp.eq.u32 %p, %w, 0; "
    ballot = run(parity + "vote.sync.ballot.b32 %v, %p, 0xffffffff;", given)
    assert ballot[0] == 0x55555555
    assert ballot[-1] == (0x55555555 if threads == 32 else 0x55)
    whole = run("setp.ge.u32 %p, %v, 0; vote.sync.all.pred %q, %p, 0xffffffff; selp.b32 %v, 1, 0, %q;", given)
    assert whole.all()


@needs_gcc
def test_atomic_sums_of_all_blocks_are_whole():
    text = """.visible .entry k(.param .u64 p) { .reg .b64 %p; .reg .b32 %x; .reg .f64 %f;
      ld.param.u64 %p, [p]; atom.global.add.u32 %x, [%p], 1; red.global.max.u32 [%p+4], %x;
      atom.global.add.f64 %f, [%p+8], 0d3FE0000000000000; atom.global.cas.b32 %x, [%p+16], 0, 5; ret; }"""
    memory = np.zeros(3, "u8")
    play(module(text), "k", memory, blocks=(3, 2, 2), threads=(5, 2, 1))
    assert memory.view("u4").tolist()[:2] == [120, 119]
    assert memory.view("f8")[1] == 60.0
    assert memory.view("u4")[4] == 5


@needs_gcc
def test_functions_local_memory_and_constants():
    outside = """
    .const .align 4 .b32 table[4] = {3, 1, 4, 1};
    .func (.param .b32 back) twice(.param .b32 given) { .reg .b32 %r;
      ld.param.b32 %r, [given+0]; add.u32 %r, %r, %r; st.param.b32 [back+0], %r; ret; }
    """
    body = """
      mov.u64 %s, depot; cvta.local.u64 %s, %s; st.local.u32 [depot+4], %v; ld.u32 %w, [%s+4];
      { .param .b32 a; .param .b32 b; st.param.b32 [a+0], %w; call.uni (b), twice, (a); ld.param.b32 %w, [b+0]; }
      and.b32 %x, %t, 3; mul.wide.u32 %s, %x, 4; mov.u64 %y, table; add.u64 %s, %s, %y; ld.const.u32 %x, [%s];
      add.u32 %v, %w, %x;
    """
    out = run(body, np.arange(8), outside, ".local .align 8 .b8 depot[16]; .reg .b32 %x; .reg .b64 %y;")
    np.testing.assert_array_equal(out, 2 * np.arange(8) + [3, 1, 4, 1] * 2)


@needs_gcc
def test_dynamic_shared_memory_and_its_generic_address():
    text = """.extern .shared .align 16 .b8 extra[];
    .visible .entry k(.param .u64 out) { .reg .b64 %o, %s, %g; .reg .b32 %v, %t; .reg .pred %p; .shared .b32 fixed;
      ld.param.u64 %o, [out]; mov.u64 %s, extra; cvta.shared.u64 %g, %s; mov.u32 %t, %tid.x; setp.eq.u32 %p, %t, 0;
      @%p st.u32 [%g+60], 42; bar.sync 0; isspacep.shared %p, %g; selp.u32 %t, 1, 0, %p;
      ld.shared.u32 %v, [extra+60]; add.u32 %v, %v, %t; st.global.u32 [%o], %v; ret; }"""
    out = np.zeros(1, "u4")
    play(module(text), "k", out, threads=(2, 1, 1), dynamic=64)
    assert out[0] == 43


DEADLY = {
    "a misaligned address": "add.u64 %in, %in, 2; ld.global.u32 %v, [%in];",
    "an address beyond shared memory": "ld.shared.u32 %v, [row+512];",
    "threads that wait for ever": "setp.lt.u32 %p, %t, 8; @%p bra $a; bar.sync 0; bra $b; $a: bar.sync 1; $b:",
    "a lane that is not in its own mask": "bar.warp.sync 0x7fff;",
    "a trap": "trap;",
}
PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
import numpy as np
from ptx_on_host import module, play
play(module({text!r}), "k", np.zeros(32, "u4"), np.zeros(32, "u4"), threads=(16, 1, 1))
print("went on")
"""


@needs_gcc
@pytest.mark.parametrize("why", DEADLY)
def test_what_a_kernel_must_not_do_ends_the_program(why):
    text = KERNEL.format(body=DEADLY[why], outside="", declared=ROW, extra="")
    program = PROGRAM.format(tests=str(Path(__file__).parent), text=text)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGABRT, "")
    assert f"card: in a kernel: {why}" in done.stderr
