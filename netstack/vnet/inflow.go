package vnet

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// inflow is what the real side of a relayed connection sends, on its way to the device: bytes, then the close or the reset.
// Whoever has its lock may carry it on: its own goroutine, or that of the listener, which has to know that all that has come
// is given to the device. That needs reads that do not wait, where the system has them (readNow).
type inflow struct {
	net    *Network
	real   net.Conn
	raw    syscall.RawConn // nil: reads wait
	number uint64          // of its client, in the order in which they came
	closed atomic.Bool     // by relayUp, after the device's FIN

	mu    sync.Mutex
	ready sync.Cond // device is set, or the connection is over
	// Guarded by mu.
	device *Conn  // nil: its handshake is not done
	early  []byte // came before that
	end    error  // likewise; io.EOF is the close
	over   bool   // the end was passed on
	shut   bool   // likewise, and it was a close: a reset may follow
	buf    []byte
}

func newInflow(n *Network, real net.Conn) *inflow {
	in := &inflow{net: n, real: real, buf: make([]byte, relayChunk)}
	in.ready.L = &in.mu
	if s, ok := real.(syscall.Conn); ok && canReadNow {
		in.raw, _ = s.SyscallConn()
	}
	return in
}

// run copies to the device, no further ahead than relayAhead, until the end.
func (in *inflow) run(c *Conn) {
	in.mu.Lock()
	in.device = c
	in.give(in.early, in.end)
	in.early = nil
	in.ready.Broadcast()
	in.mu.Unlock()
	defer in.refused()
	for c.awaitRoom(relayAhead) {
		if in.raw == nil {
			n, err := in.real.Read(in.buf)
			in.mu.Lock()
			in.give(in.buf[:n], err)
			in.mu.Unlock()
		} else if err := in.raw.Read(func(fd uintptr) bool { return in.take(fd) }); err != nil {
			in.mu.Lock()
			in.give(nil, err)
			in.mu.Unlock()
		}
		if in.isOver() {
			return
		}
	}
}

func (in *inflow) isOver() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.over
}

// refused ends the inflow without passing anything on.
func (in *inflow) refused() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.over = true
	in.ready.Broadcast()
}

// settle gives what has come until now to the device. It waits for the device's handshake if there is something to give, but
// not for a device that does not take what was given before.
func (in *inflow) settle() {
	if in.raw == nil {
		return
	}
	_ = in.raw.Control(func(fd uintptr) { in.take(fd) }) // fails only for a connection that is over
	in.mu.Lock()
	defer in.mu.Unlock()
	for in.device == nil && !in.over && (len(in.early) > 0 || in.end != nil) {
		in.ready.Wait()
	}
}

// take reads what is there without waiting, and tells whether there was anything.
func (in *inflow) take(fd uintptr) (some bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for !in.over && in.end == nil && in.room() {
		n, err := readNow(fd, in.buf)
		if n <= 0 && err == errWouldWait {
			return some
		}
		some = true
		if n == 0 && err == nil {
			err = io.EOF
		}
		in.give(in.buf[:max(n, 0)], err)
	}
	in.afterClose(fd)
	return true
}

// afterClose passes on the reset of a peer that had closed before: one that is gone when the device's answer comes, for instance. It
// tells whether there is nothing more to come. The caller holds the lock.
func (in *inflow) afterClose(fd uintptr) bool {
	if in.shut && resetNow(fd) {
		in.shut = false
		resetConn(in.device)
	}
	return !in.shut
}

// watchReset waits for a reset behind the close until stop is called.
func (in *inflow) watchReset() (stop func()) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.raw == nil || !in.shut {
		return func() {}
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = in.raw.Read(func(fd uintptr) bool { // fails when it is stopped
			in.mu.Lock()
			defer in.mu.Unlock()
			return in.afterClose(fd)
		})
	}()
	return func() {
		in.mu.Lock()
		in.shut = false
		in.mu.Unlock()
		_ = in.real.SetReadDeadline(time.Unix(1, 0)) // the read ends
		<-ended
	}
}

// room tells whether the device's side takes more.
func (in *inflow) room() bool {
	if in.device == nil {
		return len(in.early) < relayAhead
	}
	in.net.enter()
	defer in.net.mu.Unlock()
	return in.device.unacked < relayAhead
}

// give passes data and the end on, or keeps them until the device's side is open. The caller holds the lock.
func (in *inflow) give(data []byte, end error) {
	if in.device == nil {
		in.early = append(in.early, data...)
		in.end = end
		return
	}
	if len(data) > 0 {
		if _, err := in.device.Write(data); err != nil {
			in.over = true
			return
		}
	}
	switch {
	case end == nil:
		return
	case end == io.EOF || in.closed.Load():
		_ = in.device.CloseWrite()
		in.shut = !in.closed.Load()
	default:
		resetConn(in.device)
	}
	in.over = true
}
