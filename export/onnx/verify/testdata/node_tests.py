"""Writes the node tests of the ONNX project that use no operators but the given ones.

    node_tests.py FOLDER OPERATOR...

Each test becomes a folder: model.onnx, and its inputs and outputs as TensorProto files, input_0.pb, output_0.pb and so on. The
tests come with the package onnx, as Python code that makes them.
"""

import os
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")
for name, kind in (("float", float), ("int", int), ("bool", bool), ("object", object)):
    if name not in np.__dict__:  # older tests use names that NumPy 1.24 has dropped
        setattr(np, name, kind)

import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases

folder, known = sys.argv[1], set(sys.argv[2:])
try:
    cases = collect_testcases(None)
except TypeError:  # of older packages
    cases = collect_testcases()
for case in cases:
    graph = case.model.graph
    if not {node.op_type for node in graph.node} <= known:
        continue
    there = os.path.join(folder, case.name)
    if os.path.exists(there):  # some names occur twice, for two of the operator's modes
        continue
    os.makedirs(there)
    onnx.save(case.model, os.path.join(there, "model.onnx"))
    inputs, outputs = case.data_sets[0]
    for kind, infos, values in (("input", graph.input, inputs), ("output", graph.output, outputs)):
        for i, value in enumerate(values):
            if isinstance(value, np.ndarray) or np.isscalar(value):  # not a list, which a sequence has
                tensor = numpy_helper.from_array(np.asarray(value), infos[i].name)
                if infos[i].type.tensor_type.elem_type == onnx.TensorProto.BFLOAT16:  # NumPy has it as uint16
                    tensor.data_type = onnx.TensorProto.BFLOAT16
                with open(os.path.join(there, f"{kind}_{i}.pb"), "wb") as file:
                    file.write(tensor.SerializeToString())
