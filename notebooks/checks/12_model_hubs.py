"""Checks of the exercises of lesson 12. Each gets the function of its name that the learner wrote,
and returns the sentences to tell the learner, or None where the answer is right."""

import numpy as np

from tlcourse.course.exercises import Stopped

# ---------------------------------------------------------------- to_keras


def _arrays(kind, shape, bias, seed):
    """(state as PyTorch has it, in the order of a file; the same for Keras)."""
    random = np.random.default_rng(seed)
    weight = random.normal(size=shape).astype("float32")
    if kind == "batch_norm":
        running_var = random.uniform(0.5, 2, shape).astype("float32")
        arrays = {
            "weight": weight,
            "bias": weight[::-1] + 1,
            "running_mean": weight - 2,
            "running_var": running_var,
        }
        right = list(arrays.values())
        arrays["num_batches_tracked"] = np.array(1234)
        names = [str(name) for name in random.permutation(list(arrays))]
        if [name for name in names if name != "num_batches_tracked"] == list(arrays)[:4]:
            names = names[::-1]
        return {name: arrays[name] for name in names}, right
    order = {"convolution": (2, 3, 1, 0), "depthwise": (2, 3, 0, 1), "dense": (1, 0)}[kind]
    state, right = {"weight": weight}, [weight.transpose(order)]
    if bias:
        offsets = random.normal(size=shape[0]).astype("float32")
        state, right = {"bias": offsets, **state}, [*right, offsets]
    return state, right


def _moved_back(arrays):
    """The same with the last two axes exchanged, as a convolution would have them."""
    return [array.swapaxes(-1, -2) for array in arrays]


