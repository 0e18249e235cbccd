"""Files that are there, and files that appear whole or not at all."""

import errno
import os
import pathlib

import pytest

from xpsae.files import existing_file, replacing


def write(path):
    """Write one byte."""
    with replacing(path) as stream:
        stream.write(b"x")


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


def test_what_cannot_be_written_is_named(tmp_path):
    with pytest.raises(IsADirectoryError, match=rf"^path: expected a file, got the folder {tmp_path}\. Add"):
        write(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"^path: .* got .*none/a in a folder that is not there\. Make"):
        write(tmp_path / "none" / "a")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match="file/a in a folder that is not there"):
        write(tmp_path / "file" / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC, errno.ENAMETOOLONG])
def test_errors_of_the_operating_system_name_the_file_asked_for(tmp_path, monkeypatch, number):
    def refuse(self, *_args):
        raise OSError(number, os.strerror(number), str(self))

    monkeypatch.setattr(pathlib.Path, "open", refuse)
    with pytest.raises(OSError, match=os.strerror(number)) as caught:
        write(tmp_path / "a.bin")
    assert (caught.value.errno, caught.value.filename) == (number, str(tmp_path / "a.bin"))
    assert type(caught.value) is type(OSError(number, ""))


def test_a_disk_that_is_full_halfway_leaves_nothing(tmp_path):
    def fill():
        with replacing(tmp_path / "a.bin") as stream:
            stream.write(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match=r"a\.bin"):
        fill()
    assert not list(tmp_path.iterdir())


def test_errors_about_other_files_stay_as_they_are(tmp_path):
    def fail():
        with replacing(tmp_path / "a.bin"):
            pathlib.Path(tmp_path / "other").read_bytes()

    with pytest.raises(FileNotFoundError, match="other"):
        fail()


def test_a_name_as_long_as_names_may_be(tmp_path):
    write(tmp_path / ("ρ" * 127))
    assert [path.name for path in tmp_path.iterdir()] == ["ρ" * 127]


@pytest.mark.parametrize(
    ("path", "error", "got"),
    [
        ("", ValueError, "got ''"),
        ("a\0b", ValueError, r"got 'a\\x00b'"),
        (b"a.bin", TypeError, r"got the bytes b'a\.bin'\. Pass os\.fsdecode"),
        (None, TypeError, "got None"),
        (3, TypeError, "got 3"),
    ],
)
@pytest.mark.parametrize("use", [write, existing_file])
def test_what_names_no_file_is_refused(path, error, got, use):
    with pytest.raises(error, match=f"^path: expected a file name, str or path, {got}"):
        use(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    (tmp_path / "there").write_bytes(b"")
    assert existing_file(str(tmp_path / "there")) == tmp_path / "there"
    with pytest.raises(FileNotFoundError, match=r"path: expected a file, got .*none, which is not there"):
        existing_file(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match="which is a folder"):
        existing_file(tmp_path)
