package oracle_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/internal/linked"
	"github.com/emu8266/emu8266/espconn/internal/oracle"
)

// libraries are what the programs of the cases call: the emulator's own (ours), or the SDK's (theirs).
type libraries interface {
	RegistConnectcb(*espconn.Espconn, func(*espconn.Espconn)) espconn.Err
	RegistReconcb(*espconn.Espconn, func(*espconn.Espconn, espconn.Err)) espconn.Err
	RegistDisconcb(*espconn.Espconn, func(*espconn.Espconn)) espconn.Err
	RegistRecvcb(*espconn.Espconn, func(*espconn.Espconn, []byte)) espconn.Err
	RegistSentcb(*espconn.Espconn, func(*espconn.Espconn)) espconn.Err
	SecureSetSize(level uint8, size uint16) bool
	SecureCaEnable(level uint8, sector uint32) bool
	SecureCertReqEnable(level uint8, sector uint32) bool
	SecureSetDefaultCertificate([]byte) bool
	SecureSetDefaultPrivateKey([]byte) bool
	SecureAccept(espconn.Ref) espconn.Err
	SecureConnect(espconn.Ref) espconn.Err
	SecureSent(espconn.Ref, []byte) espconn.Err
	SystemGetFreeHeapSize() uint32
	OsMalloc(uint32) uint32
	OsFree(uint32)
	OsTimerSetfn(*emulator.OsTimer, func())
	OsTimerArm(t *emulator.OsTimer, ms uint32, repeat bool)
	WifiSetEventHandlerCb(func(wifi.SystemEvent))
	// inUse sums the requested bytes of the heap's blocks, but for those that the data do not count.
	inUse() int
}

// ours are the emulator's own.
type ours struct{ *emulator.SDK }

func (o ours) inUse() int { return heapInUse(o.SDK) }

// booter makes a device whose program begins by init, and boots it.
type booter func(t *testing.T, cfg emulator.Config, observe func(trace.Event), init func(libraries)) *emulator.Device

func bootOurs(t *testing.T, cfg emulator.Config, observe func(trace.Event), init func(libraries)) *emulator.Device {
	device, err := emulator.New(cfg)
	require.NoError(t, err)
	device.Trace().Follow(observe)
	require.NoError(t, device.Boot(emulator.Go(func(sdk *emulator.SDK) { init(ours{sdk}) })))
	return device
}

// theirs are the SDK's own libraries, with replay.c. Its callbacks are those of an espconn's fields.
type theirs struct {
	t       *testing.T
	lib     *linked.Program
	device  *emulator.Device
	address map[*espconn.Espconn]uint32
	conns   map[uint32]*espconn.Espconn
	server  *espconn.Espconn // whose copies accepted connections are
	timers  map[*emulator.OsTimer]func()
	event   func(wifi.SystemEvent)
}

// bootTheirs makes a booter of replay.c, linked with the SDK's libraries.
func bootTheirs(image *elf.Image) booter {
	return func(t *testing.T, cfg emulator.Config, observe func(trace.Event), init func(libraries)) *emulator.Device {
		firmware := image.Firmware()
		v := &theirs{t: t, lib: &linked.Program{Caller: firmware}, address: map[*espconn.Espconn]uint32{},
			conns: map[uint32]*espconn.Espconn{}, timers: map[*emulator.OsTimer]func(){}}
		uart := cfg.UART
		v.lib.Line = func(s string) { _, _ = uart.Write([]byte(s + "\n")) }
		v.lib.Told, v.lib.Failed = v.told, func(error) {}
		cfg.UART, cfg.ExpectCrash = v.lib, true
		var err error
		v.device, err = emulator.New(cfg)
		require.NoError(t, err)
		v.device.Trace().Follow(observe)
		require.NoError(t, v.device.Boot(firmware))
		time.Sleep(time.Second) // its address is known, and lwIP's timers have run
		v.lib.Begin()
		v.lib.Do("set_clock", cfg.Clock)
		require.NoError(t, v.device.Do(func() {
			init(v)
			v.event(wifi.SystemEvent{Event: wifi.EventStamodeGotIP})
		}))
		return v.device
	}
}

// place writes an espconn to where it lies, with all callbacks.
func (v *theirs) place(c *espconn.Espconn) uint32 {
	at, ok := v.address[c]
	if !ok {
		at = v.lib.NewConn()
		require.NotZero(v.t, at, "no room for an espconn")
		v.address[c], v.conns[at] = at, c
		h := v.lib.Handlers
		v.lib.Poke(at, linked.Words(0, 0, at+linked.ConnSize, h[linked.Recv], h[linked.Sent], 0, 0,
			0, 0, 0, 0, h[linked.Connect], h[linked.Reconnect], h[linked.Disconnect], 0))
	}
	v.lib.Poke(at, linked.Words(uint32(c.Type)))
	tcp := c.Proto.TCP
	v.lib.Poke(at+linked.ConnSize, linked.Words(uint32(tcp.RemotePort), uint32(tcp.LocalPort)))
	v.lib.Poke(at+linked.ConnSize+12, tcp.RemoteIP[:])
	return at
}

