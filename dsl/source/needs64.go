//go:build 386 || arm || mips || mipsle

package source

// Sizes, offsets and products of dimensions are ints throughout netc and need 64 bits: with 32, figures would be wrong
// without a word. The packages that netc generates run on 32-bit platforms too; it is only netc itself that does not.
//
// This line, which does not compile, says so before anything else fails.
var _ = netc_itself_needs_a_64_bit_platform__the_packages_that_it_generates_do_not
