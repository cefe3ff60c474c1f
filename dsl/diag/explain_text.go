package diag

import (
	"fmt"
	"strings"
)

func aboutFiles() []Explanation {
	return []Explanation{
		{CannotRead, "a file that cannot be read",
			"The file is missing, is no regular file, may not be read, or is no part of the standard library. The " +
				"path of an import is relative\nto the file that imports; \"std/…\" names the standard library.",
			file(`import "missing.net"`, "", "block Twice(out: channels)(x) {", "    a Conv(out)", "    b Conv(out)",
				"}"),
			file("block Twice(out: channels)(x) {", "    a Conv(out)", "    b Conv(out)", "}")},
		{NotText, "a file that is not text",
			"netc reads UTF-8 text. The file has a byte that no such text has: it is an image, an archive or a text " +
				"in another encoding. Save a text\nas UTF-8; \"iconv -f latin1 -t utf-8 OLD.net > NEW.net\" converts " +
				"one from Latin-1.",
			"", ""},
		{FileTooLarge, "a file that is too large",
			"A source file has at most 1 MiB. Split it, and import the parts: import \"blocks.net\".", "", ""},
		{TooManyFiles, "too many files",
			"A program, which is a file and all that it and its imports import, consists of at most 100 files. Put " +
				"declarations that belong together\ninto one file.", "", ""},
		{DeclaresNothing, "a file without a declaration",
			"A file declares networks, families, scalings, blocks or functions. This one is empty, or has comments " +
				"and imports only.",
			file("// Nothing here yet."),
			network("stem Conv(8)")},
		{UnknownCharacter, "a character without a meaning",
			"Names are made of the letters A to Z, digits and underscores; everything else outside of texts and " +
				"comments is an operator, a\nbracket or a comma. Texts stand in double quotes, comments begin with " +
				"\"//\", and statements end with their line.",
			network("stem Conv(8; kernel: 3)"),
			network("stem Conv(8, kernel: 3)")},
		{UnclosedText, "a text without its closing quote",
			"A text ends on the line on which it begins.",
			network(`stem Conv(8, padding: "same)`),
			network(`stem Conv(8, padding: "same")`)},
		{BadNumber, "a number that cannot be read",
			"A number is 12, 0.5 or 1e-3: decimal, without separators or units, with digits on both sides of its " +
				"point. Names do not begin with a\ndigit, and whole numbers go up to 2^53.",
			network("stem Conv(8px)"),
			network("stem Conv(8)")},
		{NameTooLong, "a name that is too long",
			"A name has at most 128 characters.",
			network(strings.Repeat("stem", 33) + " Conv(8)"),
			network("stem Conv(8)")},
		{ProgramTooLarge, "a program that is too large",
			"All files of a program together have at most 4 MiB. Import only what the network uses.", "", ""},
	}
}

func aboutForm() []Explanation {
	return []Explanation{
		{Unexpected, "something that cannot stand here",
			"What is underlined cannot follow what stands before it. The label says what was expected, where that is " +
				"one thing.",
			network("stem Conv(8)) -> SiLU"),
			network("stem Conv(8) -> SiLU")},
		{OpenBracket, "a bracket that is still open",
			"A bracket, or the brace of a body, has not been closed before something that cannot stand within it: " +
				"the end of the line, or the next\ndeclaration. The note shows where it opens.",
			network("stem Conv(8", "pool GlobalAvgPool"),
			network("stem Conv(8)", "pool GlobalAvgPool")},
		{NoDeclaration, "no declaration",
			"A file is a sequence of declarations, each of which begins with a keyword: import, block, function, " +
				"network, scaling or family.",
			file("netwrok N {", "    input image[3, 32, 32]", "    stem Conv(8)", "}"),
			network("stem Conv(8)")},
		{NoStatement, "no line of a body",
			"A line of a body is a name and the layers that give it its value (stem Conv(8) -> SiLU), or a name, " +
				"\"=\" and a value, or begins\nwith a keyword such as use, return or require.",
			network("stem -> Conv(8)"),
			network("stem Conv(8)")},
		{NotCallable, "a call of something without a name",
			"Only a name can be followed by arguments in brackets.",
			network("stem Conv((1 + 2)(8))"),
			network("stem Conv((1 + 2) * 8)")},
		{MisplacedLine, "a line in the wrong kind of body",
			"Networks and blocks have layers, values, use and require; only a network has an input. Scalings have " +
				"values, rules and require.\nFunctions have values, require and return.",
			network("stem Conv(8)", "channels(c) = 2 * c"),
			file("network N {", "    input image[3, 32, 32]", "    stem Conv(8)", "}", "", "scaling Double() {",
				"    channels(c) = 2 * c", "}", "", "family N by Double { A: }")},
		{NestedTooDeep, "brackets that are nested too deep",
			"Brackets stand at most 64 deep inside each other.",
			network("stem Conv(" + strings.Repeat("(", 65) + "8" + strings.Repeat(")", 65) + ")"),
			network("stem Conv(8)")},
		{StatementTooLong, "a statement that is too long",
			"A statement has at most 4096 words and symbols. Give its parts names, each on a line of its own: left = " +
				"…, right = …, sum = left + right.", "", ""},
		{OwnPrimitive, "a primitive outside of netc",
			"Primitives are the operations that netc itself implements. What is made of them is a block.",
			file("primitive Swish()(x)"),
			file("block Swish()(x) {", "    return x * (x -> Sigmoid)", "}")},
	}
}

