"""Files that are there, and files that appear whole or not at all."""

import pytest

from xpsae.files import existing_file, replacing


def test_a_finished_file_takes_the_place_of_the_old_one(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with replacing(path) as stream:
        stream.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def fail():
        with replacing(path) as stream:
            stream.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_mode_any_new_file_has(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    with replacing(tmp_path / "a.bin"):
        pass
    assert (tmp_path / "a.bin").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_link_is_kept_and_its_target_replaced(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    with replacing(link) as stream:
        stream.write(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_device_is_written_to_and_not_replaced():
    with replacing("/dev/null") as stream:
        stream.write(b"x")


def test_folders_are_not_files(tmp_path):
    with pytest.raises(OSError, match="directory"), replacing(tmp_path):
        pass
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "none" / "a"):
        pass


def test_a_file_that_is_not_there_is_named(tmp_path):
    (tmp_path / "there").write_bytes(b"")
    assert existing_file(str(tmp_path / "there")) == tmp_path / "there"
    with pytest.raises(FileNotFoundError, match=r"path: expected a file, got .*none, which is not there"):
        existing_file(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match="which is a folder"):
        existing_file(tmp_path)
