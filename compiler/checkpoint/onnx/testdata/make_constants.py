"""Writes constants.onnx and constants.json, which constants_test.go reads, with ONNX 1.12: python3 make_constants.py, in this folder.

The JSON has the weights as the operations see them, in their order: name, shape and values. onnx.reference or a run of the model is not asked: the arithmetic is numpy's.
"""
import json

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

random = numpy.random.RandomState(1)
nodes, initializers, expected = [], [], []


def numbers(*shape):
    return (random.randint(-64, 64, shape) / 16).astype(numpy.float32)


def constant(name, values):
    nodes.append(helper.make_node("Constant", [], [name], value=numpy_helper.from_array(values, "ignored")))


def initializer(name, values):
    initializers.append(numpy_helper.from_array(values, name))


def want(name, values, **more):
    expected.append({"name": name, "shape": list(values.shape), "values": [float(v) for v in values.flatten()], **more})


def conv(weight, *more):
    nodes.append(helper.make_node("Conv", ["x", weight, *more], [f"y{len(nodes)}"]))


# paddle2onnx: a Constant node before its use; a single number may be part of a formula.
w = numbers(2, 3, 1, 1)
constant("conv2d_0.w_0", w)
constant("six", numpy.float32(6))
constant("seven", numpy.float32(7))
conv("conv2d_0.w_0")
nodes.append(helper.make_node("Div", ["x", "seven"], ["divided"]))
want("conv2d_0.w_0", w, order="OIHW")
want("seven", numpy.float32(7), optional=True)

# PyTorch writes equal tensors once and gives the second its name by Identity.
v = numbers(4)
initializer("bn1.weight", v)
nodes.append(helper.make_node("Identity", ["bn1.weight"], ["bn2.weight"]))
nodes.append(helper.make_node("PRelu", ["x", "bn1.weight"], ["p1"]))
nodes.append(helper.make_node("PRelu", ["x", "bn2.weight"], ["p2"]))
want("bn1.weight", v)
want("bn2.weight", v)

# One way from a tensor to its use keeps the tensor's name. tf2onnx leaves the kernels' order to a Transpose.
k = numbers(2, 3, 4, 5)
initializer("kernel", k)
nodes.append(helper.make_node("Transpose", ["kernel"], ["kernel_t"], perm=[3, 2, 0, 1]))
nodes.append(helper.make_node("Identity", ["kernel_t"], ["kernel_i"]))
conv("kernel_i")
want("kernel", k.transpose(3, 2, 0, 1), order="OIHW")

# MatMul's second operand is [in, out], Gemm's too unless transB.
m = numbers(3, 3)
initializer("matmul", m)
nodes.append(helper.make_node("MatMul", ["x", "matmul"], ["mm"]))
want("matmul", m, order="IO")
g = numbers(2, 5)
initializer("gemm", g)
nodes.append(helper.make_node("Gemm", ["x", "gemm"], ["gg"]))
want("gemm", g, order="IO")
b = numbers(5, 2)
initializer("gemm_b", b)
nodes.append(helper.make_node("Gemm", ["x", "gemm_b"], ["gb"], transB=1))
want("gemm_b", b, order="OI")
r = numbers(5, 2)
initializer("fc.weight", r)
nodes.append(helper.make_node("Transpose", ["fc.weight"], ["onnx::MatMul_1"]))
nodes.append(helper.make_node("MatMul", ["x", "onnx::MatMul_1"], ["mr"]))
want("fc.weight", r.T, order="IO")


# ONNX Runtime's static quantization: a scale for each output channel, and one for all.
def quantized(name, integers, scale, zero, axis, typed=False):
    if typed:  # int32_data
        kind = onnx.helper.mapping.NP_TYPE_TO_TENSOR_TYPE[integers.dtype]
        initializers.append(helper.make_tensor(name, kind, integers.shape, [int(i) for i in integers.flatten()]))
    else:
        initializer(name, integers)
    initializer(name + "_scale", scale)
    inputs = [name, name + "_scale"]
    if zero is not None:
        initializer(name + "_zero_point", zero)
        inputs.append(name + "_zero_point")
    nodes.append(helper.make_node("DequantizeLinear", inputs, [name + "_f"], **({} if axis is None else {"axis": axis})))
    conv(name + "_f")
    shape = [1] * integers.ndim
    if scale.ndim:
        shape[1 if axis is None else axis] = -1
    lowered = integers.astype(numpy.int32)
    if zero is not None:
        lowered = lowered - zero.astype(numpy.int32).reshape(shape)
    order = {"order": "OIHW"} if integers.ndim == 4 else {}
    want(name.removesuffix("_quantized"), lowered.astype(numpy.float32) * scale.reshape(shape), **order)


q = random.randint(-128, 128, (3, 2, 2, 1)).astype(numpy.int8)
quantized("conv3.weight_quantized", q, numpy.array([0.1, 0.2, 0.3], numpy.float32), numpy.array([0, 3, -5], numpy.int8), 0)
quantized("whole", random.randint(0, 256, (2, 2)).astype(numpy.uint8), numpy.array(0.01, numpy.float32), numpy.array(128, numpy.uint8), None, True)
quantized("last", random.randint(-128, 128, (2, 3)).astype(numpy.int8), numpy.array([1.5, 2.5, 3.5], numpy.float32), None, -1, True)
quantized("bias", random.randint(-70000, 70000, (2,)).astype(numpy.int32), numpy.array([1e-3], numpy.float32), None, 0, True)

# A bias that is added as an image, and a kernel of single pixels that is stored as a matrix.
z, p = numbers(6), numbers(4, 2)
initializer("bias2", z)
initializer("bias2_shape", numpy.array([1, -1, 1, 1], numpy.int64))
nodes.append(helper.make_node("Reshape", ["bias2", "bias2_shape"], ["bias2_image"]))
nodes.append(helper.make_node("Add", ["x", "bias2_image"], ["biased"]))
want("bias2", z)
initializer("pixels", p)
initializer("axes", numpy.array([2, 3], numpy.int64))
nodes.append(helper.make_node("Unsqueeze", ["pixels", "axes"], ["pixels_4"]))
conv("pixels_4")
want("pixels", p)

# Settings: not weights, whoever holds them.
initializer("low", numpy.float32(0))
initializer("scales", numpy.array([1, 1, 2, 2], numpy.float32))
nodes.append(helper.make_node("Clip", ["x", "low", "six"], ["c"]))
nodes.append(helper.make_node("Resize", ["x", "", "scales"], ["r"]))
# Bias [1] of a layer, and a mean to subtract, are weights.
one, mean = numbers(1), numbers(1, 3, 1, 1)
initializer("one", one)
initializer("mean", mean)
conv("conv2d_0.w_0", "one")
nodes.append(helper.make_node("Sub", ["x", "mean"], ["s"]))
want("one", one)
want("mean", mean)
# Widening half precision changes no value.
h = numbers(2, 1).astype(numpy.float16)
initializer("half", h)
nodes.append(helper.make_node("Cast", ["half"], ["single"], to=TensorProto.FLOAT))
conv("single")
want("half", h.astype(numpy.float32))

x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 3, 3])
y = helper.make_tensor_value_info("c", TensorProto.FLOAT, None)
graph = helper.make_graph(nodes, "g", [x], [y], initializers)
onnx.save(helper.make_model(graph, producer_name="test"), "constants.onnx")
with open("constants.json", "w") as f:
    json.dump(expected, f, indent=1)
    f.write("\n")
