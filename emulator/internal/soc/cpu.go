package soc

import (
	"fmt"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// CPU frequencies in MHz.
const (
	cpuSlow = 80
	cpuFast = 160
)

// What the operations of TLS cost at 160 MHz. An estimate: no measured table for this SDK is known (scenarios.md 3). A
// client's handshake with an RSA-2048 server is "a few 100 ms", all of it public operations; a private RSA-2048 operation
// is 3 to 7 s, RSA-1024 an eighth to a sixth of that; an exponentiation of Diffie-Hellman is put at what an ESP32 without
// its accelerator takes for the message, 2.2 s, which has a faster multiplier and clock. Hash and cipher are guessed.
const (
	costBits       = 2048 // the length that the next three belong to
	costRSAPublic  = 120 * time.Millisecond
	costRSAPrivate = 3500 * time.Millisecond
	costDH         = 2500 * time.Millisecond
	cyclesHash     = 100 // a byte
	cyclesCipher   = 150
)

// cost returns the time of an operation at a frequency in MHz. A public operation grows with the square of the length,
// the others with the cube.
func cost(op boundedtls.Op, bits, mhz int) time.Duration {
	n := time.Duration(max(bits, 0))
	scale := func(d time.Duration, power int) time.Duration {
		for range power {
			d = d * n / costBits
		}
		return d * cpuFast / time.Duration(mhz)
	}
	switch op {
	case boundedtls.OpRSAPublic:
		return scale(costRSAPublic, 2)
	case boundedtls.OpRSAPrivate:
		return scale(costRSAPrivate, 3)
	case boundedtls.OpDH:
		return scale(costDH, 3)
	case boundedtls.OpHash:
		return n / 8 * cyclesHash * time.Microsecond / time.Duration(mhz)
	case boundedtls.OpCipher:
		return n / 8 * cyclesCipher * time.Microsecond / time.Duration(mhz)
	}
	return 0
}

// cpu is the CPU's frequency. The zero value is 80 MHz.
type cpu struct {
	fast    bool
	restore bool // the SDK raised it from 80 MHz and has yet to set it back
}

func (c *cpu) mhz() int {
	if c.fast {
		return cpuFast
	}
	return cpuSlow
}

// UpdateCPUFreq sets the CPU's frequency: 80 or 160 MHz, false for others.
func (m *System) UpdateCPUFreq(mhz uint8) bool {
	if mhz != cpuSlow && mhz != cpuFast {
		return m.OutOfRange("system_update_cpu_freq", "the frequency (80 or 160 MHz)", int(mhz), cpuSlow, cpuFast)
	}
	m.cpu = cpu{fast: mhz == cpuFast}
	return true
}

// GetCPUFreq returns the CPU's frequency in MHz.
func (m *System) GetCPUFreq() uint8 { return uint8(m.cpu.mhz()) }

// Estimated reports whether computing takes time.
func (m *System) Estimated() bool { return m.d.cfg.CPU == chip.Estimated }

// Compute is Busy for so many cycles, if computing takes time.
func (m *System) Compute(cycles int64) {
	if m.d.cfg.CPU == chip.Estimated {
		m.Busy(time.Duration(cycles) * time.Microsecond / time.Duration(m.cpu.mhz()))
	}
}

// Spend charges an operation of TLS. What a handshake computes with keys runs at 160 MHz, and the software watchdog is
// stopped for each step and restarted after it, even if the firmware had stopped it before (tls.md 5.8). Choice: axTLS
// is taken to do the same. Choice: the restart feeds the hardware watchdog too, so a single operation has 6.5 to 8.2 s.
func (m *System) Spend(op boundedtls.Op, bits int) {
	if m.d.cfg.CPU != chip.Estimated {
		return
	}
	if op == boundedtls.OpHash || op == boundedtls.OpCipher {
		m.Busy(cost(op, bits, m.cpu.mhz()))
		return
	}
	d := cost(op, bits, cpuFast)
	m.d.trace.Add(trace.Event{Source: trace.SourceCPU, Kind: trace.KindBusy, Name: op.String(), Value: d.Microseconds(),
		Text: fmt.Sprintf("µs for %d bits at %d MHz, an estimate", bits, cpuFast)})
	m.dog.stopped, m.computing = true, fmt.Sprintf("%s with a key of %d bits", op, bits)
	m.Busy(d)
	m.dog.stopped, m.computing = false, ""
	m.dog.feed()
}

// Overclock is called when the TLS of the SDK raises the CPU to 160 MHz, and when it sets it back after a handshake that
// succeeded. After a failed one the CPU stays at 160 MHz (tls.md 5.8). Choice: only what was raised from 80 is set back.
func (m *System) Overclock(on bool) {
	c := &m.cpu
	switch {
	case on && !c.fast:
		c.fast, c.restore = true, true
	case !on && c.restore:
		c.fast, c.restore = false, false
	}
}
