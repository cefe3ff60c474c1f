"""Writes the archives that numpy_test.go reads: python3 make_archives.py, in this folder."""
import numpy

values = numpy.arange(6, dtype=numpy.float32).reshape(2, 3) - 2
arrays = {
    "block.weight": values,
    "column": numpy.asfortranarray(values),
    "half": values.astype(numpy.float16),
    "double": values.astype(numpy.float64),
    "scalar": numpy.float32(-2),
    "count": numpy.int64(7),
}
numpy.savez("plain.npz", **arrays)
numpy.savez_compressed("compressed.npz", **arrays)
