" Architecture files of netc.
autocmd BufRead,BufNewFile *.net setfiletype netc
