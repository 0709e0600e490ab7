// Package linked drives a program that somebody has linked with the SDK's own libraries: espconn/testdata/replay.c, which calls the
// libraries' functions by name, reads and writes memory, and tells of callbacks and frames. By it recorded cases are replayed on these
// libraries (docs/vendor-stack.md). Names like sdk-surface.md are pages of docs/facts.
package linked

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Folder names the folder with such programs.
const Folder = "EMU8266_VENDOR_ELF"

// File is a program of that folder. No licence lets us have one here: without it the test is skipped, in CI too.
func File(t *testing.T, name string) string {
	folder := os.Getenv(Folder)
	file := filepath.Join(folder, name)
	if _, err := os.Stat(file); folder == "" || err != nil {
		t.Skipf("%s names no folder with %s: testdata/replay.c, linked with the SDK's libraries", Folder, name)
	}
	return file
}

// Kinds of what replay.c tells.
const (
	Connect = iota
	Reconnect
	Disconnect
	Recv
	Sent
	Finish
	DNS
	Task
	Frame
)

// Told is what replay.c tells: a callback's arguments, or a frame.
type Told struct{ Kind, Conn, Data, N uint32 }

// Layout of the SDK's structures (sdk-surface.md, Struct layouts), and of replay.c's memory.
const (
	ConnSize = 28
	TCPSize  = 32
	roomSize = 640 // for espconns; the rest is for what calls point to
)

// Caller calls a function of a program by its name, as elf.Firmware does.
type Caller interface {
	Call(name string, args ...any) (uint64, error)
}

// Program is replay.c on a device, whose Config.UART it is.
type Program struct {
	Caller
	// Told hears of what happens, Line of what is printed, Failed of a crash or an impossible call, once: all calls give 0 then.
	Told   func(Told)
	Line   func(string)
	Failed func(error)

	Handlers [7]uint32 // the callbacks, by their kinds
	Room     uint32    // the next free bytes for espconns
	Scratch  uint32    // 384 bytes for what calls point to
	Data     uint32    // 65,536 bytes: byte i is 7*i+3

	told, netif uint32
	began       bool
	failed      bool
	part        []byte // of a line
}

// Begin asks the booted program where things lie. From then on it tells of callbacks.
func (p *Program) Begin() {
	for i := range p.Handlers {
		p.Handlers[i] = p.Do("address", i)
	}
	p.told, p.Room, p.Data, p.netif = p.Do("address", 7), p.Do("address", 8), p.Do("address", 9), p.Do("address", 10)
	p.Scratch = p.Room + roomSize
	p.began = true
}

// Take has the program tell of frames, which go nowhere else from then on.
func (p *Program) Take() { p.Do("take") }

// Netif is the station's network interface.
func (p *Program) Netif() uint32 { return Word(p.Peek(p.netif, 4), 0) }

// Fail ends what can be called.
func (p *Program) Fail(err error) {
	if !p.failed {
		p.failed = true
		p.Failed(err)
	}
}

// Do calls a function of replay.c.
func (p *Program) Do(name string, args ...any) uint32 {
	if p.failed {
		return 0
	}
	n, err := p.Call(name, args...)
	if err != nil {
		p.Fail(err)
		return 0
	}
	return uint32(n)
}

// API calls a function of the SDK's with up to four words.
func (p *Program) API(name string, args ...uint32) uint32 {
	var a [4]any
	for i := range a {
		a[i] = uint32(0)
		if i < len(args) {
			a[i] = args[i]
		}
	}
	return p.Do("call_"+name, a[:]...)
}

// most is how much Peek takes in one call: what can be lent is 8,192 bytes less the SDK's texts that the program has asked for.
const most = 4096

// Peek reads memory.
func (p *Program) Peek(at uint32, n int) []byte {
	b := make([]byte, n)
	for k := 0; k < n; k += most {
		part := b[k:min(n, k+most)]
		p.Do("peek", at+uint32(k), part, len(part))
	}
	return b
}

// Poke writes memory.
func (p *Program) Poke(at uint32, b []byte) { p.Do("poke", at, b, len(b)) }

// NewConn makes room for an espconn with its esp_tcp or esp_udp: in replay.c's memory, and then in the heap; 0 when there is none.
func (p *Program) NewConn() uint32 {
	at := p.Room
	if at+ConnSize+TCPSize > p.Scratch {
		return p.API("pvPortMalloc", ConnSize+TCPSize)
	}
	p.Room += ConnSize + TCPSize
	return at
}

// Words puts words behind each other, Word takes one.
func Words(n ...uint32) (b []byte) {
	for _, w := range n {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b
}

// Word is word n of b.
func Word(b []byte, n int) uint32 { return binary.LittleEndian.Uint32(b[4*n:]) }

// Chain is the bytes of a chain of struct pbuf: a frame.
func (p *Program) Chain(at uint32) (b []byte) {
	for at != 0 && !p.failed {
		buf := p.Peek(at, 12)
		b = append(b, p.Peek(Word(buf, 1), int(Word(buf, 2)>>16))...)
		at = Word(buf, 0)
	}
	return b
}

// Write gets what the device prints, and by the character 1 what replay.c tells. On the device's goroutine.
func (p *Program) Write(b []byte) (int, error) {
	for _, c := range b {
		switch {
		case !p.began:
		case c == 1:
			if w := p.Peek(p.told, 16); !p.failed {
				p.Told(Told{Word(w, 0), Word(w, 1), Word(w, 2), Word(w, 3)})
			}
		case c == '\n':
			line := string(p.part)
			p.part = p.part[:0]
			if strings.HasPrefix(line, "Fatal exception (") || line == "soft wdt reset" {
				p.Fail(crash(line))
			}
			p.Line(line)
		case c != '\r':
			p.part = append(p.part, c)
		}
	}
	return len(b), nil
}

// crash is the first line of one.
type crash string

func (c crash) Error() string { return string(c) }
