package checkpoint

import (
	"bytes"
	"strings"
)

// mistaken says what lies in a checkpoint's place, where its first bytes tell: what hubs and servers give to those who
// download a checkpoint in the wrong way, under the checkpoint's name. "" is anything else.
func mistaken(head []byte) string {
	text := strings.ToLower(strings.TrimSpace(string(head)))
	switch {
	case strings.HasPrefix(text, "version https://git-lfs"):
		return "it is a pointer of Git LFS, not the checkpoint: git lfs pull fetches that"
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"):
		return "it is a web page, not a checkpoint: look at what the address answers, and download it again"
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return "it is compressed by gzip: decompress it with gunzip"
	}
	return ""
}
