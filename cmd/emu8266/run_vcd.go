package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
)

const (
	// vcdStep is the resolution of the file. Choice: readers that sample, such as sigrok, take ten million samples for a second.
	vcdStep = 100 * time.Nanosecond
	// vcdAhead bounds the bytes of UART0 that wait for their turn on the line; more are left out. Choice: 88 s at 115,200 baud.
	vcdAhead = 1 << 20
)

// vcdFile writes the levels of the pins, and what UART0 sends, as a value change dump (IEEE 1364), which GTKWave, PulseView and sigrok-cli
// read. Pins come from recordings of the device, so that the pulses of the PWM are there too; the UART's line is drawn from its bytes,
// each at the earliest after the one before, because the device's UART takes no time unless it is told to.
type vcdFile struct {
	out    *bufio.Writer
	file   io.Closer
	device *emulator.Device
	began  time.Time

	mu sync.Mutex // guards all that follows: the device sends, the command looks

	recording *emulator.Recording
	last      time.Duration // of the pins' last change
	level     [chip.PinCount]bool

	at      int64 // of the last time that was written, in steps; -1 before the first
	waiting []uartByte
	free    time.Duration // when the line has sent what was given to it
}

// uartByte is a byte on the line: its start bit, eight data bits, the lowest first, and its stop bit.
type uartByte struct {
	start, bit time.Duration
	value      byte
	sent       int // bits that were written
}

// uartPin is the letter of the UART's line; those of the pins come before it.
const uartPin = '!' + chip.PinCount

func newVCD(file io.Closer, out io.Writer) *vcdFile {
	v := &vcdFile{out: bufio.NewWriterSize(out, 64<<10), file: file, at: -1}
	fmt.Fprintf(v.out, "$version emu8266 $end\n$timescale %d ns $end\n$scope module device $end\n", vcdStep.Nanoseconds())
	for n := range chip.PinCount {
		fmt.Fprintf(v.out, "$var wire 1 %c GPIO%d $end\n", rune('!'+n), n)
	}
	fmt.Fprintf(v.out, "$var wire 1 %c U0TXD $end\n$upscope $end\n$enddefinitions $end\n", rune(uartPin))
	return v
}

// begin notes the levels of a device that has not booted.
func (v *vcdFile) begin(d *emulator.Device) {
	v.device, v.began = d, time.Now()
	v.recording = d.Pins().Record()
	v.time(0)
	fmt.Fprintln(v.out, "$dumpvars")
	for n := range chip.PinCount {
		v.level[n] = d.Pins().High(n)
		v.bit(rune('!'+n), v.level[n])
	}
	v.bit(uartPin, true)
	fmt.Fprintln(v.out, "$end")
}

// Write takes bytes that the device sends; it is called on the device goroutine, and never fails.
func (v *vcdFile) Write(p []byte) (int, error) {
	if baud := v.device.UART().Baud(0); baud > 0 {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.send(time.Since(v.began), time.Second/time.Duration(baud), p)
	}
	return len(p), nil
}

// send puts bytes on the line at a time. The caller holds mu.
func (v *vcdFile) send(at, bit time.Duration, p []byte) {
	for _, b := range p {
		if len(v.waiting) >= vcdAhead {
			return
		}
		start := max(at, v.free)
		v.waiting = append(v.waiting, uartByte{start: start, bit: bit, value: b})
		v.free = start + 10*bit
	}
}

// drain writes what has happened; nothing of it lies before what was written.
func (v *vcdFile) drain() {
	next := v.device.Pins().Record()
	changes := v.recording.Changes()
	v.recording.Stop()
	v.recording = next
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range changes {
		if c.At < v.last || c.Pin >= chip.PinCount || v.level[c.Pin] == c.High {
			continue // the recording before had it
		}
		v.last = c.At
		v.sendUntil(c.At)
		v.level[c.Pin] = c.High
		v.time(c.At)
		v.bit(rune('!'+c.Pin), c.High)
	}
}

// sendUntil writes the bits of the UART that come before a time.
func (v *vcdFile) sendUntil(t time.Duration) {
	for len(v.waiting) > 0 {
		b := &v.waiting[0]
		for ; b.sent < 10; b.sent++ {
			at := b.start + time.Duration(b.sent)*b.bit
			if at > t {
				return
			}
			v.time(at)
			v.bit(uartPin, b.sent == 9 || b.sent > 0 && b.value>>(b.sent-1)&1 != 0)
		}
		v.waiting = v.waiting[1:]
	}
}

// time begins what happens at a time.
func (v *vcdFile) time(t time.Duration) {
	if at := max(int64(t/vcdStep), v.at); at != v.at {
		v.at = at
		fmt.Fprintf(v.out, "#%d\n", at)
	}
}

func (v *vcdFile) bit(letter rune, high bool) {
	if high {
		fmt.Fprintf(v.out, "1%c\n", letter)
	} else {
		fmt.Fprintf(v.out, "0%c\n", letter)
	}
}

// end writes the rest, until a time, when the device has ended but is not closed.
func (v *vcdFile) end(t time.Duration) {
	v.drain()
	v.recording.Stop()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sendUntil(max(t, v.free))
	v.time(t)
}

// close writes the file out.
func (v *vcdFile) close() error { return errors.Join(v.out.Flush(), v.file.Close()) }
