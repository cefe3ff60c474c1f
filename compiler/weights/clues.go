package weights

import (
	"strings"

	"github.com/netc-lang/netc/compiler/checkpoint/stored"
)

// clues tell by a tensor's name what was done to a network, where that leaves other tensors than the network's own in
// the file. Each says how to undo it, in Python.
var clues = []struct{ suffix, cause string }{
	{".weight_mask", "the network is pruned: " +
		"call torch.nn.utils.prune.remove for each module and write the weights again"},
	{".parametrizations.weight.original", parametrised},
	{".parametrizations.weight.original0", parametrised},
	{".weight_g", "weights are normalised: call torch.nn.utils.remove_weight_norm for each module and " +
		"write them again"},
	{".weight_u", "weights are normalised: call torch.nn.utils.remove_spectral_norm for each module and " +
		"write them again"},
	{".zero_point", "the network is quantised, and netc reads weights of float types: " +
		"write them before torch.quantization converts it"},
	{".lora_A.default.weight", "an adapter stands beside the weights: call merge_and_unload() and write them again"},
	{"flat_param", "the weights are cut into shards: " +
		"gather them with FullyShardedDataParallel.state_dict_type and FULL_STATE_DICT"},
}

const parametrised = "weights are parametrised: " +
	"call torch.nn.utils.parametrize.remove_parametrizations for each module and write them again"

// causeOf returns what explains that no network fits the tensors, or "".
func causeOf(tensors []stored.Tensor) string {
	weights, empty := 0, 0
	for _, t := range tensors {
		for _, c := range clues {
			if strings.HasSuffix("."+t.Name, c.suffix) {
				return c.cause
			}
		}
		if n, err := stored.Elements(t.Shape); t.Type.Readable() && err == nil {
			weights++
			if n == 0 {
				empty++
			}
		}
	}
	if weights > 0 && weights == empty {
		return "every tensor is empty: DeepSpeed has cut the weights into shards; join them with its zero_to_fp32.py"
	}
	return ""
}
