#!/bin/sh
# Measures how a small network is best scaled on Fashion-MNIST; README.md says what came out. Each search goes on from its
# file of results, so that this command, run again, does what is not done yet, whenever it was stopped:
#
#     NETC='go run ../../cmd/netc' sh experiment.sh [coefficients]
#
# Needs python3 with PyTorch. One thread for each of JOBS candidates at a time.
set -eu
cd "$(dirname "$0")"
netc=${NETC:-netc} jobs=${JOBS:-1}
recipe='--images 10000 --epochs 3 --batch 100 --rate 0.015 --average 0.99 --threads 1 --seed {seed}'
command="python3 train.py {torch} --resolution {resolution} --score last $recipe"

# The grid of section 3.3 of the paper: alpha, beta and gamma at phi = 1, for at most twice the baseline's work.
coefficients() {
    $netc search --variant s1 --method grid --within 0.92MMACs --jobs "$jobs" --score "$command" \
        --results coefficients.results "$@" scaled.net
}

for step in ${@:-coefficients}; do $step; done
