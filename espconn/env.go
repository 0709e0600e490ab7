package espconn

import (
	"errors"
	"io"
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack"
)

// Env is what the API needs from a device: its time, its memory, its radio, and somebody who hears of what happens. Whoever
// makes a device implements all of it; a part that the device does not have is said to be absent by the value that the method
// names. All methods are called on the device goroutine.
type Env interface {
	Clock
	Memory
	Radio
	Report
}

// Clock is the part of an Env that has to do with time and order.
type Clock interface {
	// Post queues fn for the ETS task of a priority, 0..31; false when its queue of 15 is full. fn never runs inside Post.
	Post(prio int, fn func()) bool
	// After calls fn once in d, unless the function it returns is called before. That function may be called any number of
	// times, at any time.
	After(d time.Duration, fn func()) (stop func())
	// WallClock is the SDK's gettimeofday: the seconds since 1970, or since boot while the device's clock is not set, 0 in the
	// first second (axtls.md 10.2). Only axTLS asks.
	WallClock() uint32
	// Spend is told that TLS computed something with numbers of so many bits, or, for hashes and ciphers, on so many bits of
	// data. A device whose computing takes time lets it pass here.
	Spend(op boundedtls.Op, bits int)
	// Overclock hears that TLS raises the CPU to 160 MHz, and, with false, that it sets it back (tls.md 5.8).
	Overclock(on bool)
}

// What Memory.NewConn has no memory for.
var (
	ErrNoEspconn = errors.New("no memory for an espconn")
	ErrNoTCP     = errors.New("no memory for an espconn's esp_tcp")
)

// Memory is the part of an Env that holds something.
type Memory interface {
	// Heap returns the device's heap, always the same one.
	Heap() Heap
	// Flash returns the flash chip with the certificates; nil without one: all of it then looks erased.
	Flash() Flash
	// FlashLayout tells what the chip is used for, so that sectors for certificates can be judged; nil if nobody knows: only
	// its last five sectors then belong to the system.
	FlashLayout() image.Layout
	// NewConn makes the espconn of an accepted connection and its esp_tcp in the device's heap, with all fields zero but the
	// pointer to the esp_tcp. Without memory it is nil, and the error says for which of the two: ErrNoEspconn or ErrNoTCP.
	NewConn() (Ref, error)
	// FreeConn gives an espconn of NewConn back.
	FreeConn(Ref)
	// Rand returns the source of randomness. One that fails fails the handshake.
	Rand() io.Reader
}

// Heap is the device's heap.
type Heap interface {
	// Alloc asks for n bytes and returns their address, or 0 when there is no room; the device's own line about it is printed
	// then. what names the block for traces.
	Alloc(n uint32, what string) (addr uint32)
	// Free takes an address that Alloc returned, or 0, which is nothing.
	Free(addr uint32)
	// FreeSize returns the bytes free, as system_get_free_heap_size reports them.
	FreeSize() uint32
}

// Flash is the device's flash chip.
type Flash interface {
	io.ReaderAt
	// Size returns the chip's size in bytes.
	Size() int
}

// Radio is the part of an Env that leads out of the device: the network stack and the two interfaces under it.
type Radio interface {
	// Stack returns the network stack, always the same one.
	Stack() *netstack.Stack
	// IPInfo returns the address and mask of the station (STATION_IF, 0) or of the soft-AP (SOFTAP_IF, 1); the zero value or
	// address 0.0.0.0 without one.
	IPInfo(ifIndex int) netip.Prefix
	// OpMode returns what wifi_get_opmode does: 0 none, 1 station, 2 soft-AP, 3 both.
	OpMode() uint8
	// StationStatus returns what wifi_station_get_connect_status does, 0..5 (espconn.md 5.1).
	StationStatus() uint8
	// BroadcastIfs returns the interfaces through which a broadcast leaves one after the other, the last being the default
	// one; fewer than two: the default one alone (espconn.md 5.8).
	BroadcastIfs() []*netstack.Interface
	// BroadcastIf returns what wifi_set_broadcast_if has set, 1 station, 2 soft-AP, 3 both; 0 if it was not called.
	BroadcastIf() uint8
}

// Report is the part of an Env that hears of what happens.
type Report interface {
	// Printf is os_printf with Go's verbs.
	Printf(format string, args ...any)
	// Observe is given every step of the API. It must not call the API.
	Observe(Event)
	// KeyLog receives TLS secrets in the format of NSS; nil: nobody.
	KeyLog() io.Writer
	// Caller returns where the firmware's call under way stands, as file and line, for findings; "" when none is under way or
	// the place is not known. CallSite is what an Env for Go firmware returns.
	Caller() string
	// Fatal raises the exception that the chip would raise here and resets the device. It may return or not; when it
	// returns, the API goes on without harm.
	Fatal(cause int, why string)
}

// Numbers of Radio.IPInfo.
const (
	stationIf = 0
	softAPIf  = 1
)

// Modes of Radio.OpMode that have an interface.
const (
	stationMode   = 1
	softAPMode    = 2
	stationAPMode = 3
)

// broadcastBoth is Radio.BroadcastIf for both interfaces.
const broadcastBoth = 3

// Station status values that the API looks at (espconn.md 5.1).
const (
	stationIdle  = 0
	stationGotIP = 5
)

// Causes given to Report.Fatal: the Xtensa exception numbers, or the watchdog.
const (
	CauseLoadProhibited  = 28 // read through a NULL or freed pointer
	CauseStoreProhibited = 29 // write through one
	CauseSoftWatchdog    = -1 // no exception: an endless loop that the soft watchdog ends
)
