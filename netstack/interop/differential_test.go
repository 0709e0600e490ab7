package interop

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/vnet"
)

// actor is one end of a connection that writes down what its calls gave. Both ends of a script work in turn unless the script says
// otherwise.
type actor struct {
	conn
	name string
	mu   sync.Mutex
	log  []string
}

func (a *actor) note(err error, format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.log = append(a.log, a.name+" "+fmt.Sprintf(format, args...)+": "+class(err))
}

// class puts an error in the words of all stacks.
func class(err error) string {
	if err == nil {
		return "done"
	}
	for _, c := range []struct{ class, words string }{
		{"end", "EOF"}, {"reset", "reset"}, {"refused", "refused"}, {"broken pipe", "broken pipe"}, {"broken pipe", "closed for send"},
		{"closed", "closed"}, {"closed", "invalid endpoint state"}, {"timeout", "timed out"}, {"timeout", "deadline exceeded"},
		{"timeout", "i/o timeout"},
		{"aborted", "aborted"}, {"not connected", "not connected"},
	} {
		if errors.Is(err, io.EOF) && c.class == "end" || strings.Contains(err.Error(), c.words) {
			return c.class
		}
	}
	return err.Error()
}

func digest(b []byte) string { return fmt.Sprintf("%d bytes %.4x", len(b), sha256.Sum256(b)) }

func (a *actor) send(n int) {
	_, err := a.Write(ramp(n))
	a.note(err, "writes %d", n)
}

// get reads n bytes; with an error, how many came before it is not written down: that depends on when it was noticed.
func (a *actor) get(n int) {
	b := make([]byte, n)
	k, err := io.ReadFull(a, b)
	if err != nil {
		a.note(err, "reads %d", n)
		return
	}
	a.note(nil, "reads %s", digest(b[:k]))
}

// rest reads to the end.
func (a *actor) rest() {
	b, err := io.ReadAll(a)
	if err == nil {
		err = io.EOF
	}
	a.note(err, "reads the rest, %s", digest(b))
}

// fails reads until an error comes and writes that down.
func (a *actor) fails() {
	_, err := io.Copy(io.Discard, a)
	a.note(err, "reads until an error")
}

func (a *actor) shut() { a.note(a.CloseWrite(), "closes its half") }
func (a *actor) close() {
	a.note(a.Close(), "closes")
}

// settle lets what is on the way arrive: longer than the links' latency, shorter than any timer of a stack that would matter.
func settle() { time.Sleep(300 * time.Millisecond) }

// both runs two actions side by side.
func both(f, g func()) {
	var w sync.WaitGroup
	w.Go(f)
	w.Go(g)
	w.Wait()
}

// scripts are what applications do with a connection; a has opened it.
var scripts = []struct {
	name string
	loss bool
	play func(a, b *actor)
}{
	{name: "bulk", play: func(a, b *actor) {
		both(func() { a.send(1_000_000) }, func() { b.get(1_000_000) })
		both(func() { b.send(1_000_000) }, func() { a.get(1_000_000) })
		a.shut()
		b.rest()
		b.shut()
		a.rest()
		a.close()
		b.close()
	}},
	{name: "bulk both ways", play: func(a, b *actor) {
		both(func() { a.send(500_000); a.shut() }, func() { b.send(500_000); b.shut() })
		both(a.rest, b.rest)
	}},
	{name: "small writes", play: func(a, b *actor) {
		for i := range 100 {
			n := 1 + i*13%70
			a.send(n)
			b.get(n)
			b.send(2 * n)
			a.get(2 * n)
		}
		b.shut()
		a.rest()
		a.close()
	}},
	{name: "half close", play: func(a, b *actor) {
		a.send(100)
		a.shut()
		b.rest()
		both(func() { b.send(300_000); b.shut() }, a.rest)
		a.send(1)
		b.close()
		a.close()
	}},
	{name: "half close by the other", play: func(a, b *actor) {
		b.send(100)
		b.shut()
		a.rest()
		both(func() { a.send(300_000); a.shut() }, b.rest)
	}},
	{name: "both close at once", play: func(a, b *actor) {
		a.send(10)
		b.get(10)
		both(a.shut, b.shut)
		both(a.rest, b.rest)
		both(a.close, b.close)
	}},
	{name: "reset", play: func(a, b *actor) {
		a.send(1000)
		b.get(1000)
		b.reset()
		a.fails()
		a.send(1)
		a.close()
	}},
	{name: "reset with data on the way", play: func(a, b *actor) {
		a.send(200_000)
		b.get(1000)
		b.reset()
		a.fails()
	}},
	{name: "reset after half close", play: func(a, b *actor) {
		a.shut()
		b.rest()
		b.send(1000)
		a.get(1000)
		a.reset()
		settle() // b has read the end already: without this its write races with the reset
		b.fails()
		b.send(1)
	}},
	{name: "close with unread data", play: func(a, b *actor) {
		a.send(1000)
		settle()
		b.close()
		a.fails()
	}},
	{name: "data after close", play: func(a, b *actor) {
		b.close()
		a.rest()
		a.send(1000)
		settle()
		a.send(1000)
		a.fails()
	}},
	{name: "use after close", play: func(a, b *actor) {
		a.close()
		a.send(1)
		a.get(1)
		b.rest()
		b.close()
	}},
	{name: "write after half close", play: func(a, b *actor) {
		a.shut()
		a.send(1)
		b.rest()
		b.shut()
		a.rest()
	}},
	{name: "zero window", play: func(a, b *actor) {
		both(func() { a.send(6_000_000) }, func() { time.Sleep(stall); b.get(6_000_000) })
		both(func() { b.send(6_000_000) }, func() { time.Sleep(stall); a.get(6_000_000) })
		a.shut()
		b.rest()
	}},
	{name: "closes while the window is shut", play: func(a, b *actor) {
		done := make(chan struct{})
		go func() { a.send(6_000_000); a.close(); close(done) }()
		time.Sleep(stall)
		b.rest()
		<-done
	}},
	{name: "loss", loss: true, play: func(a, b *actor) {
		both(func() { a.send(100_000) }, func() { b.get(100_000) })
		both(func() { b.send(100_000); b.shut() }, a.rest)
		a.send(5)
		a.shut()
		b.rest()
	}},
}

