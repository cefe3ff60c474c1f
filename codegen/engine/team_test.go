package engine

import "testing"

// TestBegin: whatever shares held before a session, none of them seems to be of a phase that is to come.
func TestBegin(t *testing.T) {
	team := newTeam(func(int, uint64) {})
	team.join = func() {}
	team.fit(3)
	team.phase = 41
	for i := range team.shares {
		team.shares[i].taken.Store(43<<32 | 5)
	}
	team.begin(2)
	for i := range team.shares {
		if taken := team.shares[i].taken.Load(); taken != 41<<32 {
			t.Errorf("share %d is %d of the phase %d", i, uint32(taken), taken>>32)
		}
	}
	if call := team.call.Load(); call != 42<<32|wait || team.size != 3 || team.seats.Load() != 2<<32 {
		t.Errorf("call %x, %d workers, seats %x", call, team.size, team.seats.Load())
	}
}