def to_keras(answer):
    cases = (
        ("convolution", (3, 3, 3, 3), False),  # 3 of everything: no shape complains
        ("convolution", (8, 4, 5, 3), True),
        ("depthwise", (6, 1, 3, 3), False),
        ("depthwise", (5, 1, 5, 3), False),
        ("dense", (4, 4), True),
        ("dense", (7, 3), True),
        ("batch_norm", (6,), False),
        ("batch_norm", (9,), False),
    )
    for seed, (kind, shape, bias) in enumerate(cases):
        state, right = _arrays(kind, shape, bias, seed)
        copies = {name: array.copy() for name, array in state.items()}
        try:
            found = answer(kind, dict(state))
        except Stopped as stopped:
            if isinstance(stopped.error, KeyError) and not bias and "bias" in str(stopped.error):
                return (
                    f"kind '{kind}': your function asks for a bias, and this layer has none. Look"
                    " whether it is in the dict."
                )
            raise
        if isinstance(found, dict):
            return f"kind '{kind}': you return a dict. Keras takes a list: the order counts."
        if isinstance(found, np.ndarray):
            return (
                f"kind '{kind}': you return one array. Return a list, also where it holds one array"
                " alone: layer.set_weights takes a list."
            )
        if any(not np.array_equal(state[name], copies[name]) for name in state):
            return "Your function changed the arrays that it was given."
        case = (
            f"kind '{kind}', arrays"
            f" {', '.join(f'{name} {array.shape}' for name, array in state.items())}"
        )
        if not isinstance(found, (list, tuple)) or not all(
            isinstance(array, np.ndarray) for array in found
        ):
            return (
                f"{case}: your function returned {found!r:.100}. Return a list of NumPy arrays, as"
                " layer.set_weights takes it."
            )
        shapes, wanted = [array.shape for array in found], [array.shape for array in right]
        if len(found) > len(right) and kind == "batch_norm":
            return (
                f"{case}: you return {len(found)} arrays. num_batches_tracked is a counter of"
                " PyTorch's; Keras has no place for it."
            )
        if len(found) < len(right) and bias:
            return (
                f"{case}: you return {len(found)} array. The bias is missing: kernel first, then"
                " bias."
            )
        if bias and sorted(shapes) == sorted(wanted) and shapes == wanted[::-1]:
            return f"{case}: the bias comes first. Keras's order is kernel, then bias."
        if len(found) < len(right) and kind == "batch_norm":
            return (
                f"{case}: you return {len(found)} arrays. Keras's BatchNormalization has four:"
                " gamma, beta, moving_mean, moving_variance."
            )
        if kind == "depthwise" and shapes == [array.shape for array in _moved_back(right)]:
            return (
                f"{case}: you return the shapes {shapes}, Keras wants {wanted}: in a depthwise"
                " kernel the channels stand third, and the 1 last."
            )
        if kind == "convolution" and shapes[:1] == [(*shape[2:], *shape[:2])] != wanted[:1]:
            return (
                f"{case}: you return the shapes {shapes}, Keras wants {wanted}. Height and width"
                " come first, and then IN before out: in and out are exchanged."
            )
        if shapes != wanted:
            hint = {
                "depthwise": "A depthwise kernel has its own order.",
                "dense": "A dense kernel is turned round.",
            }.get(kind, "")
            return f"{case}: you return the shapes {shapes}, Keras wants {wanted}. {hint}"
        if all(np.array_equal(a, b) for a, b in zip(found, right, strict=True)):
            continue
        if kind == "batch_norm":
            if np.array_equal(found[2], right[3]) and np.array_equal(found[3], right[2]):
                return (
                    f"{case}: mean and variance are exchanged. Keras's order is gamma, beta,"
                    " moving_mean, moving_variance."
                )
            if np.array_equal(found[0], right[1]) and np.array_equal(found[1], right[0]):
                return f"{case}: gamma and beta are exchanged: PyTorch's `weight` is gamma."
            if np.allclose(found[3], right[3] ** 0.5) or np.allclose(found[3], right[3] ** 2):
                return f"{case}: PyTorch's running_var is a variance, and so is Keras's: as it is."
            return (
                f"{case}: the arrays come in the order of the file. A dict has names: take each by"
                " its name, in Keras's order."
            )
        first = found[0]
        if np.array_equal(first, state["weight"]) and kind != "dense":
            return (
                f"{case}: the kernel is as PyTorch has it. Here all sides are 3, so nothing"
                " complains; and a reshape to a shape that fits moves nothing either. Move the"
                " axes: np.transpose."
            )
        if np.array_equal(first, state["weight"].reshape(right[0].shape)) and kind != "dense":
            return (
                f"{case}: a reshape fits the shape and mixes the numbers. Move the axes:"
                " np.transpose."
            )
        if kind == "dense" and np.array_equal(first, state["weight"]):
            return (
                f"{case}: a dense kernel is (out, in) in PyTorch and (in, out) in Keras. Here both"
                " are 4, so nothing complains. Turn it round."
            )
        if (
            first.ndim == 4
            and shape[2] == shape[3]
            and np.array_equal(first.swapaxes(0, 1), right[0])
        ):
            return (
                f"{case}: height and width are exchanged. The kernel is square, so nothing"
                " complains, and the filters lie on their side."
            )
        if first.ndim == 4 and np.array_equal(first, right[0][::-1, ::-1]):
            return (
                f"{case}: you turn the filters by 180 degrees. Both libraries compute the same"
                " correlation: only the axes move."
            )
        if first.ndim == 4 and np.array_equal(first.swapaxes(2, 3), right[0]):
            return f"{case}: in and out are exchanged. Here both are 3, so nothing complains."
        return (
            f"{case}: the shapes are right, and the numbers stand in other places. Which axis of"
            " PyTorch's goes where?"
        )
    return None


# ---------------------------------------------------------------- first_wrong

LAYERS = ("stem", "middle", "sum", "top")


