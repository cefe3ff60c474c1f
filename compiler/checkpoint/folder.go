package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/tensorflow"
)

// entrances are the files through which a folder is read, first those of which a folder has one.
var entrances = []string{
	"variables/variables.index", // a SavedModel
	"variables.index",           // its folder of variables
	"model.json",                // TensorFlow.js
	"model.safetensors.index.json",
	"pytorch_model.bin.index.json",
	"model.safetensors",
	"pytorch_model.bin",
	"flax_model.msgpack",
	"model.weights.h5", // an unpacked .keras archive
}

// resolve returns the file to open for a path: itself, or the one through which a folder or a TensorFlow checkpoint
// without its suffix is read.
func resolve(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if index := path + tensorflow.Suffix; isFile(index) {
			return index, nil
		}
		return "", err
	case err != nil:
		return "", err
	case info.IsDir():
		return resolveFolder(path)
	}
	return path, nearMiss(path)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func resolveFolder(folder string) (string, error) {
	for _, name := range entrances {
		if path := filepath.Join(folder, filepath.FromSlash(name)); isFile(path) {
			return path, nil
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	var checkpoints, files []string
	for _, e := range entries {
		name := e.Name()
		switch {
		case slices.Contains(orbax, name):
			return "", fmt.Errorf("%s: is an Orbax checkpoint, which cannot be read: restore it and write "+
				"flax.serialization.to_bytes(variables) to a file", folder)
		case filepath.Ext(name) == ".distcp":
			return "", fmt.Errorf("%s: is a distributed checkpoint of PyTorch, which cannot be read: join it with "+
				"torch.distributed.checkpoint.format_utils.dcp_to_torch_save(FOLDER, FILE)", folder)
		case e.Type().IsRegular() && strings.HasSuffix(name, tensorflow.Suffix):
			checkpoints = append(checkpoints, strings.TrimSuffix(name, tensorflow.Suffix))
		case e.Type().IsRegular() && slices.Contains(suffixes, filepath.Ext(name)):
			files = append(files, name)
		}
	}
	switch {
	case len(checkpoints) == 1:
		return filepath.Join(folder, checkpoints[0]+tensorflow.Suffix), nil
	case len(checkpoints) > 1:
		return "", fmt.Errorf("%s: is a folder with several checkpoints: give one of %s", folder, list(checkpoints))
	case len(files) > 0:
		return "", fmt.Errorf("%s: is a folder: give one of %s", folder, list(files))
	}
	return "", fmt.Errorf("%s: is a folder without weights: %s", folder, readable)
}

// orbax are files that tell a checkpoint of Orbax, JAX's library, and suffixes those of files with weights.
var (
	orbax    = []string{"_METADATA", "_CHECKPOINT_METADATA", "manifest.ocdbt"}
	suffixes = []string{".safetensors", ".pth", ".pt", ".bin", ".onnx", ".npz", ".h5", ".keras", ".msgpack", ".json"}
)

// list returns names for a message.
func list(names []string) string {
	const most = 10
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// remedies says, by the suffix of a file that no format recognises, how its weights can be written for netc.
var remedies = map[string]string{
	".pb": "a frozen graph of TensorFlow? tensorflowjs_converter --input_format=tf_frozen_model makes a " +
		"model.json of it",
	".params": "MXNet's? numpy.savez(\"w.npz\", **{k: v.asnumpy() for k, v in mx.nd.load(FILE).items()})",
	".npy":    "one array? numpy.savez(\"w.npz\", NAME=numpy.load(FILE)) gives it the name of a parameter",
}

// dataFile is the name of a file with values of a TensorFlow checkpoint.
var dataFile = regexp.MustCompile(`^(.*)\.data-\d{5}-of-\d{5}$`)

// nearMiss returns an error for a file that belongs to weights which are read through another one beside it.
func nearMiss(path string) error {
	folder, name := filepath.Split(path)
	if m := dataFile.FindStringSubmatch(name); m != nil && isFile(folder+m[1]+tensorflow.Suffix) {
		return fmt.Errorf("%s: holds values of a TensorFlow checkpoint without their names: give %s",
			path, folder+m[1]+tensorflow.Suffix)
	}
	if base, ok := strings.CutSuffix(path, ".meta"); ok && isFile(base+tensorflow.Suffix) {
		return fmt.Errorf("%s: holds the graph of a TensorFlow checkpoint: give %s", path, base+tensorflow.Suffix)
	}
	if name == "saved_model.pb" && isFile(folder+"variables/variables.index") {
		return fmt.Errorf("%s: holds the graph of a SavedModel: give its folder %s", path, filepath.Clean(folder))
	}
	if name == "checkpoint" {
		if pointer := pointsTo(path); pointer != "" {
			return fmt.Errorf("%s: names a TensorFlow checkpoint: give %s", path, filepath.Join(folder, pointer))
		}
	}
	return nil
}

var pointer = regexp.MustCompile(`^model_checkpoint_path: "([^"\n]{1,200})"`)

// pointsTo returns the checkpoint that a file called checkpoint names, or "".
func pointsTo(path string) string {
	if !isFile(path) {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	head := make([]byte, 300)
	n, _ := f.Read(head)
	m := pointer.FindSubmatch(head[:n])
	if m == nil {
		return ""
	}
	return filepath.Base(string(m[1]))
}
