package elf

import (
	"bytes"

	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
	"github.com/emu8266/emu8266/emulator/elf/internal/record"
)

// Kinds of what is recorded.
const (
	recordCall  = record.Call
	recordWrite = record.Write
	recordEnter = record.Enter
	recordLeave = record.Leave
	recordLoad  = record.Load
	recordStore = record.Store
	recordEnd   = record.End
	recordPoke  = record.Poke
)

// pcChanged is the bit of a recordLeave for a program counter.
const pcChanged = 1 << 16

// history is what a debugger's Firmware keeps over all its boots. The program and its memory are all of a device that is kept: what the
// SDK, the network and the timers did is there by what came into the program.
type history struct {
	debugger Debugger
	record   *record.Record[*state]
	guest    *guest // of the boot under way
	live     *Machine
	base     uint64 // position at which this boot began
	end      uint64 // position at which the boots before it have ended
	fresh    bool   // this boot has no checkpoint yet
	entries  uint64 // calls into the program
	fallen   bool   // the debugger was told of the crash that ends this boot
	values   []uint32

	outside outside // of the callback under way

	// What the memory was before the SDK wrote into it, since the program has run last.
	touched bool
	shadow  []byte
	code    map[uint32][]byte // pieces of instruction RAM, by address
}

// state is a checkpoint: the processor inside a callback that the loop has called.
type state struct {
	cpu     *lx106.Snapshot
	outside outside
	base    uint64 // position at which the boot began
	entries uint64
}

// outside is what the registers are when a function that the SDK has called returns.
type outside struct {
	a       [16]uint32
	pc, sar uint32
}

func newHistory(d Debugger) *history {
	return &history{debugger: d, record: record.New[*state](recordMost), shadow: make([]byte, lx106.DRAMSize), code: map[uint32][]byte{}}
}

// call records that the SDK calls the program, at the depth to come.
func (h *history) call(depth int, f uint32, words []uint32) {
	c := h.guest.cpu
	h.entries++
	h.flush()
	if depth == 1 {
		h.outside = outside{*c.A, c.PC, c.Special(lx106.SAR)}
	}
	h.values = append(append(h.values[:0], f), words...)
	h.record.Add(recordCall, h.values...)
}

// close records that the firmware has ended.
func (h *history) close() {
	h.flush()
	h.record.Add(recordEnd)
	h.end = h.live.Position() + 1
}

// touch notes what is in the memory that begins at an address, before the SDK writes there.
func (h *history) touch(addr uint32) {
	c := h.guest.cpu
	if !h.touched {
		h.touched = true
		b, _ := c.Readable(lx106.DRAMBase)
		copy(h.shadow, b)
	}
	if addr-lx106.IRAMBase < lx106.IRAMSize && h.code[addr] == nil {
		b, _ := c.Readable(addr)
		h.code[addr] = bytes.Clone(b)
	}
}

// pieceSize is how much memory is compared at once, in bytes.
const pieceSize = 256

// flush records what the SDK has written since touch.
func (h *history) flush() {
	if !h.touched {
		return
	}
	h.touched = false
	c := h.guest.cpu
	now, _ := c.Readable(lx106.DRAMBase)
	for at := 0; at < len(h.shadow); at += pieceSize {
		h.differ(lx106.DRAMBase+uint32(at), h.shadow[at:at+pieceSize], now[at:at+pieceSize])
	}
	for addr, before := range h.code {
		b, _ := c.Readable(addr)
		h.differ(addr, before, b[:min(len(before), len(b))])
	}
	clear(h.code)
}

// differ records where memory at an address is no longer as it was.
func (h *history) differ(addr uint32, before, now []byte) {
	if bytes.Equal(before[:len(now)], now) {
		return
	}
	from, to := 0, len(now)
	for before[from] == now[from] {
		from++
	}
	for before[to-1] == now[to-1] {
		to--
	}
	h.record.Write(addr+uint32(from), now[from:to])
}

// sendNames are functions with a pointer to data and their length behind the first argument: what a program sends is compared when it is
// played again.
var sendNames = map[string]bool{
	"espconn_send": true, "espconn_sent": true, "espconn_sendto": true, "espconn_secure_send": true, "espconn_secure_sent": true,
}

// given is a sum of what a program gives to the function outside that it calls: which, when, the registers, and what it sends.
func given(c *lx106.CPU, name string, position uint64) uint32 {
	const prime = 16777619 // of FNV-1a
	sum := uint32(2166136261)
	add := func(v uint32) {
		sum = (sum ^ v) * prime
		sum ^= sum >> 15
	}
	add(c.PC)
	add(uint32(position))
	for _, v := range c.A[:8] {
		add(v)
	}
	if sendNames[name] {
		b, _ := c.Readable(c.A[3])
		for _, v := range b[:min(len(b), int(c.A[4]&0xFFFF))] {
			add(uint32(v))
		}
	}
	return sum
}
