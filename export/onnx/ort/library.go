// Package ort runs ONNX models in ONNX Runtime, for tests and benchmarks that compare against it, and for
// cmd/onnxruntime, which netc starts. Nothing else may import it: it needs cgo, a shared library and a module that
// binds it.
//
// The library comes from the npm package onnxruntime-node, installed in testdata/onnxruntime; the environment variable
// NETC_ONNXRUNTIME may name another file.
package ort

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Install says how the library gets where Library finds it.
const Install = "ONNX Runtime is not installed: " +
	"run \"npm ci --ignore-scripts\" in testdata/onnxruntime, or set NETC_ONNXRUNTIME to the path of libonnxruntime.so"

// Require skips the test unless ONNX Runtime is there, and fails it instead where CI=true: there, it must be installed.
// Tests with costly preparations call it first; Load calls it too.
func Require(t testing.TB) {
	t.Helper()
	why := Install
	switch {
	case !available:
		why = "ONNX Runtime is called through cgo: run the tests with CGO_ENABLED=1 and a C compiler"
	case Library() != "":
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// Library returns the path of the shared library, or "" when it is not installed.
func Library() string {
	if path := os.Getenv("NETC_ONNXRUNTIME"); path != "" {
		return path
	}
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	for _, name := range []string{"libonnxruntime.so.1", "libonnxruntime.dylib"} {
		path := filepath.Join(moduleRoot(), "testdata/onnxruntime/node_modules/onnxruntime-node/bin/napi-v6",
			runtime.GOOS, arch, name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// moduleRoot returns the closest folder with a go.mod, upwards from where the test runs. The compiler's record of
// source paths would not do: -trimpath removes it.
func moduleRoot() string {
	folder, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return ""
		}
		folder = parent
	}
}