func aboutNames() []Explanation {
	return []Explanation{
		{UnknownName, "a name that nothing declares",
			"A name is a setting, an input or an earlier line of the same body, a block, a function, or what a " +
				"\"use\" names. Upper and lower case\ndiffer. A block of the standard library has to be imported, " +
				"and what a scaling computes, such as resolution, is only known in the\nnetworks of families that " +
				"scale by it.",
			network("stem Convv(8)"),
			network("stem Conv(8)")},
		{DeclaredTwice, "a name with two meanings",
			"A name means one thing within a body, one thing among the declarations of all files of a program, and " +
				"one thing among the variants of a\nfile, for which upper and lower case do not matter.",
			network("stem Conv(8)", "stem SiLU"),
			network("stem Conv(8)", "act SiLU")},
		{UnknownType, "a type that does not exist",
			"The types of settings are int, float, bool, string, layer, pair (an int, or a list of height and\n" +
				"width), padding, channels (an int that scales with the width of the network) and stride (a pair\n" +
				"that only the first repetition of a stage gets); [int] is a list of them.",
			file("block Twice(out: integer)(x) {", "    a Conv(out)", "    b Conv(out)", "}"),
			file("block Twice(out: int)(x) {", "    a Conv(out)", "    b Conv(out)", "}")},
		{UnknownSetting, "a setting that does not exist",
			"What is called, or what a variant belongs to, has no setting of this name.",
			network("stem Conv(8, kernal: 3)"),
			network("stem Conv(8, kernel: 3)")},
		{MissingSetting, "a setting that is not given",
			"A setting without a default has to be given.",
			network("stem Conv(kernel: 3)"),
			network("stem Conv(8, kernel: 3)")},
		{TooManyValues, "more values than settings",
			"Values without a name are given to the settings in the order of their declaration; here are more values " +
				"than settings.",
			network("pool MaxPool(2, 2, \"valid\", 0)"),
			network("pool MaxPool(2, 2, \"valid\")")},
		{ValueAfterNamed, "a value without a name after one with a name",
			"Values without a name come first.",
			network("stem Conv(kernel: 3, 8)"),
			network("stem Conv(8, kernel: 3)")},
		{GivenTwice, "a setting that is given twice",
			"A setting has one value.",
			network("stem Conv(8, kernel: 3, kernel: 5)"),
			network("stem Conv(8, kernel: 5)")},
		{ContainsItself, "a block or function that contains itself",
			"What is compiled must end, so a block or function cannot use itself, also not by way of others. Repeat " +
				"a block with \"x N\", or\ncompute a list with \"for\".",
			file("block Loop(out: channels)(x) {", "    a Conv(out) -> Loop(out)", "}"),
			network("stem Conv(8) x 3")},
		{UnknownNetwork, "a family without its network",
			"A family varies the network of its name, or the one that it names with \"of\".",
			file("network Net {", "    input image[3, 32, 32]", "    stem Conv(8)", "}", "", "family Nett { A: }"),
			file("network Net {", "    input image[3, 32, 32]", "    stem Conv(8)", "}", "", "family Net { A: }")},
		{UnknownScaling, "a scaling that nothing declares",
			"\"family N by S\" scales the network N by the scaling S, which has to be declared or imported.",
			file("network N {", "    input image[3, 32, 32]", "    stem Conv(8)", "}", "", "family N by Doubel { A: }",
				"", "scaling Double() {", "    channels(c) = 2 * c", "}"),
			file("network N {", "    input image[3, 32, 32]", "    stem Conv(8)", "}", "", "family N by Double { A: }",
				"", "scaling Double() {", "    channels(c) = 2 * c", "}")},
		{UnknownRule, "a rule that a scaling cannot have",
			"A scaling's rules are channels(c), repeats(n) and share(counts, n): how netc scales the figures of the " +
				"baseline. Other\ncomputations are functions.",
			file("scaling Double() {", "    widths(c) = 2 * c", "}"),
			file("scaling Double() {", "    channels(c) = 2 * c", "}")},
		{UnknownVariant, "a variant that does not exist",
			"The file has no variant of the name on the command line. \"netc variants FILE\" lists them; upper and " +
				"lower case do not matter. What no file\nlists, \"netc scale\" makes: netc scale --phi 1.7 FILE.", "",
			""},
		{UnboundLayer, "a layer that no \"use\" names",
			"A block uses a layer that the network names, such as norm or act, but this network does not name it.",
			network("stem Conv(8) -> norm"),
			network("use norm = BatchNorm()", "stem Conv(8) -> norm")},
		{MissingValue, "a name without a value",
			"The variant gives a setting of the scaling no value, and it has no default. What a variant gives " +
				"itself, such as width, needs no\nsetting that only its computation would use.",
			file("network N {", "    input image[3, 32, 32]", "    stem Conv(8)", "}", "",
				"scaling Wide(factor: int) {", "    channels(c) = factor * c", "}", "", "family N by Wide { A: }"),
			file("network N {", "    input image[3, 32, 32]", "    stem Conv(8)", "}", "",
				"scaling Wide(factor: int) {", "    channels(c) = factor * c", "}", "",
				"family N by Wide { A: factor = 2 }")},
		{NotGiven, "a variant that leaves a setting of its network open",
			"A setting of the network without a default has to be given by every variant.",
			file("network N(size: int) {", "    input image[3, size, size]", "    stem Conv(8)", "}", "",
				"family N { A: }"),
			file("network N(size: int) {", "    input image[3, size, size]", "    stem Conv(8)", "}", "",
				"family N { A: size = 32 }")},
		{NoEffect, "a setting of the command line that changes nothing",
			"The scaling or the network declares the setting, but nothing that the network is made of depends on it: " +
				"an image whose height and\nwidth are written as numbers has no resolution that could be set. Leave " +
				"the flag out, or let the network read the setting.", "", ""},
	}
}

