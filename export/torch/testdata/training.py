"""Holds what modules do in training alone: training.py FOLDER, where the modules lie."""
import math
import sys

sys.path.insert(0, sys.argv[1])
import torch

torch.manual_seed(1)


def drops():
    """Elements, channels of images or whole images are set to zero, and the mean stays as it is.

    With the rate 0.25 what is left of ones becomes 4 / 3; a mean of n independent values lies within five standard
    deviations, sqrt(0.25 / 0.75 / n), of 1.
    """
    import drops

    network = drops.Drops()
    images = torch.ones(4000, 6, 4, 5, requires_grad=True)
    elements, channels, first, third, _ = network(images)

    def check(values, n):
        assert torch.all((values == 0) | ((values - 4 / 3).abs() < 1e-6)), values.unique()
        assert abs(values.mean().item() - 1) < 5 * (0.25 / 0.75 / n) ** 0.5, values.mean()

    def constant(values):
        return torch.all(values == values[:, :1], dim=1)

    check(elements, elements.numel())
    assert not constant(elements.flatten(2).flatten(0, 1)).all(), "Dropout drops channels"
    check(channels, 4000 * 6)
    assert constant(channels.flatten(2).flatten(0, 1)).all(), "Dropout2d drops elements"
    assert not constant(channels.flatten(1)).all(), "Dropout2d drops images"
    assert torch.equal(first, images), "the first block is dropped"
    check(third, 4000)
    assert constant(third.flatten(1)).all(), "DropPath drops parts of images"
    third.sum().backward()
    assert torch.equal(images.grad, third), "the gradient is another"
    network.eval()
    for values in network(images)[:4]:
        assert torch.equal(values, images), "dropped after training"


def inits():
    """Weights begin with the variance and within the bounds that their inits say, biases at 0 but for PyTorch's own."""
    import inits

    network = inits.Inits()

    def check(values, init, fan_in, fan_out, linear=False):
        bound = math.inf
        if init == "torch":
            bound = 1 / math.sqrt(fan_in)
        elif init == "xavier":
            bound = math.sqrt(6 / (fan_in + fan_out))
        elif init == "fan_out" and linear:
            bound = 1 / math.sqrt(fan_out)
        variance = {"fan_in": 2 / fan_in, "fan_out": 2 / fan_out, "normal": 0.02 ** 2}.get(init, 0)
        if bound < math.inf:
            variance = bound ** 2 / 3
        got = values.square().mean().item()
        assert abs(got / variance - 1) < 0.05 and values.abs().max() <= bound, (init, got, variance)

    for i, init in enumerate(["torch", "fan_in", "fan_out", "xavier", "normal", "torch"], 1):
        part = getattr(network, f"part{i}")
        check(part.conv.weight, init, 9 * (64 if i == 1 else 128) / 2, 9 * 128 / 2)
        assert (init == "torch") == bool(part.conv.bias.abs().max() > 0), init
        assert torch.all(part.norm.weight == (0 if i == 2 else 1)), i
    for i, init in enumerate(["fan_in", "fan_out", "xavier", "normal", "torch", "normal"], 1):
        layer = getattr(network, f"vector{i}")
        check(layer.weight, init, layer.in_features, layer.out_features, linear=True)
        assert (init == "torch") == bool(layer.bias.abs().max() > 0), init


def settings():
    """The number of classes and the rates are arguments, and change no names; features are what the head takes."""
    import mobile
    import two_inputs

    plain = mobile.EfficientNetTiny()
    network = mobile.EfficientNetTiny(num_classes=7, drop_rate=0.5, drop_path_rate=0.4)
    assert list(plain.state_dict()) == list(network.state_dict())
    images = torch.randn(2, 3, 16, 16)
    assert plain(images).shape == (2, 10) and network(images).shape == (2, 7)

    def rates(network, kind):
        return [layer.rate if kind is mobile.DropPath else layer.p for layer in network.modules() if type(layer) is kind]

    assert rates(plain, torch.nn.Dropout) == [0.2] and rates(network, torch.nn.Dropout) == [0.5]
    for made, rate in (plain, 0.2), (network, 0.4):
        got = rates(made, mobile.DropPath)
        assert got == [rate * i / 5 for i in (0, 2, 4)], got
    network.eval()
    features = network.forward_features(images)
    assert features.shape == (2, 32, 2, 2) and torch.equal(network.forward_head(features), network(images))

    for name, values in ("num_classes", (0, -1)), ("drop_rate", (-0.1, 1, math.nan)), ("drop_path_rate", (-0.1, 1, 1.5)):
        for value in values:
            try:
                mobile.EfficientNetTiny(**{name: value})
            except ValueError as error:
                assert f"{name} is {value}, but must be at least" in str(error), error
                continue
            sys.exit(f"{name} may be {value}")

    two = two_inputs.TwoInputs(num_classes=5)
    classes, total, left = two(left=torch.randn(2, 3, 9, 9), right=torch.randn(2, 1, 9, 9))
    assert (classes.shape, total.shape, left.shape) == ((2, 5), (2, 4, 9, 9), (2, 3, 9, 9))
    assert not hasattr(two, "forward_features"), "images are returned, and there is no head"


def checkpointing():
    """Blocks are computed again for the gradients, which stay what they are, until that is switched off."""
    import copy

    import mobile

    network = mobile.EfficientNetTiny()
    images, calls = torch.randn(4, 3, 16, 16), []
    network.stage2[1].expand.conv.register_forward_hook(lambda *_: calls.append(1))
    network.stem.conv.register_forward_hook(lambda *_: calls.append("stem"))

    def gradients(network):
        calls.clear()
        torch.manual_seed(2)
        network.zero_grad()
        network(images).square().mean().backward()
        return [p.grad.clone() for p in network.parameters()]

    want = gradients(network)
    assert calls == ["stem", 1]
    network.set_grad_checkpointing()
    network.set_grad_checkpointing()
    for made in network, copy.deepcopy(network):
        assert all(torch.equal(a, b) for a, b in zip(gradients(made), want))
        assert calls == ["stem", 1, 1], calls
    network.set_grad_checkpointing(False)
    assert all(torch.equal(a, b) for a, b in zip(gradients(network), want)) and calls == ["stem", 1]


drops()
inits()
settings()
checkpointing()
