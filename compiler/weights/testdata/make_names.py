"""Writes the lists of names that shipped_test.go reads: python3 make_names.py, in this folder.

They are written down from the source code of timm 1.0 (efficientnet_blocks.py, efficientnet_builder.py, mixed_conv2d.py, mobilenetv3.py) and of transformers 4.40
(modeling_efficientnet.py), neither of which is needed here: the names of a network's tensors in the order of its state dict.
"""

BN = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]


def conv(name, bias=False):
    return [name + ".weight"] + ([name + ".bias"] if bias else [])


def bn(name):
    return [name + "." + field for field in BN]


def block(kind, p, se):
    squeeze = conv(p + "se.conv_reduce", True) + conv(p + "se.conv_expand", True) if se else []
    if kind == "ds":  # DepthwiseSeparableConv
        return conv(p + "conv_dw") + bn(p + "bn1") + squeeze + conv(p + "conv_pw") + bn(p + "bn2")
    if kind == "ir":  # InvertedResidual
        return conv(p + "conv_pw") + bn(p + "bn1") + conv(p + "conv_dw") + bn(p + "bn2") + squeeze + conv(p + "conv_pwl") + bn(p + "bn3")
    if kind == "er":  # EdgeResidual
        return conv(p + "conv_exp") + bn(p + "bn1") + conv(p + "conv_pwl") + bn(p + "bn2")
    if kind == "cn":  # ConvBnAct
        return conv(p + "conv") + bn(p + "bn1")


def mixed(p, kernels, expand, project, se):  # InvertedResidual whose convolutions are MixedConv2d, where they have several parts
    def parts(name, n):
        return conv(name) if n == 1 else [f"{name}.{i}.weight" for i in range(n)]

    squeeze = conv(p + "se.conv_reduce", True) + conv(p + "se.conv_expand", True) if se else []
    return (parts(p + "conv_pw", expand) + bn(p + "bn1") + parts(p + "conv_dw", kernels) + bn(p + "bn2") + squeeze
            + parts(p + "conv_pwl", project) + bn(p + "bn3"))


def mixnet(stages):
    names = conv("conv_stem") + bn("bn1") + block("ds", "blocks.0.0.", False)
    for s, blocks in enumerate(stages, 1):
        for b, parts in enumerate(blocks):
            names += mixed(f"blocks.{s}.{b}.", *parts)
    return names + conv("conv_head") + bn("bn2") + conv("classifier", True)


def universal(p, start, middle):  # UniversalInvertedResidual, of ConvNormAct
    parts = (["dw_start"] if start else []) + ["pw_exp"] + (["dw_mid"] if middle else []) + ["pw_proj"]
    return [name for part in parts for name in conv(p + part + ".conv") + bn(p + part + ".bn")]


def mobilenetv4(stages):
    names = conv("conv_stem") + bn("bn1")
    for s, blocks in enumerate(stages):
        for b, kind in enumerate(blocks):
            p = f"blocks.{s}.{b}."
            names += block(kind, p, False) if isinstance(kind, str) else universal(p, *kind)
    return names + conv("conv_head") + bn("norm_head") + conv("classifier", True)


def timm(stages, head="conv bn"):
    names = conv("conv_stem") + bn("bn1")
    for s, blocks in enumerate(stages):
        for b, (kind, se) in enumerate(blocks):
            names += block(kind, f"blocks.{s}.{b}.", se)
    names += conv("conv_head") + bn("bn2") if head == "conv bn" else conv("conv_head", True)
    return names + conv("classifier", True)


def stages(first, rest, se):
    return [[first] * rest[0]] + [[("ir", se)] * n for n in rest[1:]]


