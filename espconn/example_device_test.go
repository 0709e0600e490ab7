package espconn_test

import (
	"bufio"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Addresses of the example.
var (
	exampleDevice = netip.MustParsePrefix("10.0.0.2/16")
	exampleServer = netip.MustParseAddrPort("10.0.0.9:443")
)

// device is as little of a device as the API can do with: a network stack on a virtual Ethernet and a queue of tasks. Its heap
// is only counted, its flash is erased, and it has no soft-AP.
type device struct {
	stack  *netstack.Stack
	ifc    *netstack.Interface
	port   *vnet.Port
	frames chan []byte
	tasks  []func()
	heap   heap
}

// heap counts the bytes that are free.
type heap struct {
	free   uint32
	blocks []uint32 // sizes; the address of block i is i+1
}

func (h *heap) FreeSize() uint32 { return h.free }
func (h *heap) Alloc(n uint32, _ string) uint32 {
	if n > h.free {
		return 0
	}
	h.free -= n
	h.blocks = append(h.blocks, n)
	return uint32(len(h.blocks))
}
func (h *heap) Free(addr uint32) {
	if addr > 0 {
		h.free += h.blocks[addr-1]
	}
}

// erased is a flash chip of 1 MB in which nothing lies.
type erased struct{}

func (erased) Size() int { return 1 << 20 }
func (erased) ReadAt(p []byte, _ int64) (int, error) {
	for i := range p {
		p[i] = 0xFF
	}
	return len(p), nil
}

// Clock.
func (d *device) Post(_ int, fn func()) bool                { d.tasks = append(d.tasks, fn); return true }
func (d *device) After(time.Duration, func()) (stop func()) { return func() {} } // for mDNS alone
func (d *device) WallClock() uint32                         { return uint32(time.Now().Unix()) }
func (d *device) Spend(boundedtls.Op, int)                  {}
func (d *device) Overclock(bool)                            {}

// Memory.
func (d *device) Heap() espconn.Heap        { return &d.heap }
func (d *device) Flash() espconn.Flash      { return erased{} }
func (d *device) FlashLayout() image.Layout { return nil }
func (d *device) NewConn() (espconn.Ref, error) {
	return &espconn.Espconn{Proto: espconn.Proto{TCP: &espconn.TCP{}}}, nil
}
func (d *device) FreeConn(espconn.Ref) {}
func (d *device) Rand() io.Reader      { return rand.Reader }

// Radio.
func (d *device) Stack() *netstack.Stack              { return d.stack }
func (d *device) OpMode() uint8                       { return 1 } // station
func (d *device) StationStatus() uint8                { return 5 } // it has an address
func (d *device) BroadcastIfs() []*netstack.Interface { return nil }
func (d *device) BroadcastIf() uint8                  { return 0 }
func (d *device) IPInfo(ifIndex int) (addr netip.Prefix) {
	if ifIndex == 0 {
		addr = exampleDevice
	}
	return addr
}

// Report.
func (d *device) Printf(format string, args ...any) { fmt.Printf("uart: "+format, args...) }
func (d *device) Observe(e espconn.Event) {
	if e.Kind == espconn.EventFinding {
		fmt.Println(e)
	}
}
func (d *device) KeyLog() io.Writer           { return nil }
func (d *device) Caller() string              { return espconn.CallSite() }
func (d *device) Fatal(cause int, why string) { panic(fmt.Sprint("exception ", cause, ": ", why)) }

// newDevice makes a device at a network's switch.
func newDevice(n *vnet.Network) *device {
	d := &device{frames: make(chan []byte, 8), heap: heap{free: 45000}}
	d.stack = netstack.NewStack(netstack.Config{})
	d.stack.Advance(time.Now())
	d.port = n.Attach("device", func(frame []byte) {
		select {
		case d.frames <- slices.Clone(frame):
		default: // the receive ring is full
		}
	}, nil)
	d.ifc = d.stack.AddInterface("st0", vnet.MACFor(exampleDevice.Addr()), d.port.Send)
	d.ifc.SetUp(true)
	d.ifc.SetAddr(exampleDevice, netip.MustParseAddr("10.0.0.1"))
	return d
}

// run is the device's loop: frames, timers, and after each the tasks. It ends when over says so.
func (d *device) run(over *bool) {
	for !*over {
		timer := make(<-chan time.Time)
		if next, ok := d.stack.NextEvent(); ok {
			timer = time.After(time.Until(next))
		}
		select {
		case frame := <-d.frames:
			d.ifc.Input(time.Now(), frame)
		case <-timer:
			d.stack.Advance(time.Now())
		}
		for len(d.tasks) > 0 {
			fn := d.tasks[0]
			d.tasks = d.tasks[1:]
			fn()
		}
	}
}

// A secure connection from a device of one's own to a server in the same process. Firmware in Go needs none of the device:
// package emulator has a whole one.
func Example() {
	n := vnet.New(vnet.Options{})
	defer n.Close()
	listener, err := n.Host("server", exampleServer.Addr()).Listen("tcp", fmt.Sprint(":", exampleServer.Port()))
	if err != nil {
		panic(err)
	}
	go serveUpperCase(listener)

	d := newDevice(n)
	api := espconn.New(d, espconn.ManualV21())
	over := false
	client := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
		RemoteIP: exampleServer.Addr().As4(), RemotePort: int(exampleServer.Port()), LocalPort: 4000}}}
	api.RegistConnectcb(client, func(c *espconn.Espconn) {
		fmt.Println("connected, sending:", api.SecureSend(c, []byte("hello\n")))
	})
	api.RegistRecvcb(client, func(c *espconn.Espconn, data []byte) {
		fmt.Printf("received %q\n", data)
	})
	api.RegistReconcb(client, func(c *espconn.Espconn, err espconn.Err) {
		fmt.Println("failed:", err)
		over = true
	})
	api.RegistDisconcb(client, func(c *espconn.Espconn) {
		fmt.Println("disconnected")
		over = true
	})
	fmt.Println("connecting:", api.SecureConnect(client))
	d.run(&over)
	// Output:
	// connecting: ESPCONN_OK
	// uart: client handshake start.
	// uart: client handshake ok!
	// connected, sending: ESPCONN_OK
	// received "HELLO\n"
	// uart: client's data invalid protocol
	// uart: Reason:[-0x7880]
	// disconnected
}

// serveUpperCase takes one connection, answers one line in capitals and closes.
func serveUpperCase(listener net.Listener) {
	cert, err := tls.LoadX509KeyPair("../testdata/oracle/pki/leaf2048.pem", "../testdata/oracle/pki/leaf2048.key.pem")
	if err != nil {
		panic(err)
	}
	conn, err := tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256}}).Accept()
	if err != nil {
		panic(err)
	}
	line, _ := bufio.NewReader(conn).ReadString('\n')
	_, _ = io.WriteString(conn, strings.ToUpper(line))
	_ = conn.Close()
}
