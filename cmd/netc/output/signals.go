package output

import (
	"os"
	"os/signal"
)

// heedSignals has the run take its temporary files away before a signal ends the process. Signals that the process was
// told to ignore, as nohup does, stay ignored.
func (r *Run) heedSignals() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.caught != nil {
		return
	}
	caught := make(chan os.Signal, 1)
	for _, s := range endings {
		if !signal.Ignored(s) {
			signal.Notify(caught, s)
		}
	}
	r.caught = caught
	go func() {
		sig, ok := <-caught
		if !ok {
			return
		}
		r.mutex.Lock() // for good: nothing is made or renamed any more
		r.abandonLocked()
		signal.Reset(sig)
		die(sig)
	}()
}

func (r *Run) ignoreSignals() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.caught != nil {
		signal.Stop(r.caught)
		close(r.caught)
		r.caught = nil
	}
}