func aboutValues() []Explanation {
	return []Explanation{
		{WrongType, "a value of the wrong type",
			"A setting, a dimension, a repeat count or a function needs a value of another type. A float does not " +
				"become an int by itself:\nround, floor and ceil say how.",
			network("stem Conv(32 * 0.55)"),
			network("stem Conv(8 * round(4 * 0.55))")},
		{WrongOperands, "an operator that does not apply",
			"Arithmetic needs numbers, and + and * also apply to two tensors; \"not\", \"and\" and \"or\" need " +
				"bools; texts can only be compared.",
			network(`stem Conv(8 + "8")`),
			network("stem Conv(8 + 8)")},
		{WrongCondition, "a condition that is neither true nor false",
			"What follows \"if\" is a bool, such as a comparison.",
			network("stem Conv(8) if 3"),
			network("stem Conv(8) if 3 > 2")},
		{NotAList, "a list is needed",
			"Only a list has items and can be gone through with \"for\".",
			network("widths = 8", "stem Conv(widths[0])"),
			network("widths = [8, 16]", "stem Conv(widths[0])")},
		{NoSuchItem, "an item that a list does not have",
			"Positions count from 0: a list of two items has the positions 0 and 1.",
			network("widths = [8, 16]", "stem Conv(widths[2])"),
			network("widths = [8, 16]", "stem Conv(widths[1])")},
		{NoElse, "a choice without a value",
			"\"A if C\" needs \"else B\" where C can be false. Only a chain that starts from a tensor is left out " +
				"instead.",
			network("width = 8 if 1 > 2", "stem Conv(width)"),
			network("width = 8 if 1 > 2 else 16", "stem Conv(width)")},
		{NoSuchField, "a field that does not exist",
			"A tensor has channels, height and width; a vector has only channels, and other values have no fields.",
			network("stem Conv(8 * image.depth)"),
			network("stem Conv(8 * image.channels)")},
		{DivisionByZero, "a division by zero",
			"The right side of \"div\" or \"mod\" is 0.",
			network("stem Conv(8 div 0)"),
			network("stem Conv(8 div 1)")},
		{TooLarge, "a whole number that is too large",
			"Whole numbers go up to 2^53, so that they are exact everywhere.",
			network("stem Conv(2^80)"),
			network("stem Conv(2^4)")},
		{NoResult, "a computation without a result",
			"The result is not a number, such as the logarithm of -1, or infinite.",
			network("stem Conv(round(log(-1)))"),
			network("stem Conv(8 * round(log(3)))")},
		{NeedsArguments, "a function without its arguments",
			"A function is only used by calling it.",
			network("width = round", "stem Conv(width)"),
			network("width = round(8.2)", "stem Conv(width)")},
		{NotALayer, "something that is no layer",
			"The steps of a chain, and what \"use\" names, are blocks and operations.",
			network("width = 8", "stem Conv(8) -> width"),
			network("width = 8", "stem Conv(8) -> Conv(width)")},
		{NoReturn, "a function that returns nothing",
			"A function with a body ends with \"return VALUE\".",
			file("network N {", "    input image[3, 32, 32]", "    stem Conv(double(8))", "}", "",
				"function double(n: int) {", "    result = 2 * n", "}", "", "family N { A: }"),
			file("network N {", "    input image[3, 32, 32]", "    stem Conv(double(8))", "}", "",
				"function double(n: int) {", "    return 2 * n", "}", "", "family N { A: }")},
		{NotFulfilled, "a requirement that does not hold",
			"\"require\" states what must hold. \"~\" compares numbers within a tolerance; the message has the value.",
			network("require 1.2 * 1.1^2 ~ 2 within 0.1", "stem Conv(8)"),
			network("require 1.2 * 1.1^2 * 1.15^2 ~ 2 within 0.1", "stem Conv(8)")},
		{NothingToFix, "\"fixed\" where nothing scales",
			"\"fixed\" keeps a figure of the baseline from being scaled. It stands first in the channels of a layer, " +
				"or in the repeat count of a\nstage, in a network.",
			network("stem Conv(8 + fixed 8)"),
			network("stem Conv(fixed 8 + 8)")},
		{ArgumentCount, "a wrong number of arguments",
			"A function that netc has itself, or a rule of a scaling, takes another number of arguments.",
			network("stem Conv(round(8, 2))"),
			network("stem Conv(round(8.2))")},
		{EmptyList, "an empty list",
			"The smallest or largest of no numbers does not exist.",
			network("stem Conv(max([]))"),
			network("stem Conv(max([8, 16]))")},
		{WrongRequirement, "a requirement that compares no numbers",
			"\"require A ~ B within C\" needs three numbers.",
			network(`require "a" ~ 2 within 1`, "stem Conv(8)"),
			network("require 1.5 ~ 2 within 1", "stem Conv(8)")},
		{WrongShare, "a wrong number of shares",
			"The rule share divides the repeats of a stage among its definitions: it gives a list with one count for " +
				"each.",
			file("network N {", "    input image[3, 32, 32]", "    stage Conv(8) x 1, Conv(16) x 1", "}", "",
				"scaling Deep() {", "    repeats(n) = 2 * n", "    share(counts, n) = [n + len(counts)]", "}", "",
				"family N by Deep { A: }"),
			file("network N {", "    input image[3, 32, 32]", "    stage Conv(8) x 1, Conv(16) x 1", "}", "",
				"scaling Deep() {", "    repeats(n) = 2 * n",
				"    share(counts, n) = [n div len(counts) for c in counts]", "}", "", "family N by Deep { A: }")},
		{EmptySet, "a list of values to search that has none",
			"\"VALUE in LIST\" leaves a value free to be searched. The list has at least one value. A range " +
				"that counts up needs a step above 0, one\n" +
				"that counts down a step below.",
			network("stem Conv(8 in [8 to 32 step -8])"),
			network("stem Conv(8 in [8 to 32 step 8])")},
		{NotInSet, "a baseline that is no point of the space",
			"Before \"in\" stands the value that the file's variants have, and the list after it has this " +
				"value, too: the baseline is one of the\n" +
				"networks that a search compares.",
			network("stem Conv(8, kernel: 3 in [1, 5])"),
			network("stem Conv(8, kernel: 3 in [1, 3, 5])")},
		{MisplacedChoice, "a choice where nothing is searched",
			"\"VALUE in LIST\" stands in the lines and parameters of a network, in the parameters and " +
				"dimensions of a scaling, and in a family: in\n" +
				"what is there once. A block is there as often as it is used: give it a setting, and leave that " +
				"free where it is used. To ask whether a\n" +
				"value is one of several, write \"a == 3 or a == 5\".",
			file("block Twice(out: channels)(x) {", "    a Conv(out, kernel: 3 in [3, 5])", "    b Conv(out)", "}"),
			file("block Twice(out: channels, kernel: int = 3)(x) {", "    a Conv(out, kernel)", "    b Conv(out)",
				"}")},
		{WrongSteps, "a range that has no values",
			"A range is [FROM to TO step STEP] of numbers, with a step that is not 0 and at most 10000 " +
				"values. Without a step it is 1.",
			network("stem Conv(8 in [8 to 32 step 0])"),
			network("stem Conv(8 in [8 to 32 step 8])")},
		{NothingSatisfies, "a constraint that no point of the space satisfies",
			"A line \"require\" of a scaling holds for no combination of the values that are free.",
			file("scaling By(a: float = 1, b: float = 1) {", "    require a * b ~ 4 within 0.1",
				"    width = a * b", "    channels(c) = round(c * width)", "}", "", "network N {",
				"    input image[3, 32, 32]", "    stem Conv(8)", "}", "",
				"family N by By(a: 1 in [1, 2], b: 1 in [1 to 1.5 step 0.1]) { A: }"),
			file("scaling By(a: float = 1, b: float = 1) {", "    require a * b ~ 4 within 0.1",
				"    width = a * b", "    channels(c) = round(c * width)", "}", "", "network N {",
				"    input image[3, 32, 32]", "    stem Conv(8)", "}", "",
				"family N by By(a: 2 in [1, 2], b: 2 in [1 to 2 step 0.1]) { A: }")},
	}
}

