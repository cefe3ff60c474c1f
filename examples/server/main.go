// Command server classifies pictures over HTTP with EfficientNet-B0, compiled to Go: one static binary, and weights in
// a file of their own, which SIGHUP reads again.
//
//	netc pack --variant b0 --weights CHECKPOINT -o weights.bin examples/efficientnet/efficientnet.net
//	go run ./examples/server -weights weights.bin
//	curl --data-binary @cat.jpg http://localhost:8080/classify
//
// docs/serving.md says how it behaves under load.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/netc-lang/netc/examples/server/network"
	"github.com/netc-lang/netc/examples/server/service"
)

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	address := flag.String("address", ":8080", "where to listen")
	weights := flag.String("weights", "weights.bin", "the weights, as netc pack writes them; read again at SIGHUP")
	labels := flag.String("labels", "", "the names of the classes, a file with one a line")
	workers := flag.Int("workers", 0, "processors for an inference (default: all)")
	drain := flag.Duration("drain", 5*time.Second, "how long /readyz says no before the end")
	config := service.Defaults()
	config.Height, config.Width, config.Classes = network.InputHeight, network.InputWidth, network.Classes
	flag.IntVar(&config.Places, "places", config.Places, "requests that are read, wait or are inferred at once")
	flag.IntVar(&config.Batch, "batch", config.Batch, "pictures of one inference, at most")
	flag.DurationVar(&config.Timeout, "timeout", config.Timeout, "how long a request waits for its answer")
	flag.Parse()

	start := time.Now()
	var err error
	if *labels != "" {
		if config.Labels, err = readLabels(*labels); err != nil {
			return err
		}
	}
	model, err := network.Open(*weights, optionsOf(*workers)...)
	if err != nil {
		return err
	}
	defer model.Close()
	config.Network, config.Best = model, network.Top
	config.Name, config.AnsweredBy = network.Network, network.AnsweredBy
	s := service.New(config)
	defer s.Close()

	listener, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	server := newServer(s)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	took := time.Since(start).Round(time.Millisecond)
	log.Printf("%v answers at %v, %v after the start", model, listener.Addr(), took)

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT)
	for {
		select {
		case err := <-failed:
			return err
		case got := <-signals:
			if got != syscall.SIGHUP {
				s.Drain()
				time.Sleep(*drain)
				return shutDown(server, 30*time.Second)
			}
			reload(model, *weights)
		}
	}
}

// optionsOf leaves the number of workers to the network if it is 0.
func optionsOf(workers int) []network.Option {
	if workers < 1 {
		return nil
	}
	return []network.Option{network.WithWorkers(workers)}
}

// reload has the model compute with what the file of weights holds now.
func reload(model *network.Model, weights string) {
	if err := model.Swap(weights); err != nil {
		log.Printf("the weights stay as they are: %v", err)
		return
	}
	log.Printf("%v", model)
}

// newServer returns a server that gives up on those who are slow to ask or to listen.
func newServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
}

// shutDown answers what has come and takes nothing more.
func shutDown(server *http.Server, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := server.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("some requests were still under way after %v", limit)
}

func readLabels(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	labels := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	if len(labels) != network.Classes {
		return nil, fmt.Errorf("%s has %d lines, the network %d classes", path, len(labels), network.Classes)
	}
	return labels, nil
}
