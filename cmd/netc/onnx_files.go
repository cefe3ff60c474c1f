package main

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/netc-lang/netc/cmd/netc/output"
	"github.com/netc-lang/netc/export/onnx"
	"github.com/netc-lang/netc/export/triton"
)

// writeModel writes the file, or both files.
func writeModel(c *call, model *onnx.Model, out string, external bool) error {
	progress := newProgress(c.stderr, filepath.Base(out), model.WeightBytes())
	defer progress.finish()
	return c.out.Write(modelFiles(model, out, external, nil, progress)...)
}

// modelFiles are the files of a model: its weights, where they lie in a file of their own, and itself. The weights are
// renamed into place first: the model is then never without its own. replaces is asked before a file that the user did
// not name is replaced.
func modelFiles(
	model *onnx.Model, out string, external bool, replaces func(string) error, progress *progress,
) []output.File {
	if !external {
		write := func(w io.Writer) error { return model.Write(w, progress.add) }
		return []output.File{{Path: out, Replaces: replaces, Write: write}}
	}
	name := filepath.Base(out) + ".data"
	graph := &strings.Builder{} // small: the weights are elsewhere
	return []output.File{
		{
			Path:     filepath.Join(filepath.Dir(out), name),
			Write:    func(w io.Writer) error { return model.WriteExternal(graph, w, name, progress.add) },
			Replaces: func(path string) error { return dataOf(out, path) },
		},
		{
			Path:     out,
			Replaces: replaces,
			Write: func(w io.Writer) error {
				_, err := io.WriteString(w, graph.String())
				return err
			},
		},
	}
}

// dataOf says that a file is not the external data of the model at out, which names it.
func dataOf(out, data string) error {
	const most = 64 << 20
	if !bytes.Contains(output.Head(out, most), []byte(filepath.Base(data))) {
		const remedy = "move it away or give another name"
		return fmt.Errorf("%s is not the data of %s, and would be overwritten: %s", data, out, remedy)
	}
	return nil
}

// writeRepository writes a model's folder in a repository of Triton's. What lies there is replaced if netc wrote its
// configuration: one that somebody has written, or taken netc's first line out of, is theirs.
func writeRepository(c *call, model *onnx.Model, repository string, o triton.Options, external bool) error {
	files, err := triton.Files(model, o)
	if err != nil {
		return err
	}
	folder := filepath.Join(repository, triton.Name(model))
	path := filepath.Join(folder, filepath.FromSlash(triton.ModelPath))
	if err := c.out.Folder(filepath.Dir(path)); err != nil {
		return err
	}
	config := filepath.Join(folder, triton.ConfigPath)
	ours := func(path string) error {
		if output.Begins(config, triton.Mark) {
			return nil
		}
		return fmt.Errorf("%s would be overwritten, and %s does not begin with netc's mark: "+
			"move the folder away or give another repository", path, config)
	}
	progress := newProgress(c.stderr, filepath.Base(path), model.WeightBytes())
	defer progress.finish()
	all := modelFiles(model, path, external, ours, progress)
	for _, f := range files {
		write := func(w io.Writer) error {
			_, err := io.WriteString(w, f.Text)
			return err
		}
		all = append(all, output.File{Path: filepath.Join(folder, f.Path), Replaces: ours, Write: write})
	}
	return c.out.Write(all...)
}
