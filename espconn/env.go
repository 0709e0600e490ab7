package espconn

import (
	"io"
	"net/netip"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// Heap is the device's memory. Alloc asks for n bytes and returns 0 when there is no room; it prints the device's own
// line then. Free takes an address that Alloc returned, or 0.
type Heap interface {
	Alloc(n uint32, what string) (addr uint32)
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

// Interface numbers of IPInfo (STATION_IF and SOFTAP_IF).
const (
	StationIf = 0
	SoftAPIf  = 1
)

// Operating modes of OpMode.
const (
	NullMode      = 0
	StationMode   = 1
	SoftAPMode    = 2
	StationAPMode = 3
)

// Station status values that the API looks at (espconn.md 5.1).
const (
	stationIdle  = 0
	stationGotIP = 5
)

// Causes given to Env.Fatal: the Xtensa exception numbers, or the watchdog.
const (
	CauseLoadProhibited  = 28 // read through a NULL or freed pointer
	CauseStoreProhibited = 29 // write through one
	CauseSoftWatchdog    = -1 // no exception: an endless loop that the soft watchdog ends
)

// Env is what the API needs from a device. All methods are called on the device goroutine. An Env may have a method
// Caller() string that returns the file and line of the API call under way for firmware that is not Go, "" otherwise, and
// a method Clock() uint32 that returns the wall clock in seconds since 1970, 0 while it is not set; only the profiles with
// engine X look at it. A method FlashLayout() image.Layout tells what the flash is for, if the flash size map does not. A
// method Overclock(on bool) hears that TLS raises the CPU to 160 MHz, and that it sets it back.
type Env interface {
	Stack() *netstack.Stack
	Heap() Heap
	Flash() Flash
	// Post queues fn for the ETS task of a priority; false when its queue of 15 is full.
	Post(prio int, fn func()) bool
	// Printf is os_printf with Go's verbs.
	Printf(format string, args ...any)
	// IPInfo returns an interface's address and mask; the zero value or address 0.0.0.0 without one.
	IPInfo(ifIndex int) netip.Prefix
	OpMode() uint8
	StationStatus() uint8
	Rand() io.Reader
	Spend(op boundedtls.Op, bits int)
	Observe(Event)
	// NewConn makes the espconn of an accepted connection in the device's heap; nil when there is no memory.
	NewConn() Ref
	// FreeConn gives an espconn of NewConn back.
	FreeConn(Ref)
	// KeyLog receives TLS secrets; nil: nobody.
	KeyLog() io.Writer
	// Fatal raises the exception that the chip would raise here and resets the device. It may return or not; when it
	// returns, the API goes on without harm.
	Fatal(cause int, why string)
}
