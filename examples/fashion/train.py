#!/usr/bin/python3
"""Trains a network that `netc torch` emitted on Fashion-MNIST, and measures it on the 10,000 test images.

    netc torch --variant F0 -o /tmp/fashion.py fashion.net
    python3 train.py /tmp/fashion.py --out f0.safetensors                            train, save, measure
    python3 train.py /tmp/fashion.py --weights f0.safetensors --logits /tmp/f0.f32   measure only
    netc search --score 'python3 train.py {torch} --score last --epochs 3' …         score the candidates of a search

Needs the Debian packages python3-torch and dataset-fashion-mnist. An input is one 28×28 image, f32[1, 28, 28], each value
(pixel / 255 - 0.2860) / 0.3530. For a network of another resolution the loader resizes it, bilinearly: that adds no
detail, but pixels for the network to compute with.

Scores are accuracies on the last 10,000 training images, with which nothing is then trained: the test images (--test)
are for the networks that a search has chosen. The same seed gives the same score with the same number of threads.

The recipe: AdamW, one cycle of the learning rate, label smoothing, images flipped and moved by up to two pixels, and
the moving average of the weights is what is kept.
"""
import argparse
import copy
import importlib.util
import sys
import time

import torch
import torch.nn.functional as F

import dataset
import safetensors

HELD_OUT = 10_000  # training images, at the end of the file, that scores are measured on


