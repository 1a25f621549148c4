"""EfficientNet-Lite0 as a plain Keras graph.

Lite0 is the member of the EfficientNet family made for phones: B0 without squeeze-and-excitation,
and with ReLU6 in place of swish. Source: the EfficientNet-lite README of the TensorFlow TPU
repository; EfficientNet: arXiv:1905.11946.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

# One row a stage: (kernel, stride of its first block, expansion, filters, blocks).
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
STEM_FILTERS, TOP_FILTERS = 32, 1280
# the batch-norm epsilon that the original was trained with; Keras's default happens to agree
EPSILON = 1e-3


def lite0(image_size: tuple[int, int] = (224, 224)) -> "keras.Model":
    """Build Lite0 without its 1000-class head.

    Input: float32 (batch, height, width, 3), raw RGB in 0 to 255; scaled to (x - 127) / 128 inside.
    Output: float32 (batch, 1280), globally average-pooled features. Layers are named as in Keras's
    EfficientNet."""
    from keras import Input, Model, layers

    def conv_bn(x, name, filters=None, kernel=1, stride=1, activate=True):
        if filters is None:
            x = layers.DepthwiseConv2D(kernel, stride, "same", use_bias=False, name=f"{name}conv")(
                x
            )
        else:
            x = layers.Conv2D(filters, kernel, stride, "same", use_bias=False, name=f"{name}conv")(
                x
            )
        x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}bn")(x)
        return layers.ReLU(max_value=6, name=f"{name}activation")(x) if activate else x

    inputs = Input((*image_size, 3), name="picture")
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="rescaling")(inputs)
    x = conv_bn(x, "stem_", STEM_FILTERS, 3, 2)
    channels = STEM_FILTERS
    for stage, (kernel, first_stride, expansion, filters, blocks) in enumerate(STAGES, 1):
        for block in range(blocks):
            name = f"block{stage}{chr(ord('a') + block)}_"
            stride = first_stride if block == 0 else 1
            before = x
            if expansion != 1:
                x = conv_bn(x, f"{name}expand_", channels * expansion)
            x = conv_bn(x, f"{name}dw", kernel=kernel, stride=stride)
            x = conv_bn(x, f"{name}project_", filters, activate=False)
            if stride == 1 and channels == filters:
                x = layers.Add(name=f"{name}add")([x, before])
            channels = filters
    x = conv_bn(x, "top_", TOP_FILTERS)
    features = layers.GlobalAveragePooling2D(name="features")(x)
    return Model(inputs, features, name="efficientnet_lite0")
