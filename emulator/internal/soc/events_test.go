package soc

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/flash"
)

// Kinds, states and roles of the other packages have the same words in the trace.
func TestEventsHaveTheSameWords(t *testing.T) {
	for s := espconn.StateNone; s <= espconn.StateClose; s++ {
		assert.Equal(t, "ESPCONN_"+s.String(), apiEvent(&espconn.Event{Kind: espconn.EventState, State: s}).State.String())
	}
	for k := espconn.Connect; k <= espconn.DNSFound; k++ {
		assert.Equal(t, k.String(), apiEvent(&espconn.Event{Kind: espconn.EventCallback, Callback: k}).Kind.String())
	}
	for _, op := range []flash.Op{flash.OpWrite, flash.OpErase, flash.OpPowerCut} {
		assert.Equal(t, op.String(), flashEvent(&flash.Event{Op: op}).Kind.String())
	}
	for _, r := range []boundedtls.Role{boundedtls.Client, boundedtls.Server} {
		e := espconn.Event{Kind: espconn.EventTLS, TLS: boundedtls.Event{Role: r}}
		assert.Equal(t, r.String(), apiEvent(&e).Role.String())
	}
	for k := boundedtls.EventState; k <= boundedtls.EventVerify; k++ {
		assert.NotZero(t, tlsKinds[k])
	}
	assert.Len(t, tlsKinds, int(boundedtls.EventVerify)+1)
}

// Without anybody who looks, events of the loudest sources cost nothing.
func TestTraceOffCostsNothing(t *testing.T) {
	m := &System{d: &Device{trace: trace.New(-1, time.Now())}, heap: newHeap(1024, heapHeader)}
	e := espconn.Event{Kind: espconn.EventTLS, TLS: boundedtls.Event{Kind: boundedtls.EventRecord}}
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		m.heapEvent(HeapAlloc, 0, block{})
		m.Observe(e)
	}))
}
