package compiler

// Version is that of netc, as the files that it writes name it.
const Version = "0.1.0"
