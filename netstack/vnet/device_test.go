package vnet

import (
	"bytes"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/emu8266/emu8266/netstack"
)

// station is a device as the emulator drives one: a stack with the device's profile on a port of the network, in one goroutine.

type device struct {
	stack *netstack.Stack
	ifc   *netstack.Interface
	port  *Port
	calls chan func()
	done  chan struct{}

	mu     sync.Mutex
	ring   [][]byte
	asleep bool // the goroutine waits and nothing is in the ring
}

// devicesHearAll switches the filter for meaningless broadcasts off.
var devicesHearAll bool

func newDevice(t *testing.T, n *Network, number byte, profile netstack.Profile) *device {
	t.Helper()
	return startDevice(t, n, "device", netstack.MAC{2, 0, 10, 0, 0, number}, profile)
}

// newDeviceAt makes a device with a fixed address.
func newDeviceAt(t *testing.T, n *Network, addr netip.Addr) *device {
	t.Helper()
	s := startDevice(t, n, "device "+addr.String(), MACFor(addr), netstack.DeviceProfile())
	s.up(addr.String())
	return s
}

func startDevice(t *testing.T, n *Network, name string, mac netstack.MAC, profile netstack.Profile) *device {
	t.Helper()
	return startDeviceWith(t, n, name, mac, netstack.Config{Profile: profile})
}

func startDeviceWith(t *testing.T, n *Network, name string, mac netstack.MAC, config netstack.Config) *device {
	t.Helper()
	s := &device{calls: make(chan func()), done: make(chan struct{})}
	wake := make(chan struct{}, 1)
	s.port = n.Attach(name, func(frame []byte) {
		s.mu.Lock()
		s.ring = append(s.ring, bytes.Clone(frame))
		s.asleep = false
		s.port.Asleep(false)
		s.mu.Unlock()
	}, func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	s.stack = netstack.NewStack(config)
	s.stack.Advance(time.Now())
	s.ifc = s.stack.AddInterface("st0", mac, s.port.Send)
	s.port.Ignore(func(frame []byte) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return !devicesHearAll && s.asleep && s.ifc.Ignores(frame)
	})
	quit := make(chan struct{})
	rest := func(asleep bool) {
		if asleep && !devicesHearAll {
			s.port.Heed(s.ifc.Concerns())
		}
		s.mu.Lock()
		s.asleep = asleep && len(s.ring) == 0
		s.port.Asleep(s.asleep && !devicesHearAll)
		s.mu.Unlock()
	}
	go func() {
		defer close(s.done)
		for {
			rest(true)
			select {
			case <-quit:
				return
			case f := <-s.calls:
				rest(false)
				s.stack.Advance(time.Now())
				f()
			case <-wake:
				s.mu.Lock()
				frames := s.ring
				s.ring, s.asleep = nil, false
				s.port.Asleep(false)
				s.mu.Unlock()
				for _, f := range frames {
					s.ifc.Input(time.Now(), f)
				}
				s.stack.Advance(time.Now())
			}
			at, ok := s.stack.NextEvent()
			if !ok {
				at = time.Time{}
			}
			s.port.Alarm(at)
		}
	}()
	t.Cleanup(func() {
		close(quit)
		<-s.done
	})
	return s
}

// do runs f on the device's goroutine.
func (s *device) do(f func()) {
	done := make(chan struct{})
	s.calls <- func() { defer close(done); f() }
	<-done
}

// up gives the device a fixed address.
func (s *device) up(addr string) {
	s.do(func() {
		s.ifc.SetAddr(netip.MustParsePrefix(addr+"/16"), netip.MustParseAddr("10.0.0.1"))
		s.ifc.SetUp(true)
	})
}

// recorder is a Handler that notes what happens.
type recorder struct {
	mu        sync.Mutex
	data      []byte
	events    []string
	hold      bool // do not open the window
	echo      bool
	closeBack bool // close when the peer closes
}

func (r *recorder) note(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, what)
}

func (r *recorder) Connected(*netstack.TCB) { r.note("connected") }
func (r *recorder) Received(t *netstack.TCB, data []byte) {
	r.mu.Lock()
	r.data = append(r.data, data...)
	r.mu.Unlock()
	if !r.hold {
		t.Recved(len(data))
	}
	if r.echo {
		_ = t.Write(data)
	}
}
func (r *recorder) Sent(*netstack.TCB, int) {}
func (r *recorder) PeerClosed(t *netstack.TCB) {
	r.note("peer closed")
	if r.closeBack {
		_ = t.Close()
	}
}
func (r *recorder) Aborted(_ *netstack.TCB, err error) { r.note(err.Error()) }

func (r *recorder) seen() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.events...)
}

func (r *recorder) received() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Clone(r.data)
}