func aboutTensors() []Explanation {
	return []Explanation{
		{WrongShape, "a tensor of the wrong kind",
			"Convolutions and pools need an image [channels, height, width]; Linear needs a vector. Flatten makes a " +
				"vector of an image.",
			network("logits Linear(10)"),
			network("pool GlobalAvgPool -> Flatten", "logits Linear(10)")},
		{ShapesDiffer, "shapes that do not match",
			"Two tensors are added or multiplied when their shapes are equal, or when one has one value for each " +
				"channel of the other. Images are\njoined when they have the same height and width.",
			network("stem Conv(8)", "wide Conv(16)", "return stem + wide"),
			network("stem Conv(8)", "wide Conv(8)", "return stem + wide")},
		{NothingLeft, "an image that shrinks to nothing",
			"The kernel is larger than the image with its padding: strides and \"valid\" padding have made the image " +
				"too small.",
			network(`stem Conv(8, kernel: 5, stride: 4, padding: "valid") x 3`),
			network("stem Conv(8, kernel: 5, stride: 2) x 3")},
		{WrongFigure, "a figure that an operation cannot have",
			"Kernels, strides and channels are at least 1; groups divide the channels; a rate lies between 0 and 1.",
			network("stem Conv(8, kernel: 0)"),
			network("stem Conv(8, kernel: 1)")},
		{TensorTooLarge, "a tensor that is too large",
			"A tensor has at most 2^20 values along one side, and at most 2^31 - 1 altogether.",
			network("stem Conv(1000000000)"),
			network("stem Conv(1000)")},
		{UnknownPadding, "a padding that does not exist",
			"\"symmetric\" keeps the size at stride 1, \"same\" pads as TensorFlow does, and \"valid\" does\n" +
				"not pad. A number is padding on every side, beside [height, width] and [top, left, bottom, right].",
			network(`stem Conv(8, padding: "sane")`),
			network(`stem Conv(8, padding: "same")`)},
		{WrongInput, "an input that a network cannot have",
			"A network's inputs stand before everything else: images of channels, height and width, or tensors of up " +
				"to six dimensions.",
			network("stem Conv(8)", "input other[3, 32, 32]", "wide = other -> Conv(8)", "return stem + wide"),
			network("input other[3, 32, 32]", "stem Conv(8)", "wide = other -> Conv(8)", "return stem + wide")},
		{TensorCount, "a wrong number of tensors",
			"A block takes one tensor for each of its inputs. Several are given as a list: [a, b] -> Block().",
			network("return [image, image] -> Conv(8)"),
			network("return [image, image] -> Concat")},
		{NoTensor, "no tensor to start from",
			"A chain of layers goes on from the line before; the first one needs the network's input.",
			file("network N {", "    stem Conv(8)", "}", "", "family N { A: }"),
			network("stem Conv(8)")},
		{NoOutput, "a network without an output",
			"A network's output is its last tensor, or what it returns: tensors, of which at least one is made by a " +
				"layer.",
			network("stem Conv(8)", "return 8"),
			network("stem Conv(8)", "return stem")},
		{UnsaidResult, "a body that does not say which tensor it gives",
			"A line NAME = VALUE names a tensor and does not make it the current one. A body that ends with such a " +
				"line may mean that tensor or\nthe one of the line before: \"return\" says which.",
			network("pool GlobalAvgPool -> Flatten", "logits = pool -> Linear(10)"),
			network("pool GlobalAvgPool -> Flatten", "logits = pool -> Linear(10)", "return logits")},
		{WrongResults, "outputs that cannot be told apart by their names",
			"A network may return several tensors, each of which is an output with a name: the tensor's, or one that " +
				"\"return\" gives it.\nNo two have one name, and none has that of another tensor. Blocks and " +
				"functions return one value, which may be a list.",
			network("pool GlobalAvgPool -> Flatten", "logits Linear(10)", "return logits, pool -> Linear(4)"),
			network("pool GlobalAvgPool -> Flatten", "logits Linear(10)", "return logits, boxes: pool -> Linear(4)")},
	}
}