def _ported(seed, spoiled):
    """(a small network, pictures, what the original gave at its layers, channels first). spoiled:
    the layer whose weights are another's here, or None."""
    import keras

    keras.utils.set_random_seed(seed)
    settings = {"padding": "same", "activation": "relu"}
    inputs = keras.Input((12, 10, 3))
    x = kept = keras.layers.Conv2D(4, 3, **settings, name="stem")(inputs)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.Conv2D(4, 3, **settings, name="middle")(x)
    x = keras.layers.Add(name="sum")([x, kept])
    x = keras.layers.Conv2D(6, 3, strides=2, **settings, name="top")(x)
    model = keras.Model(inputs, x)
    model.set_weights([weight + 0.05 for weight in model.get_weights()])
    pictures = np.random.default_rng(seed).uniform(0, 1, (3, 12, 10, 3)).astype("float32")
    cut = keras.Model(inputs, [model.get_layer(name).output for name in LAYERS])
    found = {
        name: np.array(output).transpose(0, 3, 1, 2).copy()
        for name, output in zip(LAYERS, cut(pictures, training=False), strict=True)
    }
    if spoiled:
        layer = model.get_layer(spoiled)
        kernel, bias = layer.get_weights()
        one = np.zeros_like(bias)
        one[-1] = 0.2  # one channel alone: a mean over all would hardly see it
        layer.set_weights([kernel, bias + one])
    return model, pictures, {name: found[name] for name in sorted(found, reverse=seed % 2 == 0)}


def first_wrong(answer):
    cases = (("middle", 1), ("top", 2), (None, 3), ("stem", 4), ("middle", 6))
    for spoiled, seed in cases:
        model, pictures, originals = _ported(seed, spoiled)
        before = model.get_weights()
        given = {name: array.copy() for name, array in originals.items()}
        found = answer(model, given, pictures.copy())
        case = f"A port in which {spoiled or 'nothing'} is wrong:"
        if not all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)):
            return "Your function changed the weights of the model. Only look: training=False."
        if isinstance(found, (list, tuple)):
            return f'You return {found!r:.100}. Return ONE name, that of the first, or "none".'
        if hasattr(found, "name"):
            return "You return the layer. Return its name, layer.name."
        if found == "":
            return 'You return an empty text where no layer differs. Return "none".'
        if not isinstance(found, str):
            return f'You return {found!r:.100}. Return the name of a layer, or "none".'
        right = spoiled or "none"
        if found == right:
            continue
        if found not in (*LAYERS, "none"):
            return f"{case} you return {found!r}, which is no name in the dict."
        if right == "none":
            return (
                f"{case} you return {found!r}. The original's maps have their channels first, the"
                " model's last: transpose(0, 2, 3, 1), a reshape mixes them. And inference mode,"
                " training=False."
            )
        if found == "none":
            return (
                f"{case} you return 'none'. Look at the largest difference, not at a mean, and at"
                " its size, not at its sign: one channel alone may be wrong."
            )
        if LAYERS.index(found) > LAYERS.index(right):
            return (
                f"{case} you return {found!r}. It differs, too, since everything after the mistake"
                " does. The FIRST one was asked for, in the order of model.layers; the dict is in"
                " no order."
            )
        return (
            f"{case} you return {found!r}, which is right to the last digit. The original's maps"
            " have their channels first: transpose(0, 2, 3, 1), a reshape mixes them."
        )
    return None


# ---------------------------------------------------------------- port_and_repurpose

CLASSES, WANTED = 5, 0.5
PARTS = ("weight", "bias", "running_mean", "running_var")


def _moved(pictures, seed):
    """Each picture of 8 x 8 somewhere on a black one of 14 x 14."""
    random, found = np.random.default_rng(seed), np.zeros((len(pictures), 14, 14, 1), "float32")
    for one, picture in zip(found, pictures, strict=True):
        top, left = random.integers(0, 7, 2)
        one[top : top + 8, left : left + 8] = picture
    return found


