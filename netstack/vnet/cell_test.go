package vnet

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack"
)

// accessPoint is a device's soft-AP as the emulator drives one: a stack with the device's profile behind a cell, with the DHCP server, in
// one goroutine.
type accessPoint struct {
	cell  *Cell
	port  *Port // at the switch, for the alarm
	stack *netstack.Stack
	ifc   *netstack.Interface
	calls chan func()

	mu   sync.Mutex
	ring [][]byte
	log  []string
}

func (a *accessPoint) note(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.log = append(a.log, fmt.Sprintf(format, args...))
}

// events returns what was noted since the last call.
func (a *accessPoint) events() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	log := a.log
	a.log = nil
	return log
}

var apMAC = netstack.MAC{2, 0, 10, 9, 0, 1}

func openAP(t *testing.T, n *Network, cfg CellConfig) *accessPoint {
	t.Helper()
	a := &accessPoint{calls: make(chan func())}
	wake := make(chan struct{}, 1)
	signal := func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	cfg.BSSID = apMAC
	a.port = n.Attach("device", nil, signal)
	a.cell = n.OpenCell("device/softap", cfg, func(frame []byte) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.ring = append(a.ring, bytes.Clone(frame))
	}, signal, func(e StationEvent) {
		a.note("%s %d", [...]string{"probe", "joined", "left", "full", "password"}[e.Kind], e.AID)
	})
	a.stack = netstack.NewStack(netstack.Config{})
	a.stack.Advance(time.Now())
	a.stack.AddInterface("station", netstack.MAC{2, 0, 10, 1, 0, 1}, func([]byte) {})
	a.ifc = a.stack.AddInterface("softap", apMAC, a.cell.Send)
	a.stack.SetDefault(a.ifc)
	own := netip.MustParsePrefix("192.168.4.1/24")
	a.ifc.SetAddr(own, own.Addr())
	a.ifc.SetUp(true)
	first, last := netstack.DHCPRange(own.Addr())
	require.NoError(t, a.ifc.StartDHCPServer(netstack.DHCPServerConfig{First: first, Last: last, Minutes: 120, Router: own.Addr,
		Assigned: func(_ netstack.MAC, addr netip.Addr) { a.note("address %v", addr) }}))
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			if at, ok := a.stack.NextEvent(); ok {
				a.port.Alarm(at)
			}
			select {
			case <-quit:
				return
			case f := <-a.calls:
				a.stack.Advance(time.Now())
				f()
			case <-wake:
				a.mu.Lock()
				frames := a.ring
				a.ring = nil
				a.mu.Unlock()
				for _, f := range frames {
					a.ifc.Input(time.Now(), f)
				}
				a.stack.Advance(time.Now())
			}
		}
	}()
	t.Cleanup(func() { close(quit); <-done })
	return a
}

func (a *accessPoint) do(f func()) {
	done := make(chan struct{})
	a.calls <- func() { defer close(done); f() }
	<-done
}

// serve answers each connection to port 80 with what it sends.
func (a *accessPoint) serve(t *testing.T) {
	a.do(func() {
		_, err := a.stack.Listen(netip.Addr{}, 80, func(*netstack.TCB) netstack.Handler { return &recorder{echo: true, closeBack: true} })
		require.NoError(t, err)
	})
}

// echo sends text to the device and returns what comes back.
func echo(h *Host, text string) (string, error) {
	conn, err := h.Dial("tcp", "192.168.4.1:80")
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err = conn.Write([]byte(text)); err != nil {
		return "", err
	}
	b := make([]byte, len(text))
	_, err = io.ReadFull(conn, b)
	return string(b), err
}

