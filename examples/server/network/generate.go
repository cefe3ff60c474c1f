// Package network is EfficientNet-B0, compiled by netc. Its weights are a file of their own.
package network

//go:generate go run ../../../cmd/netc gen --shared --weights-file --variant b0 --seed 1 -o . ../../efficientnet/efficientnet.net