func aboutLimits() []Explanation {
	return []Explanation{
		{RepeatCount, "a stage that cannot repeat as often",
			"A stage repeats 0 to 1000 times.",
			network("stem Conv(8) x 1000000000"),
			network("stem Conv(8) x 10")},
		{BlocksTooDeep, "blocks that stand too deep inside each other",
			"Blocks stand at most 64 deep inside each other. Let a block repeat another with \"x N\" rather than " +
				"contain a chain of ever deeper ones.", "", ""},
		{TooManySteps, "a network that takes too long to build",
			"Building one variant takes at most 1,000,000 steps of evaluation; the largest EfficientNet takes some " +
				"30,000. Functions that call others\ntwice, which call others twice, grow beyond every bound.",
			network("sums = [[i + j for i in range(1000)] for j in range(1000)]", "stem Conv(len(sums))"),
			network("sums = [[i + j for i in range(8)] for j in range(8)]", "stem Conv(len(sums))")},
		{TooManyNodes, "a network of too many operations",
			"A network has at most 20,000 operations. Here the block repeats one a thousand times, and the network " +
				"the block.",
			file("block Thousand()(x) {", "    act ReLU x 1000", "}", "", "network N {", "    input image[3, 32, 32]",
				"    stage Thousand x 21", "}", "", "family N { A: }"),
			file("block Thousand()(x) {", "    act ReLU x 1000", "}", "", "network N {", "    input image[3, 32, 32]",
				"    stage Thousand x 2", "}", "", "family N { A: }")},
		{CallsTooDeep, "functions that call each other too deep",
			"Functions and rules call each other at most 64 deep: f0 calls f1, which calls f2, and so on. Compute a " +
				"sequence with a list instead:\n[2 * n for i in range(70) from n = 1].", "", ""},
		{PathTooLong, "a layer whose name is too long",
			"A layer's name is the path of what it stands in, \"stage3.1.depthwise\", and has at most 512 " +
				"characters. Give the blocks around it\nshorter names.",
			nestedNames("a_name_that_says_very_much_of_what_the_layer_is_for_and_of_where_it_comes_from_" +
				"and_what_more_there_is_to_know"),
			nestedNames("layer")},
		{FamilyTooLarge, "variants that are too large together",
			"The variants of a file take at most 5,000,000 steps of evaluation to build, and have at most 250,000 " +
				"operations. Divide the family\namong several files.",
			file("block Thousand()(x) {", "    act ReLU x 1000", "}", "", "network N {", "    input image[3, 32, 32]",
				"    stage Thousand x 19", "}", "", "family N {", "    V0:", "    V1:", "    V2:", "    V3:", "    V4:",
				"    V5:", "    V6:", "    V7:", "    V8:", "    V9:", "    V10:", "    V11:", "    V12:", "    V13:",
				"}"),
			file("block Thousand()(x) {", "    act ReLU x 1000", "}", "", "network N {", "    input image[3, 32, 32]",
				"    stage Thousand x 19", "}", "", "family N {", "    A:", "    B:", "    C:", "}")},
		{TooManyParams, "a network of too many parameters",
			"A network has at most 2^30 parameters, which take 4 GiB.",
			network("wide Conv(1000000)", "more Conv(2000)"),
			network("wide Conv(1000)", "more Conv(2000)")},
	}
}

