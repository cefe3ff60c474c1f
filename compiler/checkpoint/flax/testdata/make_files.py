"""Writes the files that flax_test.go reads, with msgpack 1.0, as flax.serialization.msgpack_serialize does: python3 make_files.py, in this folder.

Each array counts from the number of its place among all.
"""
import msgpack
import numpy

place = 0


def pack(x):
    def default(x):
        if isinstance(x, numpy.ndarray):
            return msgpack.ExtType(1, msgpack.packb((x.shape, x.dtype.name, x.tobytes()), use_bin_type=True))
        if isinstance(x, numpy.generic):
            x = numpy.asarray(x)
            return msgpack.ExtType(3, msgpack.packb((x.shape, x.dtype.name, x.tobytes()), use_bin_type=True))
        raise TypeError(type(x))

    return msgpack.packb(x, default=default, strict_types=True)


def array(*shape, dtype=numpy.float32):
    global place
    place += 1
    return (numpy.arange(numpy.prod(shape), dtype=dtype) + dtype(place - 1)).reshape(shape)


params = {
    "stem": {"kernel": array(3, 3, 1, 4)},
    "bn": {"scale": array(4), "bias": array(4)},
    "head": {"kernel": array(4, 5, dtype=numpy.float16), "bias": array(5)},
}
stats = {"bn": {"mean": array(4), "var": array(4)}}
with open("variables.msgpack", "wb") as f:
    f.write(pack({"params": params, "batch_stats": stats}))
with open("state.msgpack", "wb") as f:  # a TrainState whose params are all variables
    optimizer = {"0": {"count": numpy.int32(3), "mu": {"stem": {"kernel": array(3, 3, 1, 4)}}}, "1": {}}
    f.write(pack({"step": 7, "params": {"params": params, "batch_stats": stats}, "opt_state": optimizer}))
with open("bare.msgpack", "wb") as f:  # parameters without their collection
    f.write(pack(params))


def chunk(x, n):  # _chunk, which Flax does above 1 GiB
    flat = x.reshape(-1)
    numbered = lambda items: {str(i): item for i, item in enumerate(items)}
    return {"__msgpack_chunked_array__": True, "shape": numbered(x.shape), "chunks": numbered([flat[i : i + n] for i in range(0, flat.size, n)])}


with open("chunked.msgpack", "wb") as f:
    place = 0
    f.write(pack({"params": {"stem": {"kernel": chunk(array(3, 3, 1, 4), 7)}}}))
