package evaluator

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestJobEnded holds what Kubernetes says of a Job, asked again and again, to when it has ended and how: counts that
// are not there yet, or 0, say nothing.
func TestJobEnded(t *testing.T) {
	t.Parallel()
	for i, c := range []struct {
		answers []string // succeeded/failed
		want    string   // of the error, "" is success
	}{
		{[]string{"1/"}, ""}, {[]string{"/1"}, "the Job has failed"}, {[]string{"0/2"}, "the Job has failed"},
		{[]string{"1/0"}, ""}, {[]string{"/", "1/"}, ""}, {[]string{"0/0", "/1"}, "the Job has failed"},
		{[]string{"/0", "3/"}, ""}, {[]string{"exit"}, "kubectl get: exit status 4"},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			asked := filepath.Join(t.TempDir(), "asked") // a byte for each time
			script := `printf x >> "$0"; case $(wc -c < "$0") in `
			for n, a := range c.answers {
				script += fmt.Sprintf("%d) echo %s;; ", n+1, a)
			}
			script = strings.Replace(script, "echo exit", "exit 4", 1) + "*) exit 9;; esac"
			err := jobEnded(t.Context(), []string{"sh", "-c", script, asked})
			if fmt.Sprint(err) != c.want && (err != nil || c.want != "") {
				t.Errorf("%v: %v, want %q", c.answers, err, c.want)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := jobEnded(ctx, []string{"echo", "/"}); err == nil {
		t.Error("it goes on after the end of the search")
	}
	ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := jobEnded(ctx, []string{"echo", "/"}); err == nil {
		t.Error("a Job that is waited for when the search ends has succeeded")
	}
}
