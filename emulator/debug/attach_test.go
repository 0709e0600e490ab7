package debug_test

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-dap"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/debug"
)

// busy computes, waits and asks for restarts.
const busy = "busy.c"

// printing collects what a device prints, for those who wait for a text.
type printing struct {
	mu   sync.Mutex
	cond *sync.Cond
	text string
}

func (p *printing) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text += string(b)
	p.cond.Broadcast()
	return len(b), nil
}

// await waits until a text was printed n times.
func (p *printing) await(t *testing.T, text string, n int) {
	t.Helper()
	late := time.AfterFunc(2*time.Minute, func() {
		p.mu.Lock()
		n = 0
		p.cond.Broadcast()
		p.mu.Unlock()
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	for strings.Count(p.text, text) < n {
		p.cond.Wait()
	}
	if !late.Stop() {
		t.Fatalf("the device does not print %q", text)
	}
}

// A program that runs before there is a client: one attaches, stops it, and leaves it stopped; it goes on, without its break points; the
// next attaches to the same program; one that launches has another; at last one ends it.
func TestAttach(t *testing.T) {
	out := &printing{}
	out.cond = sync.NewCond(&out.mu)
	opened := 0
	target := playing(compile(t, busy))
	target.Speed = 5
	server := debug.NewServer(debug.Options{Output: out, Open: func([]byte) (*debug.Target, error) {
		opened++
		return target, nil
	}})
	require.NoError(t, server.Run(t.Context(), nil))
	out.await(t, "spun", 1)
	connect := func() (e *editor, gone <-chan error) {
		here, there := net.Pipe()
		e = connected(t, here)
		err := make(chan error, 1)
		go func() {
			err <- server.Serve(t.Context(), there, there)
			_ = there.Close()
		}()
		e.must("initialize", object{"adapterID": "emu8266"}, nil)
		return e, err
	}
	initialized := func(m dap.Message) bool { _, ok := m.(*dap.InitializedEvent); return ok }

	e, gone := connect()
	e.must("attach", object{}, nil)
	e.await("initialized", initialized)
	e.breakAt(busy, "timer: print")
	s := e.run()
	assert.Equal(t, "breakpoint", s.Reason)
	assert.NotEqual(t, "0", e.eval("spins", 0))
	assert.Error(t, e.ask("attach", object{}, nil), "once")
	require.NoError(t, e.ask("disconnect", nil, nil))
	require.NoError(t, <-gone)
	assert.Equal(t, 1, opened)
	out.await(t, "boot 1", 1) // it has gone on, past its break point and through a restart

	e, gone = connect()
	e.must("attach", object{"stopOnEntry": true}, nil)
	e.await("initialized", initialized)
	assert.Equal(t, "pause", e.run().Reason)
	assert.NotEqual(t, "0", e.eval("boots", 0))
	_ = e.conn.Close() // without a word
	<-gone
	out.await(t, "boot 2", 1)
	assert.Equal(t, 1, opened)

	e, gone = connect()
	e.must("launch", object{}, nil)
	e.await("initialized", initialized)
	e.breakAt(busy, "init: boot")
	e.run()
	assert.Equal(t, "0", e.eval("boots", 0), "another program")
	assert.Equal(t, 2, opened)
	require.NoError(t, e.ask("disconnect", nil, nil))
	require.NoError(t, <-gone)

	e, gone = connect()
	e.must("attach", object{}, nil) // nothing runs: it is launched
	e.await("initialized", initialized)
	assert.Equal(t, 3, opened)
	e.breakAt(busy, "init: boot")
	e.run()
	require.NoError(t, e.ask("disconnect", object{"terminateDebuggee": true}, nil))
	require.NoError(t, <-gone)
	require.NoError(t, server.Close())
}
