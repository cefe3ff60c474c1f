// Package ort runs ONNX models in ONNX Runtime, for tests and benchmarks that compare against it. Nothing else may import
// it: it needs cgo and a shared library.
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
const Install = "ONNX Runtime is not installed: run \"npm ci --ignore-scripts\" in testdata/onnxruntime, or set NETC_ONNXRUNTIME to the path of libonnxruntime.so"

// Library returns the path of the shared library, or "" when it is not installed.
func Library() string {
	if path := os.Getenv("NETC_ONNXRUNTIME"); path != "" {
		return path
	}
	_, here, _, ok := runtime.Caller(0)
	if !ok {
		return ""
	}
	root := filepath.Join(filepath.Dir(here), "..", "..", "..")
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	for _, name := range []string{"libonnxruntime.so.1", "libonnxruntime.dylib"} {
		path := filepath.Join(root, "testdata/onnxruntime/node_modules/onnxruntime-node/bin/napi-v6", runtime.GOOS, arch, name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// missing skips a test that needs the library, or fails it where CI=true: there, it must be installed.
func missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}