func TestStationJoinsGetsAnAddressAndTalks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		defer n.Close()
		a := openAP(t, n, CellConfig{SSID: "lamp", Password: "12345678", Channel: 6})
		a.serve(t)
		began := time.Now()
		phone, err := n.Join(t.Context(), "phone", Membership{SSID: "lamp", Password: "12345678"})
		require.NoError(t, err)
		assert.Less(t, time.Since(began), 3*time.Second)
		assert.Equal(t, "192.168.4.2", phone.Addr().String())
		assert.Equal(t, []string{"probe 0", "joined 1", "address 192.168.4.2"}, a.events())
		got, err := echo(phone, "hello")
		require.NoError(t, err)
		assert.Equal(t, "hello", got)

		tablet, err := n.Join(t.Context(), "tablet", Membership{SSID: "lamp", Password: "12345678"})
		require.NoError(t, err)
		assert.Equal(t, "192.168.4.3", tablet.Addr().String())
		assert.NotEqual(t, phone.MAC(), tablet.MAC())
		l, err := tablet.Listen("tcp", ":80")
		require.NoError(t, err)
		go func() {
			if c, err := l.Accept(); err == nil {
				_, _ = io.Copy(c, c)
				_ = c.Close()
			}
		}()
		conn, err := phone.Dial("tcp", "192.168.4.3:80") // stations reach each other through the access point
		require.NoError(t, err)
		_, err = conn.Write([]byte("between stations"))
		require.NoError(t, err)
		b := make([]byte, 16)
		_, err = io.ReadFull(conn, b)
		require.NoError(t, err)
		assert.Equal(t, "between stations", string(b))
		_ = conn.Close()

		host := n.Host("host", netip.Addr{}) // at the switch
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err = host.DialContext(ctx, "tcp", "192.168.4.1:80")
		require.Error(t, err, "the cell is an Ethernet of its own")
		_, err = phone.DialContext(ctx, "tcp", netip.AddrPortFrom(host.Addr(), 80).String())
		require.Error(t, err, "the device does not forward (lwip.md 8)")
	})
}

func TestJoinFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		defer n.Close()
		_, err := n.Join(t.Context(), "early", Membership{SSID: "lamp"})
		require.ErrorIs(t, err, ErrNoCell)
		a := openAP(t, n, CellConfig{SSID: "lamp", Password: "12345678", Hidden: true, MaxStations: 1})
		a.events()
		_, err = n.Join(t.Context(), "thief", Membership{SSID: "lamp", Password: "87654321"})
		require.ErrorIs(t, err, ErrPassword)
		assert.ErrorContains(t, err, `thief cannot join "lamp"`)
		_, err = n.Join(t.Context(), "elsewhere", Membership{SSID: "lamp", Password: "12345678", BSSID: netstack.MAC{2, 1, 1, 1, 1, 1}})
		require.ErrorIs(t, err, ErrNoCell)
		one, err := n.Join(t.Context(), "one", Membership{SSID: "lamp", Password: "12345678"})
		require.NoError(t, err, "hidden, but known by name")
		_, err = n.Join(t.Context(), "two", Membership{SSID: "lamp", Password: "12345678"})
		require.ErrorIs(t, err, ErrCellFull)
		assert.Equal(t, []string{"probe 0", "password 0", "probe 0", "probe 0", "joined 1", "address 192.168.4.2", "probe 0", "full 0"},
			a.events())
		one.Close()
		assert.Equal(t, ReasonAssocLeave, one.GoneReason())
		<-one.Gone()
		time.Sleep(time.Second)
		assert.Equal(t, []string{"left 1"}, a.events())
		_, err = n.Join(t.Context(), "two", Membership{SSID: "lamp", Password: "12345678"})
		require.NoError(t, err, "there is room again")

		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err = n.Join(ctx, "hasty", Membership{SSID: "lamp"})
		assert.ErrorContains(t, err, "timeout")
		_, err = n.Join(ctx, "late", Membership{SSID: "lamp"})
		assert.Error(t, err, "ctx has ended")
	})
}