// pairs are the stacks at both ends; the first is what the others are compared with.
var pairs = []struct{ client, server string }{{"gvisor", "gvisor"}, {"host", "gvisor"}, {"gvisor", "host"}, {"host", "host"}}

// differences are the lines in which a pair may differ from gVisor with itself, and why. A line that does not differ any more fails the
// test.
var differences = map[string]string{
	"reset, host to gvisor: client writes 1: reset; gVisor: broken pipe":            resetStays,
	"reset, host to host: client writes 1: reset; gVisor: broken pipe":              resetStays,
	"use after close, host to gvisor: client writes 1: closed; gVisor: broken pipe": errClosed,
	"use after close, host to host: client writes 1: closed; gVisor: broken pipe":   errClosed,
	"use after close, host to gvisor: client reads 1: closed; gVisor: end":          errClosed,
	"use after close, host to host: client reads 1: closed; gVisor: end":            errClosed,
}

const (
	resetStays = "after an RST every call of a Host's connection says so; gVisor and Linux tell the first call only, " +
		"and which call of an instant is the first must not matter"
	errClosed = "a Host's connection gives net.ErrClosed after Close, as package net does"
)

// outcome plays a script between two stacks and returns what both ends wrote down, each end's lines together.
func outcome(t *testing.T, client, server string, loss bool, play func(a, b *actor)) []string {
	faults := vnet.Faults{Latency: 100 * time.Microsecond, Bandwidth: -1}
	if loss {
		faults = lossy
	}
	n := vnet.New(vnet.Options{Seed: 1, Subnet: subnet, Faults: faults})
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	stack := func(kind string, addr netip.Addr) party {
		if kind == "gvisor" {
			return attachGvisor(t, n, addr)
		}
		return hostParty{n.Host("host "+addr.String(), addr)}
	}
	from, to := stack(client, aAddr), stack(server, bAddr)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	l := to.listen(t, 80)
	accepted := make(chan conn, 1)
	go func() {
		c, err := l.accept()
		assert.NoError(t, err)
		accepted <- c
	}()
	c, err := from.dial(ctx, netip.AddrPortFrom(bAddr, 80))
	require.NoError(t, err)
	a, b := &actor{conn: c, name: "client"}, &actor{conn: <-accepted, name: "server"}
	for _, e := range []*actor{a, b} {
		require.NoError(t, e.SetDeadline(time.Now().Add(patience)))
	}
	play(a, b)
	defer a.Close()
	defer b.Close()
	_, err = from.dial(ctx, netip.AddrPortFrom(bAddr, 81))
	return append(slices.Concat(a.log, b.log), "another port: "+class(err))
}

// TestDifferential has the same applications talk over gVisor's stack at both ends, over ours and gVisor's, and over ours alone. What they
// got and how their connections ended is the same in all, but for the differences.
func TestDifferential(t *testing.T) {
	var mu sync.Mutex
	seen := make(map[string]bool)
	t.Run("scripts", func(t *testing.T) {
		for _, s := range scripts {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				var want []string
				for _, p := range pairs {
					got := outcome(t, p.client, p.server, s.loss, s.play)
					if want == nil {
						want = got
						t.Log("\n" + strings.Join(got, "\n"))
						continue
					}
					if !assert.Len(t, got, len(want), "%s to %s: %q, not %q", p.client, p.server, got, want) {
						continue
					}
					for i := range got {
						if got[i] == want[i] {
							continue
						}
						key := fmt.Sprintf("%s, %s to %s: %s; gVisor: %s", s.name, p.client, p.server, got[i], class2(want[i]))
						mu.Lock()
						seen[key] = true
						mu.Unlock()
						assert.Contains(t, differences, key)
					}
				}
			})
		}
	})
	for key, why := range differences {
		assert.True(t, seen[key], "not a difference any more: %s", key)
		t.Logf("%s (%s)", key, why)
	}
}

// class2 is the part of a line behind its last colon: what the call gave.
func class2(line string) string { return line[strings.LastIndex(line, ": ")+2:] }
