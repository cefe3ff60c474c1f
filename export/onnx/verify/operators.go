package verify

// operators has every operator that netc writes, in the forms that the opsets give it.
func operators() map[string]operator {
	const window = "text auto_pad, ints kernel_shape pads strides"
	const pool = window + ", int ceil_mode from 10"
	one, two, any := parseArity("1"), parseArity("2"), parseArity("1-")
	binary := operator{
		exists: 1, since: 7, bfloat16: 13, integers: 1, inputs: two, outputs: one,
		infer: inferBroadcast, run: runBinary,
	}
	all := map[string]operator{
		"Conv": {
			exists: 1, since: 1, bfloat16: 22, inputs: parseArity("2-3"), outputs: one, onlyFloats: true,
			infer: inferConv, cost: costConv, run: runConv,
			attributes: settings(window + ", ints dilations, int group"),
		},
		"ConvTranspose": {
			exists: 1, since: 1, bfloat16: 22, inputs: parseArity("2-3"), outputs: one, onlyFloats: true,
			infer: inferConvTranspose, cost: costConvTranspose, run: runConvTranspose,
			attributes: settings(window + ", ints dilations output_padding output_shape, int group"),
		},
		"MaxPool": {
			exists: 1, since: 1, bfloat16: 22, integers: 12, inputs: one, outputs: parseArity("1; 1-2 from 8"),
			infer: inferPool, cost: costPool, run: runPool,
			attributes: settings(pool + ", ints dilations from 10, int storage_order from 8"),
		},
		"AveragePool": {
			exists: 1, since: 1, bfloat16: 22, inputs: one, outputs: one, onlyFloats: true,
			infer: inferPool, cost: costPool, run: runPool,
			attributes: settings(pool + ", ints dilations from 19, int count_include_pad from 7"),
		},
		"GlobalAveragePool": {
			exists: 1, since: 1, bfloat16: 22, inputs: one, outputs: one, onlyFloats: true,
			infer: inferGlobalPool, cost: costGlobalPool, run: runGlobalPool,
		},
		"GlobalMaxPool": {
			exists: 1, since: 1, bfloat16: 22, inputs: one, outputs: one, onlyFloats: true,
			infer: inferGlobalPool, cost: costGlobalPool, run: runGlobalPool,
		},
		"Pad": {
			exists: 1, since: 11, bfloat16: 13, integers: 1, inputs: parseArity("2-3; 2-4 from 18"), outputs: one,
			infer: inferPad, run: runPad,
			attributes: settings("text mode"),
		},
		"Resize": {
			exists: 10, since: 11, bfloat16: 13, integers: 1, inputs: parseArity("3-4; 1-4 from 13"), outputs: one,
			infer: inferResize, run: runResize,
			attributes: settings("text mode coordinate_transformation_mode nearest_mode, " +
				"float cubic_coeff_a extrapolation_value, int exclude_outside, " +
				"text keep_aspect_ratio_policy from 18, int antialias from 18, ints axes from 18"),
		},
		"DepthToSpace": {
			exists: 1, since: 11, bfloat16: 13, integers: 1, inputs: one, outputs: one,
			infer: inferDepthToSpace, run: runDepthToSpace,
			attributes: settings("int blocksize, text mode"),
		},
		"Gemm": {
			exists: 1, since: 7, bfloat16: 13, integers: 9, inputs: parseArity("3; 2-3 from 11"), outputs: one,
			onlyFloats: true,
			infer:      inferGemm, cost: costGemm, run: runGemm,
			attributes: settings("float alpha beta, int transA transB"),
		},
		"BatchNormalization": {
			exists: 1, since: 9, bfloat16: 14, inputs: parseArity("5"), outputs: parseArity("1-5; 1-3 from 14"),
			onlyFloats: true,
			infer:      inferBatchNorm, run: runBatchNorm,
			attributes: settings("float epsilon momentum, int training_mode from 14"),
		},
		"Softmax": {
			exists: 1, since: 1, bfloat16: 13, inputs: one, outputs: one, onlyFloats: true,
			infer: inferSoftmax, run: runSoftmax,
			attributes: settings("int axis"),
		},
		"TopK": {
			exists: 1, since: 10, bfloat16: 24, integers: 11, inputs: two, outputs: two,
			infer: inferTopK, run: runTopK,
			attributes: settings("int axis, int largest sorted from 11"),
		},

		"Clip": {
			exists: 1, since: 6, bfloat16: 13, integers: 12, inputs: parseArity("1; 1-3 from 11"), outputs: one,
			infer: inferClip, run: runClip,
			attributes: settings("float min max until 11"),
		},
		"Add": binary,
		"Sub": binary,
		"Mul": binary,
		"Div": binary,
		"PRelu": {
			exists: 1, since: 7, bfloat16: 16, integers: 9, inputs: two, outputs: one, onlyFloats: true,
			infer: inferPRelu, run: runBinary,
		},

		"Identity": {
			exists: 1, since: 1, bfloat16: 13, integers: 1, inputs: one, outputs: one,
			infer: like, run: runSame,
		},
		"Concat": {
			exists: 1, since: 4, bfloat16: 13, integers: 1, inputs: any, outputs: one,
			infer: inferConcat, run: runConcat,
			attributes: settings("int axis"),
		},
		"Slice": {
			exists: 1, since: 10, bfloat16: 13, integers: 1, inputs: parseArity("3-5"), outputs: one,
			infer: inferSlice, run: runSlice,
		},
		"Split": {
			exists: 1, since: 2, bfloat16: 13, integers: 1, inputs: parseArity("1; 1-2 from 13"), outputs: any,
			infer: inferSplit, run: runSplit,
			attributes: settings("int axis, ints split until 13, int num_outputs from 18"),
		},
		"Flatten": {
			exists: 1, since: 1, bfloat16: 13, integers: 9, inputs: one, outputs: one,
			infer: inferFlatten, run: runSame,
			attributes: settings("int axis"),
		},
		"Cast": {
			exists: 1, since: 6, bfloat16: 13, integers: 1, inputs: one, outputs: one,
			infer: inferCast, run: runCast,
			attributes: settings("int to, int saturate from 19, text round_mode from 24"),
		},
		"Transpose": {
			exists: 1, since: 1, bfloat16: 13, integers: 1, inputs: one, outputs: one,
			infer: inferTranspose, run: runTranspose,
			attributes: settings("ints perm"),
		},
		"Reshape": {
			exists: 1, since: 5, bfloat16: 13, integers: 1, inputs: two, outputs: one,
			infer: inferReshape, run: runSame,
			attributes: settings("int allowzero from 14"),
		},
		"Expand": {
			exists: 8, since: 8, bfloat16: 13, integers: 1, inputs: two, outputs: one,
			infer: inferExpand, run: runExpand,
		},
		"Shape": {
			exists: 1, since: 1, bfloat16: 13, integers: 1, inputs: one, outputs: one,
			infer: inferShape, run: runShape,
			attributes: settings("int start end from 15"),
		},

		"MatMul": {
			exists: 1, since: 1, bfloat16: 13, integers: 9, inputs: two, outputs: one, onlyFloats: true,
			infer: inferMatMul, cost: costMatMul, run: runMatMul,
		},
		"ReduceMean": {
			exists: 1, since: 1, bfloat16: 13, integers: 1, inputs: parseArity("1; 1-2 from 18"), outputs: one,
			infer: inferReduceMean, run: runReduceMean,
			attributes: settings("int keepdims, ints axes until 18, int noop_with_empty_axes from 18"),
		},
		"LayerNormalization": {
			exists: 17, since: 17, bfloat16: 17, inputs: parseArity("2-3"), outputs: parseArity("1-3"),
			onlyFloats: true,
			infer:      inferLayerNorm, run: runLayerNorm,
			attributes: settings("int axis stash_type, float epsilon"),
		},
	}
	for name, f := range functions {
		all[name] = operator{
			exists: f.exists, since: f.since, bfloat16: f.bfloat16, integers: f.integers, inputs: one, outputs: one,
			onlyFloats: f.onlyFloats, attributes: settings(f.attributes), infer: like, run: runFunction,
		}
	}
	return all
}
