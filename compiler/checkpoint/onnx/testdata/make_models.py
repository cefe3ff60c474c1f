"""Writes the models that onnx_test.go reads, with ONNX 1.12: python3 make_models.py, in this folder."""
import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

values = numpy.arange(6, dtype=numpy.float32).reshape(2, 3) - 2
flat = [float(v) for v in values.flatten()]


def model(initializers):
    shape = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [shape], [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 3])], initializers)
    return helper.make_model(graph, producer_name="test")


onnx.save(
    model(
        [
            numpy_helper.from_array(values, "raw"),
            helper.make_tensor("typed", TensorProto.FLOAT, [2, 3], flat),
            numpy_helper.from_array(values.astype(numpy.float16), "half"),
            helper.make_tensor("half_typed", TensorProto.FLOAT16, [2, 3], [float(v) for v in flat]),
            helper.make_tensor("double_typed", TensorProto.DOUBLE, [2, 3], flat),
            numpy_helper.from_array(numpy.int64(7), "count"),
            helper.make_tensor("shape", TensorProto.INT64, [2], [1, -1]),
        ]
    ),
    "inside.onnx",
)
onnx.save(model([numpy_helper.from_array(values, "raw")]), "outside.onnx", save_as_external_data=True, location="outside.data", size_threshold=0)
