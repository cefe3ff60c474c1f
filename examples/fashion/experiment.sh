#!/bin/sh
# Measures how a small network is best scaled on Fashion-MNIST; README.md says what came out. Each search goes on from
# its file of results, so that this command, run again, does what is not done yet, whenever it was stopped:
#
#     NETC='go run ../../cmd/netc' sh experiment.sh [coefficients] [equal] [baseline] [families] [latencies]
#
# Needs python3 with PyTorch, and Debian's package dataset-fashion-mnist. JOBS candidates are trained at a time, each by
# one thread.
set -eu
cd "$(dirname "$0")"
netc=${NETC:-netc} jobs=${JOBS:-1}

# train prints scores, last or each, of so many epochs.
train() {
    echo "python3 train.py {torch} --resolution {resolution} --score $1 --images 10000 --epochs $2 --batch 100" \
        "--rate 0.015 --average 0.99 --threads 1 --seed {seed}"
}

# The grid of section 3.3 of the paper: alpha, beta and gamma at phi = 1, for at most twice the baseline's work.
coefficients() {
    for seed in 1 2 3; do
        $netc search --variant s1 --method grid --within 0.92MMACs --jobs "$jobs" --seed $seed \
            --score "$(train last 3)" --results coefficients-$seed.results scaled.net
    done
}

# Depth, width and resolution alone, and together, at equal work: figure 8 of the paper.
equal() {
    for seed in 1 2 3; do
        $netc search --variant e --method grid --jobs "$jobs" --seed $seed --score "$(train last 3)" \
            --results equal-$seed.results equal.net
    done
}

# A better baseline of F0's work. Candidates that are not among the best third after 1 or 3 of 9 epochs are stopped. The
# best is F0 itself; found.net is the next one, which is as good within what chance gives, for a tenth less work.
baseline() {
    $netc search --variant f0 --within 3.04MMACs --candidates 64 --stop 1:9 --jobs "$jobs" \
        --score "$(train each 9)" --results baseline.results --pick 44 -o found.net searched.net
}

# The family of that one beside F0 to F3: accuracy on the test images, and work.
families() {
    for seed in 1 2 3; do
        for file in fashion found; do
            $netc search --variant f0 --free 'phi=[0 to 3]' --method grid --jobs "$jobs" --seed $seed \
                --score "$(train last 3) --test" --results $file-$seed.results $file.net
        done
    done
}

# What these take on this machine, in generated Go's kernels on one thread. Let nothing else run meanwhile.
latencies() {
    for file in fashion found; do
        $netc search --variant f0 --free 'phi=[0 to 3]' --method grid --minimize latency --seconds 5 \
            --results $file-latency.results $file.net
    done
}

for step in ${@:-coefficients equal baseline families latencies}; do $step; done
