"""Weight files are looked through before Keras reads them: no other file, no gigabytes of
nothing."""

import h5py
import numpy as np
import pytest

import tlcourse as tl
from tlcourse.networks.hdf5 import check_hdf5


@pytest.fixture
def secret(tmp_path):
    """A file of the reader's own, with numbers that no weight file may fetch."""
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["numbers"] = np.arange(6.0)
    (tmp_path / "secret.bin").write_bytes(bytes(48))
    return tmp_path


def external_link(file, folder):
    file["layer/kernel"] = h5py.ExternalLink(str(folder / "secret.h5"), "numbers")


def link_in_a_link(file, folder):
    file["deep/below"] = h5py.ExternalLink("secret.h5", "/")
    file["layer"] = h5py.SoftLink("/deep")


def external_storage(file, folder):
    place = [(str(folder / "secret.bin"), 0, 48)]
    file.create_dataset("layer/kernel", (6,), "f8", external=place)


def virtual(file, folder):
    layout = h5py.VirtualLayout((6,), "f8")
    layout[:] = h5py.VirtualSource(str(folder / "secret.h5"), "numbers", (6,))
    file.create_virtual_dataset("layer/kernel", layout)


@pytest.mark.parametrize("spoil", [external_link, link_in_a_link, external_storage, virtual])
def test_a_file_that_names_another_file_is_refused(secret, spoil):
    with h5py.File(secret / "model.weights.h5", "w") as file:
        spoil(file, secret)
    with pytest.raises(tl.CourseError, match="another file"):
        check_hdf5(secret / "model.weights.h5", 6)


@pytest.mark.parametrize(
    "options", [{}, {"compression": "gzip", "chunks": (10**5,)}, {"chunks": (10**8,)}]
)
def test_far_more_numbers_than_the_network_has_are_refused_unread(tmp_path, options):
    with h5py.File(tmp_path / "bomb.h5", "w") as file:
        file.create_dataset("layer/kernel", (3 * 10**8,), "f4", **options)
    with pytest.raises(tl.CourseError, match="declares .* MB of numbers, far more"):
        check_hdf5(tmp_path / "bomb.h5", 1000)


def test_links_that_lead_back_are_walked_once(tmp_path):
    with h5py.File(tmp_path / "round.h5", "w") as file:
        file["layer/kernel"] = np.ones(3)
        file["layer/again"] = file["layer"]
        file["soft"] = h5py.SoftLink("/layer")
        file["layer/type"] = np.dtype("f4")
    assert check_hdf5(tmp_path / "round.h5", 3) is None


@pytest.mark.parametrize(
    "content", [b"", b"<html>not found</html>", b"\x89HDF\r\n\x1a\n" + bytes(50)]
)
def test_what_is_no_such_file_is_a_sentence(tmp_path, content):
    (tmp_path / "page.h5").write_bytes(content)
    with pytest.raises(tl.CourseError, match="page.h5 cannot be read as a weight file"):
        check_hdf5(tmp_path / "page.h5")


def test_a_dangling_link_is_a_sentence(tmp_path):
    with h5py.File(tmp_path / "dangling.h5", "w") as file:
        file["layer"] = h5py.SoftLink("/nowhere")
    with pytest.raises(tl.CourseError, match="dangling.h5 cannot be read"):
        check_hdf5(tmp_path / "dangling.h5")
