package espconn

import (
	"slices"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// trim is the SDK's trimming of closing connections before a disconnect or reconnect callback: when five are closing or
// five are in TIME_WAIT, the longest unused of each kind is removed without a packet (espconn.md 4.8).
func (a *API) trim() {
	stack := a.env.Stack()
	limit := stack.Profile().MaxConnections
	kinds := [][]netstack.State{
		{netstack.StateTimeWait},
		{netstack.StateFinWait1, netstack.StateFinWait2},
		{netstack.StateLastAck},
	}
	oldest := make([]*netstack.TCB, len(kinds))
	counts := make([]int, len(kinds))
	for _, t := range stack.TCBs() { // the last used come first
		for i, states := range kinds {
			if slices.Contains(states, t.State()) {
				counts[i]++
				if oldest[i] == nil || t.Idle() >= oldest[i].Idle() {
					oldest[i] = t
				}
			}
		}
	}
	if limit <= 0 || counts[0] < limit && counts[1]+counts[2] < limit {
		return
	}
	for _, t := range oldest {
		if t != nil {
			why := boundedtls.Cause{ID: CauseTrimmed, Object: t.State().String(), Limit: limit, Took: t.Idle()}
			a.env.Observe(Event{Kind: EventCause, Remote: t.Remote(), Cause: &why})
			t.Remove()
		}
	}
}
