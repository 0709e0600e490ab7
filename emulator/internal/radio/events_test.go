package radio

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/netstack"
)

// Kinds and states of the network stack have the same words in the trace.
func TestNetEventsHaveTheSameWords(t *testing.T) {
	for s := netstack.StateClosed; s <= netstack.StateTimeWait; s++ {
		assert.Equal(t, s.String(), netEvent(&netstack.Event{Kind: netstack.EventState, Old: s}).Old.String())
	}
	for k := netstack.EventState; k <= netstack.EventLost; k++ {
		assert.Equal(t, k.String(), netEvent(&netstack.Event{Kind: k}).Kind.String())
	}
	assert.Len(t, netKinds, int(netstack.EventLost)+1)
}
