"""What a frozen network says of pictures comes in their order, whatever holds them."""

import numpy as np
import pytest

import tlcourse as tl


def test_a_data_set_a_split_an_array_and_files_give_the_same(small, data32):
    backbone = small()
    pictures, _ = data32.arrays("test")
    expected = backbone.model(pictures, training=False).numpy()
    found = tl.features(backbone, data32.test)
    assert found.dtype == np.float32 and np.allclose(found, expected, atol=1e-4)
    assert np.allclose(tl.features(backbone, pictures), expected, atol=1e-4)
    assert np.allclose(tl.features(backbone.model, data32.names("test")), expected, atol=1e-4)
    whole = tl.features(backbone, data32)
    assert len(whole) == 24 and np.allclose(whole[-len(expected) :], expected, atol=1e-4)


def test_pictures_of_another_size_are_read_at_the_networks(small, data64):
    assert tl.features(small(), data64).shape[0] == 24
    with pytest.raises(tl.CourseError, match="64 x 64, the network takes 32 x 32"):
        tl.features(small(), data64.test)


def test_several_depths_at_once(small, data32):
    backbone = small()
    names = [layer.name for layer in backbone.model.layers if len(layer.output.shape) == 4][-2:]
    found = tl.features(backbone, data32.test, layers=names)
    assert list(found) == names
    assert all(
        maps.ndim == 4 and len(maps) == len(data32.labels("test")) for maps in found.values()
    )
    for wrong in (["nothing"], "features", []):
        with pytest.raises(tl.CourseError, match="layer"):
            tl.features(backbone, data32.test, layers=wrong)
