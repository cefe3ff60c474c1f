module github.com/netc-lang/netc

go 1.26
