"""Writes the files that hdf5_test.go reads, with h5py 3.7: python3 make_files.py, in this folder."""
import h5py
import numpy

count = numpy.arange(24, dtype=numpy.float32) - 2


def values(f):
    f["float32"] = count.reshape(2, 3, 4)
    f["float64"] = count.astype(numpy.float64)
    f["float16"] = count.astype(numpy.float16).reshape(6, 4)
    f["int64"] = numpy.arange(3)
    f["truth"] = numpy.array([True, False])
    f["scalar"] = numpy.float32(-2)
    f["nothing"] = numpy.zeros((0, 3), numpy.float32)
    brain = f.create_dataset("bfloat16", data=(count.view(numpy.uint32) >> 16).astype(numpy.uint16).view("V2"))
    brain.attrs["dtype"] = "bfloat16"
    f["text"] = numpy.array([b"a", b"bc"])
    group = f.create_group("group/inner")
    group.attrs["fixed"] = numpy.array([b"one", b"three"])
    group.attrs["variable"] = "räume"
    group.attrs["variables"] = ["x", "", "yz"]
    group.attrs["number"] = 3
    group["deep"] = count
    # Chunks that reach beyond the edges, with each filter and all together.
    for name, more in {
        "chunked": {},
        "deflated": {"compression": "gzip", "compression_opts": 9},
        "shuffled": {"shuffle": True},
        "checked": {"fletcher32": True},
        "all": {"compression": "gzip", "shuffle": True, "fletcher32": True},
    }.items():
        group.create_dataset(name, data=count.reshape(4, 6), chunks=(3, 4), **more)
    f.create_dataset("one_chunk", data=count.reshape(4, 6), chunks=(4, 6), compression="gzip")


for name, bounds in {"plain.h5": ("earliest", "v108"), "latest.h5": ("latest", "latest")}.items():
    with h5py.File(name, "w", libver=bounds) as f:
        if bounds[0] == "latest":  # what newer versions write and netc reads
            f["float32"] = count.reshape(2, 3, 4)
            f.create_dataset("one_chunk", data=count.reshape(4, 6), chunks=(4, 6), compression="gzip")
            f.create_dataset("plain_chunk", data=count.reshape(4, 6), chunks=(4, 6))
            f.create_group("group").attrs["name"] = "stem"
        else:
            values(f)
with h5py.File("many.h5", "w") as f:  # several nodes of a group's tree, and of a dataset's chunks
    for i in range(40):
        f[f"d{i}"] = numpy.float32(i)
    f.create_dataset("chunks", data=numpy.arange(400, dtype=numpy.float32).reshape(20, 20), chunks=(1, 2))
with h5py.File("dense.h5", "w", libver="latest") as f:  # refused
    for i in range(20):
        f[f"d{i}"] = numpy.float32(i)
with h5py.File("links.h5", "w") as f:  # refused
    f["a"] = count
    f["b"] = h5py.SoftLink("/a")
with h5py.File("twice.h5", "w") as f:  # refused
    f["a"] = count
    f["b"] = f["a"]
with h5py.File("index.h5", "w", libver="latest") as f:  # refused
    f.create_dataset("a", data=count.reshape(4, 6), chunks=(3, 4))
with h5py.File("missing.h5", "w") as f:  # refused: chunks that were never written are zeros by definition, weights are not
    f.create_dataset("a", shape=(4, 6), dtype="f4", chunks=(3, 4))
with h5py.File("lzf.h5", "w") as f:  # refused
    f.create_dataset("a", data=count.reshape(4, 6), chunks=(3, 4), compression="lzf")
with h5py.File("bigendian.h5", "w") as f:  # a type that cannot be read
    f["a"] = count.astype(">f4")