// nestedNames makes a network in which five blocks stand within each other, with a layer of the given name in each.
func nestedNames(name string) string {
	var lines []string
	for i := range 4 {
		lines = append(lines, fmt.Sprintf("block B%d()(x) {", i), fmt.Sprintf("    %s B%d", name, i+1), "}", "")
	}
	lines = append(lines, "block B4()(x) {", "    "+name+" ReLU", "}", "")
	return file(lines...) + network(name+" B0")
}

func aboutMappings() []Explanation {
	return []Explanation{
		{WrongMapping, "a mapping that cannot be read",
			"A mapping says, in lines such as \"stem.conv = features.0.0\", what another project calls the " +
				"parameters of a network. The line is no\nsuch rule, or its parts do not fit each other: what stands " +
				"in { } on the right must stand in { } on the left. Rules below \"with PART:\"\nare indented. " +
				"docs/weights.md describes them all, and \"netc weights --suggest\" proposes a mapping.",
			file("stem.conv = features.0.0", "stage{s}.{b} = blocks.{s-1}.{block}"),
			file("stem.conv = features.0.0", "stage{s}.{b} = blocks.{s-1}.{b}")},
	}
}

func aboutWarnings() []Explanation {
	return []Explanation{
		{UnusedBlock, "a block that nothing uses",
			"A file with a network declares a block that neither the network nor another block uses.",
			file("network N {", "    input image[3, 32, 32]", "    stem Conv(8)", "}", "",
				"block Twice(out: channels)(x) {", "    a Conv(out)", "    b Conv(out)", "}", "", "family N { A: }"),
			file("network N {", "    input image[3, 32, 32]", "    stem Twice(8)", "}", "",
				"block Twice(out: channels)(x) {", "    a Conv(out)", "    b Conv(out)", "}", "", "family N { A: }")},
		{UnusedSetting, "a setting that nothing reads",
			"A block, function, scaling or network has a setting that nothing in it reads. A block that is passed on " +
				"as a value may have\nsettings that it does not read: what takes it may give them.",
			file("block Twice(out: channels, kernel: int)(x) {", "    a Conv(out)", "    b Conv(out)", "}"),
			file("block Twice(out: channels, kernel: int)(x) {", "    a Conv(out, kernel)", "    b Conv(out, kernel)",
				"}")},
		{UnusedFunction, "a function that nothing calls",
			"A file with a network declares a function that nothing calls.",
			file("network N {", "    input image[3, 32, 32]", "    stem Conv(8)", "}", "",
				"function double(n: int) = 2 * n", "", "family N { A: }"),
			file("network N {", "    input image[3, 32, 32]", "    stem Conv(double(8))", "}", "",
				"function double(n: int) = 2 * n", "", "family N { A: }")},
		{IdleStride, "a stride that never applies",
			"In no variant does the stage with this stride make its image smaller: it is repeated no times, its " +
				"condition is false, or the image\nhas one pixel already.",
			network("pool GlobalAvgPool", "stem Conv(8, kernel: 3, stride: 2)"),
			network("stem Conv(8, kernel: 3, stride: 2)", "pool GlobalAvgPool")},
		{OddWidth, "a width that is not a multiple of 8",
			"Processors compute several channels at once, so other widths cost as much as the next multiple. Round " +
				"in the scaling's rule for\nchannels, or write \"fixed\" before a width that is meant.",
			network("stem Conv(20)"),
			network("stem Conv(fixed 20)")},
		{NoFamily, "a network without a family",
			"Networks are built and checked for the variants of a family. Without one, shapes are not checked.",
			file("network N {", "    input image[3, 32, 32]", "    stem Conv(8)", "}"),
			network("stem Conv(8)")},
		{UnusedValue, "a value that nothing uses",
			"Nothing reads what the line or the operation gives, in any variant. A tensor that reaches no output is " +
				"in no emitted file, and its\nparameters and operations are not counted.",
			network("stem Conv(8)", "wide = stem -> Conv(16)", "pool GlobalAvgPool"),
			network("stem Conv(8)", "wide = stem -> Conv(16)", "return wide -> GlobalAvgPool")},
		{IdleSetting, "a setting of a variant that changes nothing",
			"Variants give the setting, but in none of those does anything that the network is made of depend on it.",
			file(`import "std/scaling"`, "", "network N {", "    input image[3, 32, 32]", "    stem Conv(8)", "}", "",
				"family N by Multipliers { A: resolution = 64 }"),
			file(`import "std/scaling"`, "", "network N {", "    input image[3, resolution, resolution]",
				"    stem Conv(8)", "}", "", "family N by Multipliers { A: resolution = 64 }")},
		{ScaledSetting, "an int that is scaled as channels",
			"What stands for the channels of a layer is a figure of the baseline, which the scaling changes: also " +
				"the number of classes. \"fixed\"\nkeeps it. A setting of the network that is to be scaled has the " +
				"type channels.",
			file(`import "std/scaling"`, "", "network N(classes: int = 20) {", "    input image[3, 32, 32]",
				"    stem Conv(16)", "    last Conv(classes)", "}", "", "family N by Multipliers { A: width = 2 }"),
			file(`import "std/scaling"`, "", "network N(classes: int = 20) {", "    input image[3, 32, 32]",
				"    stem Conv(16)", "    last Conv(fixed classes)", "}", "",
				"family N by Multipliers { A: width = 2 }")},
		{UnsaidPadding, "a padding that should be said",
			"Without padding: there are dilation * (kernel - 1) div 2 zeros on every side. For windows of an even " +
				"size, and for strides above 2, other\nframeworks and papers differ: PyTorch adds none unless told " +
				"to. Say which is meant.",
			network("stem Conv(8, kernel: 4, stride: 4)"),
			network("stem Conv(8, kernel: 4, stride: 4, padding: \"valid\")")},
		{IdleLine, "a line that is never evaluated",
			"The line stands behind a return, or no variant has its stage: it is repeated no times, or its condition " +
				"is false in all of them.",
			network("stem Conv(8)", "last Conv(16) x 0"),
			network("stem Conv(8)", "last Conv(16) x 1")},
		{ChannelsLast, "an image with its channels last",
			"An input has the channels first: input image[3, 224, 224]. The file's is as wide as images have channels.",
			file("network N {", "    input image[224, 224, 3]", "    stem Conv(8)", "}", "", "family N { A: }"),
			file("network N {", "    input image[3, 224, 224]", "    stem Conv(8)", "}", "", "family N { A: }")},
		{LargeSpace, "a space that no search sees much of",
			"What the file leaves free has 10^12 combinations or more. Evolution finds its way in such a " +
				"space where neighbours are alike; a grid\n" +
				"cannot be made of it, and of most values it will not be known whether they matter.",
			network("stem Conv(8 in [8 to 8000 step 8])", "a Conv(8 in [8 to 8000 step 8])",
				"b Conv(8 in [8 to 8000 step 8])", "c Conv(8 in [8 to 8000 step 8])"),
			network("stem Conv(8 in [8 to 64 step 8])", "a Conv(8 in [8 to 64 step 8])",
				"b Conv(8 in [8 to 64 step 8])", "c Conv(8 in [8 to 64 step 8])")},
	}
}
