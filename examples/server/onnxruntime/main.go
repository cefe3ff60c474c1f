// Command onnxruntime is the same service on ONNX Runtime, through cgo: what docs/serving.md compares with.
//
//	netc onnx --variant b0 --seed 1 -o b0.onnx examples/efficientnet/efficientnet.net
//	go run ./examples/server/onnxruntime -model b0.onnx
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"net/http"
	"runtime"
	"time"

	"github.com/netc-lang/netc/examples/server/network"
	"github.com/netc-lang/netc/examples/server/service"
	"github.com/netc-lang/netc/export/onnx/ort"
)

func main() {
	address := flag.String("address", ":8080", "where to listen")
	path := flag.String("model", "b0.onnx", "EfficientNet-B0 as netc onnx writes it")
	flag.Parse()
	start := time.Now()
	model, err := ort.Open(*path, "image", "logits", runtime.GOMAXPROCS(0))
	if err != nil {
		log.Fatal(err)
	}
	config := service.Defaults()
	config.Height, config.Width, config.Classes = network.InputHeight, network.InputWidth, network.Classes
	config.Network, config.Best, config.Name = onnxRuntime{model}, network.Top, "ONNX Runtime"
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	took := time.Since(start).Round(time.Millisecond)
	log.Printf("%s answers at %v, %v after the start", *path, listener.Addr(), took)
	log.Fatal(http.Serve(listener, service.New(config)))
}

type onnxRuntime struct{ model *ort.Model }

// Infer runs a batch.
func (r onnxRuntime) Infer(_ context.Context, images, scores []float32) error {
	batch := len(images) / network.ImageLength
	shape := []int{batch, network.InputChannels, network.InputHeight, network.InputWidth}
	out, err := r.model.Run(images, shape, len(scores))
	copy(scores, out)
	return err
}
