"""Writes the lists of names that shipped_test.go reads: python3 make_names.py, in this folder.

They are written down from the source code of timm 1.0 (efficientnet_blocks.py, efficientnet_builder.py, mixed_conv2d.py, mobilenetv3.py,
regnet.py, ghostnet.py), of torchvision 0.14 (lraspp.py), of transformers 4.40 (modeling_efficientnet.py), of EfficientNet-PyTorch 0.7 (model.py), of tensorflow/models (yamnet.py) and of Keras 2 and 3
(applications), none of which is needed here: the names of a network's tensors in the order of netc's parameters. That is the order of the
state dict but for RegNet, whose state dict has each block's downsample last.
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


def attention(p, reduce):  # MobileAttention with MultiQueryAttention2d
    names = bn(p + "norm") + conv(p + "attn.query.proj")
    for part in (p + "attn.key.", p + "attn.value."):
        names += (conv(part + "down_conv") + bn(part + "norm") if reduce else []) + conv(part + "proj")
    return names + conv(p + "attn.output.proj")


def mobilenetv4(stages, hybrid=False):
    names = conv("conv_stem") + bn("bn1")
    for s, blocks in enumerate(stages):
        for b, kind in enumerate(blocks):
            p = f"blocks.{s}.{b}."
            if kind in ("mqa", "mqa reduce"):
                names += attention(p, kind == "mqa reduce")
            else:
                names += block(kind, p, False) if isinstance(kind, str) else universal(p, *kind)
            names += [p + "layer_scale.gamma"] if hybrid and kind not in ("er", "cn") else []
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


def regnet(repeats, se):
    names = conv("stem.conv") + bn("stem.bn")
    for s, n in enumerate(repeats, 1):
        for b in range(1, n + 1):
            p = f"s{s}.b{b}."
            names += conv(p + "downsample.conv") + bn(p + "downsample.bn") if b == 1 else []
            names += conv(p + "conv1.conv") + bn(p + "conv1.bn") + conv(p + "conv2.conv") + bn(p + "conv2.bn")
            names += conv(p + "se.fc1", True) + conv(p + "se.fc2", True) if se else []
            names += conv(p + "conv3.conv") + bn(p + "conv3.bn")
    return names + conv("head.fc", True)


def ghostnet(stages, attention=False):  # of (squeeze and excitation, stride, shortcut); attention in all but the first two
    def ghost(p):
        return [n for part in ("primary_conv", "cheap_operation") for n in conv(f"{p}.{part}.0") + bn(f"{p}.{part}.1")]

    names = conv("conv_stem") + bn("bn1")
    for s, blocks in enumerate(stages):
        for b, (se, stride, shortcut) in enumerate(blocks):
            p = f"blocks.{s}.{b}."
            names += ghost(p + "ghost1")
            if attention and s > 1:
                names += [n for i in (0, 2, 4) for n in conv(f"{p}ghost1.short_conv.{i}") + bn(f"{p}ghost1.short_conv.{i + 1}")]
            names += (conv(p + "conv_dw") + bn(p + "bn_dw") if stride > 1 else [])
            names += conv(p + "se.conv_reduce", True) + conv(p + "se.conv_expand", True) if se else []
            names += ghost(p + "ghost2")
            if shortcut:
                names += [n for i in (0, 2) for n in conv(f"{p}shortcut.{i}") + bn(f"{p}shortcut.{i + 1}")]
    return names + conv("blocks.9.0.conv") + bn("blocks.9.0.bn1") + conv("conv_head", True) + conv("classifier", True)


def lraspp():
    names = conv("backbone.0.0") + bn("backbone.0.1")
    for b in range(1, 16):
        p, parts = f"backbone.{b}.block.", []
        parts += [] if b == 1 else ["conv"]  # expands
        parts += ["conv"] + (["se"] if b in (4, 5, 6, 11, 12, 13, 14, 15) else []) + ["conv"]
        for i, part in enumerate(parts):
            names += (conv(f"{p}{i}.0") + bn(f"{p}{i}.1") if part == "conv" else
                      conv(f"{p}{i}.fc1", True) + conv(f"{p}{i}.fc2", True))
    names += conv("backbone.16.0") + bn("backbone.16.1") + conv("classifier.cbr.0") + bn("classifier.cbr.1")
    return names + conv("classifier.scale.1") + conv("classifier.low_classifier", True) + conv("classifier.high_classifier", True)


def lukemelas(repeats):
    names = conv("_conv_stem") + bn("_bn0")
    for i in range(sum(repeats)):
        p = f"_blocks.{i}."
        names += conv(p + "_expand_conv") + bn(p + "_bn0") if i >= repeats[0] else []
        names += conv(p + "_depthwise_conv") + bn(p + "_bn1") + conv(p + "_se_reduce", True) + conv(p + "_se_expand", True)
        names += conv(p + "_project_conv") + bn(p + "_bn2")
    return names + conv("_conv_head") + bn("_bn1") + conv("_fc", True)


def keras_conv(name, bias=False, kernel="kernel"):
    return [f"{name}/{kernel}:0"] + ([f"{name}/bias:0"] if bias else [])


def keras_bn(name):
    return [f"{name}/{field}:0" for field in ("gamma", "beta", "moving_mean", "moving_variance")]


def keras_depthwise(name):
    return keras_conv(name, kernel="depthwise_kernel")


def keras_efficientnet(stages):  # of (repeats, kind)
    names = keras_conv("stem_conv") + keras_bn("stem_bn")
    for s, (n, kind) in enumerate(stages, 1):
        for b in range(n):
            p = f"block{s}{chr(97 + b)}_"
            names += keras_conv(p + "expand_conv") + keras_bn(p + "expand_bn") if "expand" in kind else []
            if "dw" in kind:
                names += keras_depthwise(p + ("dwconv2" if "2" in kind else "dwconv")) + keras_bn(p + "bn")
                names += keras_conv(p + "se_reduce", True) + keras_conv(p + "se_expand", True)
            names += keras_conv(p + "project_conv") + keras_bn(p + "project_bn")
    return names + keras_conv("top_conv") + keras_bn("top_bn") + keras_conv("predictions", True)


def keras_mobilenetv2(blocks):
    names = keras_conv("Conv1") + keras_bn("bn_Conv1")
    for i in range(blocks):
        p = f"block_{i}_" if i else "expanded_conv_"
        names += keras_conv(p + "expand") + keras_bn(p + "expand_BN") if i else []
        names += keras_depthwise(p + "depthwise") + keras_bn(p + "depthwise_BN")
        names += keras_conv(p + "project") + keras_bn(p + "project_BN")
    return names + keras_conv("Conv_1") + keras_bn("Conv_1_bn") + keras_conv("predictions", True)


def keras_mobilenetv3(squeezed, first, sep, norm):  # whether each block is squeezed
    names = keras_conv(first) + keras_bn(first + norm)
    for i, se in enumerate(squeezed):
        p = f"expanded_conv_{i}{sep}" if i else "expanded_conv" + sep
        names += keras_conv(p + "expand") + keras_bn(p + "expand" + norm) if i else []
        names += keras_depthwise(p + "depthwise") + keras_bn(p + "depthwise" + norm)
        c = f"{p}squeeze_excite{sep}{first}"
        names += keras_conv(c, True) + keras_conv(c + "_1", True) if se else []
        names += keras_conv(p + "project") + keras_bn(p + "project" + norm)
    return (names + keras_conv(first + "_1") + keras_bn(first + "_1" + norm) + keras_conv(first + "_2", True)
            + keras_conv("logits" if first == "conv" else "Logits", True))


def keras_resnet(repeats, last="predictions"):
    def normed(name):  # Keras' ResNet is the one of these with biases before its batch norms
        return keras_conv(name + "_conv", True) + keras_bn(name + "_bn")

    names = normed("conv1")
    for s, n in enumerate(repeats, 2):
        for b in range(1, n + 1):
            p = f"conv{s}_block{b}_"
            names += [name for i in (1, 2, 3) for name in normed(f"{p}{i}")] + (normed(p + "0") if b == 1 else [])
    return names + keras_conv(last, True)


def keras_yamnet():  # batch norm without gamma
    def layer(name, field="kernel"):
        return [f"{name}/{field}:0"] + [f"{name}/bn/{f}:0" for f in ("beta", "moving_mean", "moving_variance")]

    names = layer("layer1/conv")
    for i in range(2, 15):
        names += layer(f"layer{i}/depthwise_conv", "depthwise_kernel") + layer(f"layer{i}/pointwise_conv")
    return names + ["dense/kernel:0", "dense/bias:0"]


def keras_resnetv2(repeats):  # the blocks of the example have the convolution of the shortcut last
    names = keras_conv("conv1_conv", True)
    for s, n in enumerate(repeats, 2):
        for b in range(1, n + 1):
            p = f"conv{s}_block{b}_"
            names += keras_bn(p + "preact_bn") + keras_conv(p + "1_conv") + keras_bn(p + "1_bn")
            names += keras_conv(p + "2_conv") + keras_bn(p + "2_bn") + keras_conv(p + "3_conv", True)
            names += keras_conv(p + "0_conv", True) if b == 1 else []
    return names + keras_bn("post_bn") + keras_conv("predictions", True)


def keras_nasnet(cells):
    def separable(branch):
        return [name for i in (1, 2) for name in keras_depthwise(f"separable_conv_{i}_{branch}")
                + keras_conv(f"separable_conv_{i}_{branch}", kernel="pointwise_kernel")
                + keras_bn(f"separable_conv_{i}_bn_{branch}")]

    def cell(kind, branches, block, adjusted):
        convs = {"halved": ["1", "2"], "projected": ["projection"], "": []}[adjusted]
        names = [name for c in convs for name in keras_conv(f"adjust_conv_{c}_{block}")]
        names += keras_bn(f"adjust_bn_{block}") if convs else []
        names += keras_conv(f"{kind}_conv_1_{block}") + keras_bn(f"{kind}_bn_1_{block}")
        return names + [name for branch in branches for name in separable(f"{kind}_{branch}_{block}")]

    def reduction(block, adjusted="projected"):
        return cell("reduction", ["left1", "right1", "right2", "right3", "left4"], block, adjusted)

    names = keras_conv("stem_conv1") + keras_bn("stem_bn1") + reduction("stem_1", "") + reduction("stem_2", "halved")
    for stage in range(3):
        for i in range(cells):
            block = stage * cells + i + (stage > 0)
            names += cell("normal", ["left1", "right1", "left2", "right2", "left5"], block, "projected" if i else "halved")
        names += reduction(f"reduce_{(stage + 1) * cells}") if stage < 2 else []
    return names + keras_conv("predictions", True)


SE, NO = True, False
LARGE = [NO] * 3 + [SE] * 3 + [NO] * 4 + [SE] * 5
SMALL = [SE] + [NO] * 2 + [SE] * 8
GHOST = [
    [(NO, 1, False)], [(NO, 2, True)], [(NO, 1, False)], [(SE, 2, True)], [(SE, 1, False)], [(NO, 2, True)],
    [(NO, 1, False)] * 3 + [(SE, 1, True), (SE, 1, False)], [(SE, 2, True)], [(NO, 1, False), (SE, 1, False)] * 2,
]

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
    "timm/mobilenetv4_hybrid_medium": mobilenetv4([
        ["er"],
        [(3, 5), (3, 3)],
        [(3, 5), (0, 0), (3, 3), (3, 5), "mqa reduce", (3, 3), "mqa reduce", (3, 0), "mqa reduce", (3, 3), "mqa reduce",
         (3, 0)],
        [(5, 5), (5, 5), (3, 5), (3, 5), (0, 0), (3, 5), (0, 0), (0, 0), "mqa", (3, 0), "mqa", (5, 5), "mqa", (5, 0),
         "mqa", (5, 0)],
        ["cn"],
    ], hybrid=True),
    "timm/regnety_004": regnet([1, 3, 6, 6], SE),
    "timm/regnetx_004": regnet([1, 2, 7, 12], NO),
    "timm/ghostnet_100": ghostnet(GHOST),
    "timm/ghostnetv2_100": ghostnet(GHOST, attention=True),
    "torchvision/lraspp_mobilenet_v3_large": lraspp(),
    "timm/tinynet_a": timm(stages(("ds", SE), [1, 2, 2, 4, 4, 5, 1], SE)),
    "lukemelas/efficientnet-b0": lukemelas([1, 2, 2, 3, 3, 4, 1]),
    "lukemelas/efficientnet-b4": lukemelas([2, 4, 4, 6, 6, 8, 2]),
    "keras/efficientnetb0": keras_efficientnet([(1, "dw")] + [(n, "expand dw") for n in [2, 2, 3, 3, 4, 1]]),
    "keras/efficientnetv2-b0": keras_efficientnet([(1, ""), (2, "expand"), (2, "expand"), (3, "expand dw2"), (5, "expand dw2"), (8, "expand dw2")]),
    "keras/mobilenetv2": keras_mobilenetv2(17),
    "keras/mobilenetv3large": keras_mobilenetv3(LARGE, "conv", "_", "_bn"),
    "keras2/mobilenetv3small": keras_mobilenetv3(SMALL, "Conv", "/", "/BatchNorm"),
    "keras/resnet50": keras_resnet([3, 4, 6, 3]),
    "keras/resnet101": keras_resnet([3, 4, 23, 3]),
    "keras/resnet152": keras_resnet([3, 8, 36, 3]),
    "keras2/resnet50": keras_resnet([3, 4, 6, 3], "probs"),
    "keras/resnet50v2": keras_resnetv2([3, 4, 6, 3]),
    "keras/resnet101v2": keras_resnetv2([3, 4, 23, 3]),
    "keras/resnet152v2": keras_resnetv2([3, 8, 36, 3]),
    "keras/nasnetmobile": keras_nasnet(4),
    "keras/nasnetlarge": keras_nasnet(6),
    "keras/yamnet": keras_yamnet(),
    "transformers/efficientnet-b0": transformers([1, 2, 2, 3, 3, 4, 1]),
    "transformers/efficientnet-b4": transformers([2, 4, 4, 6, 6, 8, 2]),
}

for name, names in LISTS.items():
    with open("names/" + name.replace("/", "_") + ".txt", "w") as f:
        f.write("\n".join(names) + "\n")
