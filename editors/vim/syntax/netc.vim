" Vim syntax of netc architecture files; the language is defined in dsl/SPEC.md.
if exists("b:current_syntax")
  finish
endif

syntax keyword netcDeclaration import primitive block function network scaling family
syntax keyword netcStatement use input return require within by of from to step
syntax keyword netcConditional if else
syntax keyword netcRepeat for in x
syntax keyword netcOperator and or not div mod fixed
syntax keyword netcBoolean true false
syntax keyword netcType int float bool string channels stride first growing pair padding layer
syntax keyword netcFunction abs ceil exp floor len log max min range reverse round shared sqrt sum
syntax match netcOperator "->"
syntax match netcLayer "\<[A-Z][A-Za-z0-9_]*\>"
syntax match netcNumber "\<\d\+\(\.\d\+\)\?\([eE][-+]\?\d\+\)\?\>"
syntax region netcString start=+"+ end=+"+ oneline
syntax match netcComment "//.*$"

highlight default link netcDeclaration Structure
highlight default link netcStatement Statement
highlight default link netcConditional Conditional
highlight default link netcRepeat Repeat
highlight default link netcOperator Operator
highlight default link netcBoolean Boolean
highlight default link netcType Type
highlight default link netcFunction Function
highlight default link netcLayer Identifier
highlight default link netcNumber Number
highlight default link netcString String
highlight default link netcComment Comment

let b:current_syntax = "netc"
