package diag

import "strings"

// Code names a kind of mistake. It is printed with every diagnostic, explained by "netc explain" and stable: it never
// gets another meaning, and the code of a mistake that can no longer be made is not given to another.
//
// N0 is about files and characters, N1 about the form of the text, N2 about names and settings, N3 about values, N4
// about tensors and their shapes, N5 about limits, N6 about mappings; W0 are warnings.
type Code string

// IsWarning reports whether the code is that of a warning.
func (c Code) IsWarning() bool { return strings.HasPrefix(string(c), "W") }

// IsMapping reports whether the code is about mappings.
func (c Code) IsMapping() bool { return strings.HasPrefix(string(c), "N6") }

// Files and characters.
const (
	CannotRead       Code = "N001"
	NotText          Code = "N002"
	FileTooLarge     Code = "N003"
	TooManyFiles     Code = "N004"
	DeclaresNothing  Code = "N005"
	UnknownCharacter Code = "N006"
	UnclosedText     Code = "N007"
	BadNumber        Code = "N008"
	NameTooLong      Code = "N009"
	ProgramTooLarge  Code = "N010"
)

// The form of the text.
const (
	Unexpected       Code = "N101"
	OpenBracket      Code = "N102"
	NoDeclaration    Code = "N103"
	NoStatement      Code = "N104"
	NotCallable      Code = "N105"
	MisplacedLine    Code = "N106"
	NestedTooDeep    Code = "N107"
	StatementTooLong Code = "N108"
	OwnPrimitive     Code = "N109"
)

// Names and settings.
const (
	UnknownName     Code = "N201"
	DeclaredTwice   Code = "N202"
	UnknownType     Code = "N203"
	UnknownSetting  Code = "N204"
	MissingSetting  Code = "N205"
	TooManyValues   Code = "N206"
	ValueAfterNamed Code = "N207"
	GivenTwice      Code = "N208"
	ContainsItself  Code = "N209"
	UnknownNetwork  Code = "N210"
	UnknownScaling  Code = "N211"
	UnknownRule     Code = "N212"
	UnknownVariant  Code = "N213"
	UnboundLayer    Code = "N214"
	MissingValue    Code = "N215"
	NotGiven        Code = "N216"
	NoEffect        Code = "N217"
)

// Values.
const (
	WrongType        Code = "N301"
	WrongOperands    Code = "N302"
	WrongCondition   Code = "N303"
	NotAList         Code = "N304"
	NoSuchItem       Code = "N305"
	NoElse           Code = "N306"
	NoSuchField      Code = "N307"
	DivisionByZero   Code = "N308"
	TooLarge         Code = "N309"
	NoResult         Code = "N310"
	NeedsArguments   Code = "N311"
	NotALayer        Code = "N312"
	NoReturn         Code = "N313"
	NotFulfilled     Code = "N314"
	NothingToFix     Code = "N315"
	ArgumentCount    Code = "N316"
	EmptyList        Code = "N317"
	WrongRequirement Code = "N318"
	WrongShare       Code = "N319"
	EmptySet         Code = "N320"
	NotInSet         Code = "N321"
	MisplacedChoice  Code = "N322"
	WrongSteps       Code = "N323"
	NothingSatisfies Code = "N324"
)

// Tensors and their shapes.
const (
	WrongShape     Code = "N401"
	ShapesDiffer   Code = "N402"
	NothingLeft    Code = "N403"
	WrongFigure    Code = "N404"
	TensorTooLarge Code = "N405"
	UnknownPadding Code = "N406"
	WrongInput     Code = "N407"
	TensorCount    Code = "N408"
	NoTensor       Code = "N409"
	NoOutput       Code = "N410"
	UnsaidResult   Code = "N411"
	WrongResults   Code = "N412"
)

// Limits of what is built.
const (
	RepeatCount    Code = "N501"
	BlocksTooDeep  Code = "N502"
	TooManySteps   Code = "N503"
	TooManyNodes   Code = "N504"
	CallsTooDeep   Code = "N505"
	PathTooLong    Code = "N506"
	FamilyTooLarge Code = "N507"
	TooManyParams  Code = "N508"
)

// Mappings of other projects' names.
const (
	WrongMapping Code = "N601"
)

// Warnings: the input is valid, but something is probably not meant.
const (
	UnusedBlock    Code = "W001"
	UnusedSetting  Code = "W002"
	UnusedFunction Code = "W003"
	IdleStride     Code = "W004"
	OddWidth       Code = "W005"
	NoFamily       Code = "W006"
	UnusedValue    Code = "W007"
	IdleSetting    Code = "W008"
	ScaledSetting  Code = "W009"
	UnsaidPadding  Code = "W010"
	IdleLine       Code = "W011"
	ChannelsLast   Code = "W012"
	LargeSpace     Code = "W013"
)