func TestJoinWithoutDHCP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		defer n.Close()
		a := openAP(t, n, CellConfig{SSID: "lamp"})
		a.serve(t)
		a.do(a.ifc.StopDHCPServer)
		began := time.Now()
		_, err := n.Join(t.Context(), "phone", Membership{SSID: "lamp"})
		require.ErrorIs(t, err, ErrNoAddress)
		assert.Equal(t, joinTime+addressTime, time.Since(began))
		phone, err := n.Join(t.Context(), "phone", Membership{SSID: "lamp", Addr: netip.MustParsePrefix("192.168.4.77/24")})
		require.NoError(t, err)
		got, err := echo(phone, "fixed")
		require.NoError(t, err)
		assert.Equal(t, "fixed", got)
		assert.Nil(t, n.Host("wired", netip.Addr{}).Gone())
		assert.Zero(t, phone.GoneReason())
	})
}

// What ends an association cuts the station off at once, or after the time that silence takes to be noticed.
func TestAssociationEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end    func(a *accessPoint, h *Host)
		reason uint8
		within time.Duration
	}{
		"kick":   {func(a *accessPoint, h *Host) { assert.True(t, a.cell.Kick(h.MAC())) }, ReasonAuthLeave, time.Millisecond},
		"close":  {func(a *accessPoint, h *Host) { a.cell.Close(); a.cell.Close() }, ReasonAuthLeave, time.Millisecond},
		"vanish": {func(a *accessPoint, h *Host) { a.cell.Vanish() }, ReasonBeaconTimeout, cellSilence},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := New(Options{})
				defer n.Close()
				a := openAP(t, n, CellConfig{SSID: "lamp"})
				a.serve(t)
				phone, err := n.Join(t.Context(), "phone", Membership{SSID: "lamp"})
				require.NoError(t, err)
				conn, err := phone.Dial("tcp", "192.168.4.1:80")
				require.NoError(t, err)
				began := time.Now()
				c.end(a, phone)
				_, err = conn.Read(make([]byte, 1))
				require.ErrorIs(t, err, syscall.ENETDOWN)
				<-phone.Gone()
				assert.LessOrEqual(t, time.Since(began), c.within)
				assert.Equal(t, c.reason, phone.GoneReason())
				_, err = phone.Dial("tcp", "192.168.4.1:80")
				assert.ErrorIs(t, err, syscall.EHOSTUNREACH)
				assert.False(t, a.cell.Kick(phone.MAC()))
				phone.Close()
				if name == "kick" {
					again, err := n.Join(t.Context(), "phone", Membership{SSID: "lamp"})
					require.NoError(t, err)
					assert.Equal(t, "192.168.4.2", again.Addr().String(), "known by its MAC")
				} else {
					assert.Empty(t, n.Cells(netstack.MAC{}))
					_, err = n.Join(t.Context(), "phone", Membership{SSID: "lamp"})
					assert.ErrorIs(t, err, ErrNoCell)
				}
			})
		})
	}
}

// A network that closes while a host joins wakes it.
func TestNetworkClosesDuringJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		openAP(t, n, CellConfig{SSID: "lamp"})
		time.AfterFunc(600*time.Millisecond, func() { _ = n.Close() })
		_, err := n.Join(t.Context(), "phone", Membership{SSID: "lamp"})
		require.ErrorIs(t, err, net.ErrClosed)
		_, err = n.Join(t.Context(), "phone", Membership{SSID: "lamp"})
		require.Error(t, err)
		c := n.OpenCell("late", CellConfig{SSID: "late"}, nil, nil, nil)
		c.Send(make([]byte, 60))
		c.Close()
	})
}

func TestCellsOnOneNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		defer n.Close()
		var heard []StationEvent
		two := n.OpenCell("two", CellConfig{SSID: "same", BSSID: netstack.MAC{2, 2}, Channel: 11}, nil, nil,
			func(e StationEvent) { heard = append(heard, e) })
		one := n.OpenCell("one", CellConfig{SSID: "same", BSSID: netstack.MAC{2, 1}, Channel: 1}, nil, nil, nil)
		assert.Equal(t, "one", one.Name())
		assert.Empty(t, n.Cells(netstack.MAC{}), "not at the same instant")
		time.Sleep(time.Second)
		two.SetChannel(12)
		cells := n.Cells(netstack.MAC{2, 7})
		require.Len(t, cells, 2)
		assert.Equal(t, []uint8{1, 12}, []uint8{cells[0].Channel, cells[1].Channel})
		time.Sleep(time.Second)
		synctest.Wait() // what was heard is ours from here on
		assert.Equal(t, []StationEvent{{Kind: StationProbed, MAC: netstack.MAC{2, 7}, RSSI: stationRSSI}}, heard)
		fixed := netip.MustParsePrefix("192.168.4.9/24")
		a, err := n.Join(t.Context(), "a", Membership{SSID: "same", Addr: fixed})
		require.NoError(t, err)
		b, err := n.Join(t.Context(), "b", Membership{SSID: "same", BSSID: netstack.MAC{2, 2}, Addr: fixed})
		require.NoError(t, err, "the same address in another cell")
		assert.True(t, one.Kick(a.MAC()), "the lower BSSID first")
		assert.True(t, two.Kick(b.MAC()))
	})
}

// The faults of the network hold in a cell, too, and captures have its ports by name.
func TestCellHasFaultsAndCaptures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		defer n.Close()
		var file bytes.Buffer
		c, err := n.Capture(&file)
		require.NoError(t, err)
		a := openAP(t, n, CellConfig{SSID: "lamp"})
		a.serve(t)
		phone, err := n.Join(t.Context(), "phone", Membership{SSID: "lamp"})
		require.NoError(t, err)
		n.SetFaults("phone", "device/softap", Faults{Latency: time.Second})
		began := time.Now()
		_, err = echo(phone, "slow")
		require.NoError(t, err)
		assert.Greater(t, time.Since(began), 2*time.Second)
		n.SetFaults("phone", "device/softap", Faults{Loss: 1})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err = phone.DialContext(ctx, "tcp", "192.168.4.1:80")
		require.Error(t, err)
		require.NoError(t, c.Close())
		for _, name := range []string{"phone", "device/softap"} {
			assert.True(t, bytes.Contains(file.Bytes(), []byte(name)), name)
		}
		assert.Positive(t, n.Stats().Lost)
	})
}

// apCapture runs an access point with stations that come, talk at the same instants and go, and returns the capture.
func apCapture(t *testing.T, seed uint64) []byte {
	var file bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{Seed: seed, Faults: Faults{Loss: 0.02, Jitter: 3 * time.Millisecond}})
		defer n.Close()
		c, err := n.Capture(&file)
		require.NoError(t, err)
		a := openAP(t, n, CellConfig{SSID: "lamp"})
		a.serve(t)
		var group sync.WaitGroup
		for i := range 4 {
			group.Go(func() { // all at one instant
				h, err := n.Join(t.Context(), fmt.Sprint("phone", i), Membership{SSID: "lamp"})
				if !assert.NoError(t, err) {
					return
				}
				for range 5 {
					got, err := echo(h, strings.Repeat("x", 1000))
					assert.NoError(t, err)
					assert.Len(t, got, 1000)
					time.Sleep(time.Second)
				}
				h.Close()
			})
		}
		group.Wait()
		time.Sleep(time.Hour)
		c.Comment("the end")
		require.NoError(t, c.Close())
	})
	return file.Bytes()
}

func TestSameSeedSameCaptureOfACell(t *testing.T) {
	first := apCapture(t, 1)
	require.Greater(t, len(first), 50_000)
	for run := range 4 {
		if run == 2 {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		}
		if again := apCapture(t, 1); !bytes.Equal(first, again) {
			require.Failf(t, "capture differs", "run %d, first difference at %d", run, firstDifference(first, again))
		}
	}
	assert.False(t, bytes.Equal(first, apCapture(t, 2)), "another seed")
}
