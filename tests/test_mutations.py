"""Files that were damaged, cut, spliced or forged: one clear error, or what was in them; tools/fuzz does far more."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import KINDS, Edit, edited, samples, verdict

SAMPLES = samples()
EDITS = st.lists(
    st.builds(Edit, st.sampled_from(KINDS), st.floats(0, 1, exclude_max=True), st.integers(0, 2**31)),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("mutations") / "file"


@pytest.mark.parametrize("name", SAMPLES)
def test_a_whole_file_is_read(file, name):
    assert verdict(SAMPLES[name], SAMPLES[name].content, file) == "read"


@pytest.mark.parametrize("name", SAMPLES)
@given(edits=EDITS)
@settings(max_examples=100)
def test_a_changed_file_is_refused_in_one_sentence_or_read_as_it_was(file, name, edits):
    verdict(SAMPLES[name], edited(SAMPLES[name].content, edits), file)


@pytest.mark.parametrize("name", ["model", "checkpoint"])
def test_every_flipped_bit_of_the_arrays_is_noticed(file, name):
    content = SAMPLES[name].content
    begin = 8 + int.from_bytes(content[:8], "little")
    for at in range(begin, len(content), 7):
        changed = bytearray(content)
        changed[at] ^= 1 << at % 8
        assert verdict(SAMPLES[name], bytes(changed), file) == "refused"


@pytest.mark.parametrize("name", SAMPLES)
def test_every_truncation_is_refused(file, name):
    content = SAMPLES[name].content
    for length in range(0, len(content), max(1, len(content) // 150)):
        assert verdict(SAMPLES[name], content[:length], file) == "refused"


@pytest.mark.parametrize("name", ["model", "checkpoint", "npy", "idx", "idx.gz"])
def test_bytes_after_the_end_are_refused(file, name):
    assert verdict(SAMPLES[name], SAMPLES[name].content + b"junk", file) == "refused"


@pytest.mark.parametrize("name", ["model", "checkpoint"])
@pytest.mark.parametrize("length", [2**20 + 1, 2**40, 2**60, 2**64 - 1])
def test_a_header_of_any_claimed_length_costs_no_memory(file, name, length):
    tracemalloc.start()
    try:
        assert verdict(SAMPLES[name], length.to_bytes(8, "little") + SAMPLES[name].content[8:], file) == "refused"
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