def _digits():
    """(pictures, labels) of the digits 0 to 4 for the backbone, 150 others to train on, and the
    rest of those others, which stay hidden: float32 (n, 14, 14, 1) in 0 to 255, labels 0 to 4."""
    from sklearn.datasets import load_digits

    found = load_digits()
    pictures, labels = (found.images[..., None] * 255 / 16).astype("float32"), found.target
    even, low = np.arange(len(labels)) % 2 == 0, labels < CLASSES
    source = pictures[even & low], labels[even & low]
    pictures, labels = pictures[~even & ~low], labels[~even & ~low] - CLASSES
    mixed = np.random.default_rng(0).permutation(len(labels))
    pictures, labels = pictures[mixed], labels[mixed]
    few = np.concatenate([np.flatnonzero(labels == one)[:30] for one in range(CLASSES)])
    rest = np.setdiff1d(np.arange(len(labels)), few)
    return (
        (_moved(source[0], 3), source[1]),
        (_moved(pictures[few], 1), labels[few]),
        (_moved(pictures[rest], 2), labels[rest]),
    )


def _body():
    """The untrained graph; square shapes, so that few wrong orders complain."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    inputs = keras.Input((14, 14, 1))
    x = layers.Rescaling(1 / 127.5, offset=-1, name="scaling")(inputs)
    for block, (filters, strides) in enumerate(((48, 1), (48, 2), (48, 1)), 1):
        settings = {"strides": strides, "padding": "same", "use_bias": False}
        x = layers.Conv2D(filters, 3, **settings, name=f"conv{block}")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"norm{block}")(x)
        x = layers.ReLU(name=f"relu{block}")(x)
    return keras.Model(inputs, layers.GlobalAveragePooling2D(name="pool")(x))


def _state(pictures, labels):
    """(weights of a network that has learned these digits, by layer; its state dict)."""
    import keras

    body = _body()
    head = keras.layers.Dense(CLASSES, activation="softmax")
    whole = keras.Sequential([keras.Input((14, 14, 1)), body, head])
    whole.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy")
    whole.fit(pictures, labels, epochs=8, batch_size=64, verbose=0)
    arrays = {layer.name: layer.get_weights() for layer in body.layers if layer.weights}
    state = {}
    for name, found in arrays.items():
        if name.startswith("conv"):
            state[f"{name}.weight"] = found[0].transpose(3, 2, 0, 1).copy()
        else:
            state |= {f"{name}.{part}": one for part, one in zip(PARTS, found, strict=True)}
            state[f"{name}.num_batches_tracked"] = np.array(1234)
    return arrays, {name: state[name] for name in sorted(state)}


def _inside(model, names):
    """layer -> its arrays, of those layers of `model`, or of models inside it, with these names."""
    import keras

    found = {}
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found |= _inside(layer, names)
        elif layer.name in names:
            found[layer.name] = layer.get_weights()
    return found


def port_and_repurpose(answer):
    import keras

    source, (pictures, labels), (hidden, right) = _digits()
    arrays, state = _state(*source)
    body = _body()
    untrained = _inside(body, arrays)
    model = answer(body, dict(state), pictures.copy(), labels.copy())
    if not isinstance(model, keras.Model):
        return f"You return a {type(model).__name__}. Return the Keras model."
    if tuple(model.output_shape) != (None, CLASSES):
        return (
            f"The model gives {tuple(model.output_shape)[1:]} numbers a picture. Expected"
            f" ({CLASSES},): a Dense layer of {CLASSES} on the features."
        )
    found = _inside(model, arrays)
    if set(found) != set(arrays):
        return "The backbone is not in your model. Build the head on backbone.output."
    for name, wanted in arrays.items():
        if complaint := _misplaced(name, found[name], wanted, untrained[name]):
            return complaint
    given = model.predict(hidden, verbose=0)
    if not np.allclose(given.sum(axis=1), 1, atol=1e-3) or given.min() < 0:
        return "The outputs of a picture do not add up to 1. End the head with a softmax."
    accuracy = float((given.argmax(axis=1) == right).mean())
    if accuracy < WANTED:
        return (
            f"The port is right. Of the hidden pictures {accuracy:.2f} are right, fewer than"
            f" {WANTED}: train the head longer, about 60 epochs at 1e-2 in batches of 30."
        )
    return None


def _misplaced(name, found, wanted, untrained):
    """What is wrong with the arrays of a layer, or None."""
    if all(np.array_equal(a, b) for a, b in zip(found, wanted, strict=True)):
        return None
    if all(np.array_equal(a, b) for a, b in zip(found, untrained, strict=True)):
        return f"{name} still has its random weights. Put in those of the state dict: set_weights."
    if len(wanted) == 1:
        kernel, right = found[0], wanted[0]
        theirs = right.transpose(3, 2, 0, 1)
        if np.array_equal(kernel, np.ascontiguousarray(theirs).reshape(right.shape)):
            return f"{name}: a reshape fits the shape and mixes the numbers. np.transpose."
        if np.array_equal(kernel, right.swapaxes(0, 1)):
            return f"{name}: height and width are exchanged. The order is (2, 3, 1, 0)."
        if kernel.shape[2] == kernel.shape[3] and np.array_equal(kernel, right.swapaxes(2, 3)):
            return f"{name}: in and out are exchanged. The order is (2, 3, 1, 0)."
        if np.abs(kernel - right).max() < 0.5:
            return f"{name} was trained. Freeze: backbone.trainable = False, before compile."
        return f"{name}: the numbers stand in other places than the original's."
    if np.array_equal(found[2], wanted[3]) and np.array_equal(found[3], wanted[2]):
        return f"{name}: mean and variance are exchanged."
    if np.array_equal(found[0], wanted[1]) and np.array_equal(found[1], wanted[0]):
        return f"{name}: gamma and beta are exchanged: PyTorch's weight is gamma."
    if np.array_equal(found[2], untrained[2]) and np.array_equal(found[3], untrained[3]):
        return f"{name}: the averages were forgotten: running_mean and running_var."
    return (
        f"{name} has other numbers than the state dict. Was it trained? Freeze the backbone:"
        " backbone.trainable = False, before compile."
    )


# ---------------------------------------------------------------- what_learns


def _box(known, hidden, average, trainable, scale=1.0):
    """(layer, all its variables): a black box with `known` matrices that Keras knows of, `hidden`
    ones that it does not, and perhaps an average that each call in training moves."""
    import keras
    import tensorflow as tf

    class Box(keras.layers.Layer):
        def __init__(self):
            super().__init__(trainable=trainable)
            self.known = [
                self.add_weight(shape=(3, 3), initializer=keras.initializers.Orthogonal(seed=n))
                for n in range(known)
            ]
            self.average = (
                self.add_weight(shape=(3,), initializer="zeros", trainable=False)
                if average
                else None
            )
            self.module = tf.Module()
            self.module.hidden = [tf.Variable(tf.eye(3) + 0.1 * n) for n in range(hidden)]
            self.module.steps = tf.Variable(0)  # where Keras does not look
            self.module.most = tf.Variable(0)  # pictures of a step

        def call(self, pictures, training=False):
            if training:
                self.module.steps.assign_add(1)
                self.module.most.assign(tf.maximum(self.module.most, tf.shape(pictures)[0]))
            x = keras.ops.mean(pictures, axis=(1, 2))
            if self.average is not None:
                if training:
                    self.average.assign(0.9 * self.average + 0.1 * keras.ops.mean(x, axis=0))
                x = x - self.average
            for matrix in (*self.known, *self.module.hidden):
                x = keras.ops.matmul(x, matrix)
            return scale * x

    layer = Box()
    return layer, [*layer.known, *layer.module.hidden, *([layer.average] if average else [])]


def what_learns(answer):
    random = np.random.default_rng(5)
    pictures = random.uniform(0.5, 2, (12, 4, 4, 3)).astype("float32")
    labels = np.arange(12) % 3
    for known, hidden, average, trainable, scale in (
        (3, 0, False, True, 1.0),
        (0, 2, False, True, 1.0),
        (2, 1, False, True, 1.0),
        (2, 0, True, False, 1.0),
        (2, 0, False, True, 1e-3),  # its weights move by a millionth
    ):
        layer, variables = _box(known, hidden, average, trainable, scale)
        before = [variable.numpy().copy() for variable in variables]
        found = answer(layer, list(variables), pictures.copy(), labels.copy())
        case = (
            f"A box with {known + hidden + average} variables, {known + average} of which Keras"
            " knows"
        )
        case += ", frozen" if not trainable else ""
        found = found.tolist() if isinstance(found, np.ndarray) else found
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            return (
                f"Your function returned {found!r:.100}. Return two whole numbers: what Keras would"
                " train, and what moved."
            )
        try:
            claimed, moved = (int(value) for value in found)
        except (TypeError, ValueError):
            return (
                f"Your function returned {found!r:.100}. Return two whole numbers: what Keras would"
                " train, and what moved."
            )
        if bool(layer.trainable) != trainable:
            return (
                f"{case}: you set layer.trainable = True. Take the box as it is: whether it learns"
                " is the question."
            )
        steps, most = int(layer.module.steps.numpy()), int(layer.module.most.numpy())
        if steps == 1 and most != len(pictures):
            return (
                f"{case}: it was trained on {most} of the {len(pictures)} pictures. Asked are all"
                " of them, in one batch."
            )
        if steps > 1:
            return (
                f"{case}: it was trained for {steps} steps. Asked is ONE step: one epoch, and"
                " batch_size=len(pictures)."
            )
        really = sum(
            not np.array_equal(old, variable.numpy())
            for old, variable in zip(before, variables, strict=True)
        )
        wanted = known if trainable else 0, known if trainable else int(average)
        if really != wanted[1]:
            return (
                f"{case}: {really} of its variables have changed after your function ran, one"
                f" training step changes {wanted[1]}. Did you train it?"
            )
        words = f"{case}: you return {claimed} and {moved}; right is {wanted[0]} and {wanted[1]}."
        if (claimed, moved) == wanted:
            continue
        if (moved, claimed) == wanted and moved != claimed:
            return f"{words} They stand in the other order: first what Keras would train."
        if moved == wanted[1] + 2:
            return f"{words} The kernel and the bias of your head moved, too. Count the box alone."
        if claimed == 9 * wanted[0] and wanted[0]:
            return f"{words} You count single numbers. Each variable is one array."
        if claimed == known + hidden + average and claimed != wanted[0]:
            return (
                f"{words} You count the whole list. Keras trains what it knows of:"
                " layer.trainable_weights."
            )
        if 0 < moved == known + hidden + average - wanted[1] and moved != wanted[1]:
            return f"{words} You count those that stayed. Asked are those that changed."
        if moved == claimed and claimed == wanted[0]:
            return f"{words} Do not believe what Keras lists: compare the values before and after."
        if moved == 0 and claimed == wanted[0]:
            return (
                f"{words} Did you keep a copy of the values? `variables` themselves change, and are"
                " always equal to themselves. And compare bit for bit: one step moves little. Or do"
                " you count those that stayed? Asked are those that changed."
            )
        if claimed == wanted[0] + 2:
            return (
                f"{words} The kernel and the bias of your head are counted, too. Count the"
                " trainable weights of the box."
            )
        if claimed == known + average and claimed != wanted[0]:
            return (
                f"{words} Count what is trainable, not all that Keras knows:"
                " layer.trainable_weights."
            )
        if moved < wanted[1]:
            return f"{words} One step moves little. Compare bit for bit, without a tolerance."
        return words
    return None