func (v *theirs) ref(c espconn.Ref) uint32 {
	if e, ok := c.(*espconn.Espconn); ok && e != nil {
		return v.address[e]
	}
	return 0
}

// told is a callback of the libraries.
func (v *theirs) told(o linked.Told) {
	c := v.conns[o.Conn]
	if c == nil && v.server != nil {
		tcp := *v.server.Proto.TCP
		c = &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &tcp}, RecvCallback: v.server.RecvCallback,
			SentCallback: v.server.SentCallback}
		v.conns[o.Conn], v.address[c] = c, o.Conn
	}
	if c == nil {
		v.t.Errorf("a callback of an espconn that nobody made: %+v", o)
		return
	}
	tcp := c.Proto.TCP
	switch {
	case o.Kind == linked.Connect && tcp.ConnectCallback != nil:
		tcp.ConnectCallback(c)
	case o.Kind == linked.Reconnect && tcp.ReconnectCallback != nil:
		tcp.ReconnectCallback(c, espconn.Err(int8(o.N)))
	case o.Kind == linked.Disconnect && tcp.DisconnectCallback != nil:
		tcp.DisconnectCallback(c)
	case o.Kind == linked.Recv && c.RecvCallback != nil:
		c.RecvCallback(c, v.lib.Peek(o.Data, int(o.N)))
	case o.Kind == linked.Sent && c.SentCallback != nil:
		c.SentCallback(c)
	}
}

func (v *theirs) RegistConnectcb(c *espconn.Espconn, cb func(*espconn.Espconn)) espconn.Err {
	c.Proto.TCP.ConnectCallback = cb
	return espconn.OK
}

func (v *theirs) RegistReconcb(c *espconn.Espconn, cb func(*espconn.Espconn, espconn.Err)) espconn.Err {
	c.Proto.TCP.ReconnectCallback = cb
	return espconn.OK
}

func (v *theirs) RegistDisconcb(c *espconn.Espconn, cb func(*espconn.Espconn)) espconn.Err {
	c.Proto.TCP.DisconnectCallback = cb
	return espconn.OK
}

func (v *theirs) RegistRecvcb(c *espconn.Espconn, cb func(*espconn.Espconn, []byte)) espconn.Err {
	c.RecvCallback = cb
	return espconn.OK
}

func (v *theirs) RegistSentcb(c *espconn.Espconn, cb func(*espconn.Espconn)) espconn.Err {
	c.SentCallback = cb
	return espconn.OK
}

// yes calls a function that returns a bool.
func (v *theirs) yes(name string, args ...uint32) bool { return v.lib.API(name, args...)&0xFF != 0 }

// result calls one that returns a sint8.
func (v *theirs) result(name string, args ...uint32) espconn.Err {
	return espconn.Err(int8(v.lib.API(name, args...)))
}

func (v *theirs) SecureSetSize(level uint8, size uint16) bool {
	return v.yes("espconn_secure_set_size", uint32(level), uint32(size))
}

func (v *theirs) SecureCaEnable(level uint8, sector uint32) bool {
	return v.yes("espconn_secure_ca_enable", uint32(level), sector)
}

func (v *theirs) SecureCertReqEnable(level uint8, sector uint32) bool {
	return v.yes("espconn_secure_cert_req_enable", uint32(level), sector)
}

func (v *theirs) SecureSetDefaultCertificate(b []byte) bool {
	return v.lib.Do("call_espconn_secure_set_default_certificate", b, len(b), 0, 0)&0xFF != 0 // it makes a copy
}

func (v *theirs) SecureSetDefaultPrivateKey(b []byte) bool {
	return v.lib.Do("call_espconn_secure_set_default_private_key", b, len(b), 0, 0)&0xFF != 0
}

func (v *theirs) SecureAccept(c espconn.Ref) espconn.Err {
	v.server = c.(*espconn.Espconn)
	return v.result("espconn_secure_accept", v.place(v.server))
}

func (v *theirs) SecureConnect(c espconn.Ref) espconn.Err {
	return v.result("espconn_secure_connect", v.place(c.(*espconn.Espconn)))
}

func (v *theirs) SecureSent(c espconn.Ref, b []byte) espconn.Err {
	require.Equal(v.t, oracle.Payload(0, len(b)), b, "replay.c has other bytes")
	return v.result("espconn_secure_sent", v.ref(c), v.lib.Data, uint32(len(b)))
}

func (v *theirs) SystemGetFreeHeapSize() uint32 { return v.lib.API("xPortGetFreeHeapSize") }
func (v *theirs) OsMalloc(n uint32) uint32      { return v.lib.API("pvPortMalloc", n) }
func (v *theirs) OsFree(p uint32)               { v.lib.API("vPortFree", p) }

func (v *theirs) OsTimerSetfn(t *emulator.OsTimer, fn func()) { v.timers[t] = fn }

func (v *theirs) OsTimerArm(t *emulator.OsTimer, ms uint32, _ bool) {
	time.AfterFunc(time.Duration(ms)*time.Millisecond, func() { _ = v.device.Do(v.timers[t]) })
}

func (v *theirs) WifiSetEventHandlerCb(cb func(wifi.SystemEvent)) { v.event = cb }

func (v *theirs) inUse() int { return 0 }