def transformers(repeats):
    p = "efficientnet."
    names = conv(p + "embeddings.convolution") + bn(p + "embeddings.batchnorm")
    for i in range(sum(repeats)):
        b = f"{p}encoder.blocks.{i}."
        if i >= repeats[0]:
            names += conv(b + "expansion.expand_conv") + bn(b + "expansion.expand_bn")
        names += conv(b + "depthwise_conv.depthwise_conv") + bn(b + "depthwise_conv.depthwise_norm")
        names += conv(b + "squeeze_excite.reduce", True) + conv(b + "squeeze_excite.expand", True)
        names += conv(b + "projection.project_conv") + bn(b + "projection.project_bn")
    return names + conv(p + "encoder.top_conv") + bn(p + "encoder.top_bn") + conv("classifier", True)


SE, NO = True, False
LISTS = {
    "timm/efficientnet_b0": timm(stages(("ds", SE), [1, 2, 2, 3, 3, 4, 1], SE)),
    "timm/tf_efficientnet_b4": timm(stages(("ds", SE), [2, 4, 4, 6, 6, 8, 2], SE)),
    "timm/efficientnet_lite0": timm(stages(("ds", NO), [1, 2, 2, 3, 3, 4, 1], NO)),
    "timm/efficientnet_es": timm([[("er", NO)], [("er", NO)] * 2, [("er", NO)] * 4, [("ir", NO)] * 5, [("ir", NO)] * 4, [("ir", NO)] * 2]),
    "timm/tf_efficientnetv2_s": timm([[("cn", NO)] * 2, [("er", NO)] * 4, [("er", NO)] * 4, [("ir", SE)] * 6, [("ir", SE)] * 9, [("ir", SE)] * 15]),
    "timm/mobilenetv2_100": timm(stages(("ds", NO), [1, 2, 3, 4, 3, 3, 1], NO)),
    "timm/mnasnet_100": timm(stages(("ds", NO), [1, 3, 3, 3, 2, 4, 1], NO)),
    "timm/mobilenetv3_large_100": timm(
        [[("ds", NO)], [("ir", NO)] * 2, [("ir", SE)] * 3, [("ir", NO)] * 4, [("ir", SE)] * 2, [("ir", SE)] * 3, [("cn", NO)]], head="conv"
    ),
    "timm/mobilenetv3_small_100": timm([[("ds", SE)], [("ir", NO)] * 2, [("ir", SE)] * 3, [("ir", SE)] * 2, [("ir", SE)] * 3, [("cn", NO)]], head="conv"),
    "timm/mixnet_s": mixnet([
        [(1, 2, 2, False)] * 2,
        [(3, 1, 1, True)] + [(2, 2, 2, True)] * 3,
        [(3, 1, 2, True)] + [(2, 1, 2, True)] * 2,
        [(3, 2, 2, True)] + [(4, 2, 2, True)] * 2,
        [(5, 1, 1, True)] + [(4, 1, 2, True)] * 2,
    ]),
    "timm/mobilenetv4_conv_small": mobilenetv4([
        ["cn"] * 2,
        ["cn"] * 2,
        [(5, 5)] + [(0, 3)] * 4 + [(3, 0)],
        [(3, 3), (5, 5), (0, 5), (0, 5), (0, 3), (0, 3)],
        ["cn"],
    ]),
    "timm/mobilenetv4_conv_medium": mobilenetv4([
        ["er"],
        [(3, 5), (3, 3)],
        [(3, 5), (3, 3), (3, 3), (3, 5), (3, 3), (3, 0), (0, 0), (3, 0)],
        [(5, 5), (5, 5), (3, 5), (3, 5), (0, 0), (3, 0), (3, 5), (5, 5), (0, 0), (0, 0), (5, 0)],
        ["cn"],
    ]),
    "transformers/efficientnet-b0": transformers([1, 2, 2, 3, 3, 4, 1]),
    "transformers/efficientnet-b4": transformers([2, 4, 4, 6, 6, 8, 2]),
}

for name, names in LISTS.items():
    with open("names/" + name.replace("/", "_") + ".txt", "w") as f:
        f.write("\n".join(names) + "\n")