def load_network(path):
    """Makes the network of an emitted file: its last class."""
    spec = importlib.util.spec_from_file_location("network", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    classes = [c for c in vars(module).values() if isinstance(c, type) and c.__module__ == "network"]
    return classes[-1]()


def load_images(part, folder):
    """Returns images, as they go into the network, and labels."""
    pixels, labels = dataset.read(part, folder)
    images = torch.frombuffer(pixels, dtype=torch.uint8).reshape(-1, 1, dataset.SIZE, dataset.SIZE)
    return normalised(images), torch.frombuffer(labels, dtype=torch.uint8).long()


def normalised(pixels):
    return (pixels.float() / 255 - dataset.MEAN) / dataset.DEVIATION


def augmented(images, reach=2):
    """Flips half of the images and moves each by up to reach pixels in both directions."""
    n, _, height, width = images.shape
    black = normalised(torch.zeros(1)).item()
    wide = F.pad(images, (reach,) * 4, value=black)
    rows = torch.randint(0, 2 * reach + 1, (n, 1)) + torch.arange(height)
    columns = torch.randint(0, 2 * reach + 1, (n, 1)) + torch.arange(width)
    columns = torch.where(torch.rand(n, 1) < 0.5, columns, columns.flip(1))
    return wide[torch.arange(n)[:, None, None], 0, rows[:, :, None], columns[:, None, :]].unsqueeze(1)


def resized(images, size):
    """Returns square images of another size."""
    if size == images.shape[-1]:
        return images
    return F.interpolate(images, size=(size, size), mode="bilinear", align_corners=False,
                         antialias=size < images.shape[-1])


class Average:
    """The exponential moving average of a network's parameters and running statistics."""

    def __init__(self, network, decay):
        self.network, self.decay, self.steps = copy.deepcopy(network).eval(), decay, 0

    @torch.no_grad()
    def add(self, network):
        self.steps += 1
        decay = min(self.decay, self.steps / (self.steps + 10))  # the first steps are soon forgotten
        for mean, value in zip(self.network.state_dict().values(), network.state_dict().values()):
            mean.lerp_(value, 1 - decay)


def decayed(network, weight_decay):
    """Groups the parameters: weights of convolutions and linear layers decay, biases and batch norm do not."""
    weights = [p for p in network.parameters() if p.dim() > 1]
    others = [p for p in network.parameters() if p.dim() <= 1]
    return [{"params": weights, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def train(network, images, labels, args, after_epoch=lambda epoch, network: None):
    """Trains the network and returns the average of it, which after_epoch gets after each epoch, counted from 1."""
    network.to(memory_format=torch.channels_last)  # twice as fast on a CPU
    average = Average(network, args.average)
    optimizer = torch.optim.AdamW(decayed(network, args.decay), lr=args.rate)
    steps = len(images) // args.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=args.rate, total_steps=args.epochs * steps, pct_start=0.2, final_div_factor=1000)
    start = time.time()
    for epoch in range(args.epochs):
        network.train()
        total, right = 0.0, 0
        for batch in torch.randperm(len(images))[: steps * args.batch].split(args.batch):
            logits = network(resized(augmented(images[batch]), args.resolution))
            loss = F.cross_entropy(logits, labels[batch], label_smoothing=args.smoothing)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            average.add(network)
            total += loss.item()
            right += (logits.argmax(1) == labels[batch]).sum().item()
        print(f"epoch {epoch + 1}/{args.epochs}: loss {total / steps:.4f}, "
              f"training accuracy {right / (steps * args.batch):.2%}, {time.time() - start:.0f} s",
              flush=True, file=sys.stderr if args.score else sys.stdout)
        after_epoch(epoch + 1, average.network)
    return average.network


@torch.inference_mode()
def measure(network, images, resolution):
    """Returns the logits of all images."""
    network.eval()
    return torch.cat([network(resized(part, resolution)) for part in images.split(500)])


def score(network, args):
    """Trains without the images that are held out, and prints an accuracy as netc search reads it."""
    images, labels = load_images("train", args.data)
    unseen, answers = images[-HELD_OUT:], labels[-HELD_OUT:]
    if args.test:
        unseen, answers = load_images("t10k", args.data)

    def accuracy(network):
        return (measure(network, unseen, args.resolution).argmax(1) == answers).sum().item() / len(answers)

    def line(epoch, network):
        if args.score == "each":
            print(epoch, accuracy(network), flush=True)

    seen = slice(0, min(args.images or len(images), len(images) - HELD_OUT))
    network = train(network, images[seen], labels[seen], args, line)
    if args.score == "last":
        print(accuracy(network))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("module", help="the file that netc torch wrote")
    p.add_argument("--out", metavar="FILE", help="train, and save the weights here")
    p.add_argument("--weights", metavar="FILE", help="start from these weights")
    p.add_argument("--logits", metavar="FILE", help="write the test images' logits: float32, little-endian, ten an image")
    p.add_argument("--score", choices=["last", "each"],
                   help="train, and print the accuracy on images that are held out: the last, or a line each epoch")
    p.add_argument("--test", action="store_true", help="print the accuracy on the test images instead")
    p.add_argument("--images", type=int, metavar="N", help="train with the first N images")
    p.add_argument("--resolution", type=int, default=dataset.SIZE, metavar="R", help="resize the images to R×R pixels")
    p.add_argument("--data", metavar="FOLDER", default=dataset.FOLDER)
    p.add_argument("--epochs", type=int, default=12)
    p.add_argument("--batch", type=int, default=128)
    p.add_argument("--rate", type=float, default=6e-3, help="highest learning rate")
    p.add_argument("--decay", type=float, default=0.02, help="weight decay")
    p.add_argument("--smoothing", type=float, default=0.05, help="of the labels")
    p.add_argument("--average", type=float, default=0.998, help="decay of the moving average")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=2)
    args = p.parse_args()
    if not args.out and not args.weights and not args.score:
        p.error("give --out to train, --score to train for a search, or --weights to measure")

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    network = load_network(args.module)
    if args.weights:
        network.load_state_dict(safetensors.load(args.weights))
    if args.score:
        return score(network, args)
    if args.out:
        images, labels = load_images("train", args.data)
        network = train(network, images[: args.images], labels[: args.images], args)
        safetensors.save(args.out, network.state_dict())
    images, labels = load_images("t10k", args.data)
    logits = measure(network, images, args.resolution)
    if args.logits:
        with open(args.logits, "wb") as f:
            f.write(logits.numpy().astype("<f4").tobytes())
    right = (logits.argmax(1) == labels).sum().item()
    print(f"test accuracy {right / len(labels):.2%} ({right} of {len(labels)})")


if __name__ == "__main__":
    main()
