# For those who work on netc. bash .ci/test runs the tests on a bare machine.
.PHONY: check generate golden fuzz bench

check: # what every change must pass
	bash .ci/run

generate: # everything that is generated and checked in
	go generate ./...

golden: # the expected outputs of tests, from what the code makes now: read the difference
	go test -update $$(grep -rl --include='*_test.go' 'flag.Bool("update"' . | xargs -n1 dirname | sort -u)

# Go's fuzzer would spend up to a minute on making each new input smaller, byte by byte, and run nothing else meanwhile.
fuzz: # each fuzz target for a minute
	@for package in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
	    echo "$$package $$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime 1m -fuzzminimizetime 100x $$package || exit 1; \
	  done; \
	done

bench: # generated Go against ONNX Runtime; NETC_CPU=avx2 restricts generated Go to AVX2
	go run ./cmd/bench
