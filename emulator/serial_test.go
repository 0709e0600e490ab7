package emulator_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
)

// Registers of UART0 (sdk-surface.md, Registers).
const (
	uartFIFO   = 0x60000000
	uartIntSt  = 0x60000008
	uartIntEna = 0x6000000C
	uartIntClr = 0x60000010
	uartStatus = 0x6000001C
	uartConf0  = 0x60000020
	uartConf1  = 0x60000024
	uart1      = 0xF00
	rxFull     = 1 << 0
	txEmpty    = 1 << 1
	rxOverflow = 1 << 4
	rxTimeout  = 1 << 8
)

// echo is a driver as most firmware has it: an interrupt at a threshold and after a pause posts a task, which reads.
type echo struct {
	threshold uint32
	interrupt []uint32 // what the handler saw
	at        []time.Duration
	got       bytes.Buffer
}

func (e *echo) init(s *emulator.SDK) {
	const ints = rxFull | rxTimeout | rxOverflow
	s.UartDivModify(0, 80000000/115200)
	s.EtsIsrAttach(chip.IntUART, func() {
		e.interrupt = append(e.interrupt, s.ReadPeriReg(uartIntSt))
		e.at = append(e.at, s.Board().Uptime())
		s.WritePeriReg(uartIntEna, 0)
		s.WritePeriReg(uartIntClr, 0xFFFF)
		s.SystemOsPost(0, 0, 0)
	})
	s.SystemOsTask(func(chip.OsEvent) {
		for s.ReadPeriReg(uartStatus)&0xFF > 0 {
			c := s.ReadPeriReg(uartFIFO)
			e.got.WriteByte(byte(c))
			s.WritePeriReg(uartFIFO, c)
		}
		s.WritePeriReg(uartIntClr, 0xFFFF)
		s.WritePeriReg(uartIntEna, ints)
	}, 0, make([]chip.OsEvent, 4))
	s.WritePeriReg(uartConf1, e.threshold|2<<24|1<<31)
	s.WritePeriReg(uartIntEna, ints)
	s.EtsIsrUnmask(1 << chip.IntUART)
}

// Bytes come in at the baud rate; the interrupts are those of the threshold and of the pause after the last one.
func TestUARTReceives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		e := &echo{threshold: 100}
		d := emulator.NewTest(t, emulator.Config{UART: &out, NoAutoConnect: true, Seed: 1, Checks: emulator.ChecksFail})
		require.NoError(t, d.Boot(emulator.Go(e.init)))
		assert.InDelta(t, 115200, d.UART().Baud(0), 100)
		assert.InDelta(t, 74880, d.UART().Baud(1), 50, "what the boot ROM leaves")
		assert.Zero(t, d.UART().Baud(2))

		n, err := d.UART().Write([]byte("short"))
		require.NoError(t, err)
		assert.Equal(t, 5, n)
		time.Sleep(time.Second)
		text := strings.Repeat("0123456789", 15)
		_, err = d.UART().Write([]byte(text))
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, "short"+text, e.got.String())
			assert.Equal(t, e.got.String(), out.String(), "echoed")
			assert.Equal(t, []uint32{rxTimeout, rxFull, rxTimeout}, e.interrupt)
			// 7 bytes of 10 bits of 694/80,000,000 s after the write; then 100; then the other 50 and the pause
			const bytes10 = 694 * 10 * 12500 * time.Nanosecond / 1000
			assert.Equal(t, []time.Duration{7 * bytes10, time.Second + 100*bytes10, time.Second + 152*bytes10}, e.at)
		}))
	})
}

// What nobody reads overflows after 128 bytes.
func TestUARTOverflows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, Seed: 1})
		var sdk *emulator.SDK
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			sdk = s
			s.WritePeriReg(uartConf1, 120)
		})))
		_, err := d.UART().Write([]byte(strings.Repeat("x", 127) + "yz"))
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() {
			assert.EqualValues(t, 128, sdk.ReadPeriReg(uartStatus)&0xFF)
			assert.EqualValues(t, rxOverflow|rxFull|txEmpty, sdk.ReadPeriReg(uartIntSt-4), "raw")
			assert.Zero(t, sdk.ReadPeriReg(uartIntSt), "none is enabled")
			sdk.WritePeriReg(uartIntClr, rxOverflow|rxFull)
			assert.EqualValues(t, rxFull|txEmpty, sdk.ReadPeriReg(uartIntSt-4), "full stays until it is read")
			for range 127 {
				assert.EqualValues(t, 'x', sdk.ReadPeriReg(uartFIFO))
			}
			assert.EqualValues(t, 'y', sdk.ReadPeriReg(uartFIFO))
			assert.Zero(t, sdk.ReadPeriReg(uartFIFO), "empty")
		}))
		_, err = d.UART().Write([]byte("gone"))
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() {
			sdk.WritePeriReg(uartConf0, 1<<17)
			assert.Zero(t, sdk.ReadPeriReg(uartStatus)&0xFF, "reset of the FIFO")
		}))
	})
}

// A long text from a goroutine that does not care about the line's speed: it waits, and nothing is lost.
func TestUARTBackPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &echo{threshold: 64}
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, Seed: 1})
		require.NoError(t, d.Boot(emulator.Go(e.init)))
		text := strings.Repeat("The quick brown fox. ", 1000)
		from := time.Now()
		_, err := d.UART().Write([]byte(text))
		require.NoError(t, err)
		assert.Greater(t, time.Since(from), time.Second, "21,000 bytes at 115,200 baud take 1.8 s")
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, text, e.got.String())
			_, err := d.UART().Write([]byte(text))
			assert.ErrorIs(t, err, emulator.ErrLineFull)
		}))
	})
}

// Writers do not hang when nobody will ever listen.
func TestUARTWithoutListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, Seed: 1, ExpectCrash: true})
		long := make([]byte, 20000)
		n, err := d.UART().Write(long)
		require.NoError(t, err, "before the first boot")
		assert.Equal(t, len(long), n)

		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			var crash emulator.OsTimer
			s.OsTimerSetfn(&crash, func() { s.Board().Fatal(chip.Crash{Cause: 0, Why: "test"}) })
			s.OsTimerArm(&crash, 100, false)
		})))
		_, err = d.UART().Write(long)
		require.NoError(t, err, "it crashes meanwhile")
		require.NotNil(t, d.Crash())

		require.NoError(t, d.Boot(emulator.Go(func(*emulator.SDK) {})))
		done := make(chan error)
		go func() {
			_, err := d.UART().Write(long)
			done <- err
		}()
		time.Sleep(10 * time.Millisecond)
		require.NoError(t, d.Close())
		assert.ErrorIs(t, <-done, emulator.ErrClosed)
		_, err = d.UART().Write([]byte("x"))
		assert.True(t, errors.Is(err, emulator.ErrClosed))
	})
}

// Bytes that come during a restart wait for the next boot.
func TestUARTOverRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &echo{threshold: 100}
		boots := 0
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, Seed: 1})
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			if boots++; boots == 1 {
				s.SystemRestart()
				return
			}
			e.init(s)
		})))
		time.Sleep(200 * time.Millisecond)
		_, err := d.UART().Write([]byte("early"))
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, 2, boots)
			assert.Equal(t, "early", e.got.String())
		}))
	})
}

// UART1 sends to whoever listens, and its lines are in the trace; system_set_os_print holds back os_printf, not the FIFO.
func TestUARTSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, debug bytes.Buffer
		d := emulator.NewTest(t, emulator.Config{UART: &out, NoAutoConnect: true, Seed: 1})
		require.NoError(t, d.UART().Listen(1, &debug))
		require.Error(t, d.UART().Listen(2, &debug))
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			s.SystemSetOsPrint(0)
			s.OsPrintf("silent")
			for _, c := range "loud\n" {
				s.WritePeriReg(uartFIFO, uint32(c))
				s.WritePeriReg(uartFIFO+uart1, uint32(c)&^0x20)
			}
			s.WritePeriReg(uartFIFO+uart1, '\n')
		})))
		require.NoError(t, d.Do(func() {
			assert.Equal(t, "loud\n", out.String())
			assert.Equal(t, "LOUD\n\n", debug.String())
		}))
		_, err := d.WaitEvent(t.Context(), func(e trace.Event) bool { return e.Source == trace.SourceUART1 && e.Text == "LOUD" })
		require.NoError(t, err)
	})
}

// With UARTTiming the FIFO runs empty at the baud rate: a driver that polls it waits, os_printf waits, and the interrupt of
// the empty FIFO comes.
func TestUARTTiming(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		var took [3]time.Duration
		var at []time.Duration
		d := emulator.NewTest(t, emulator.Config{UART: &out, NoAutoConnect: true, UARTTiming: true, Seed: 1})
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			s.UartDivModify(0, 8000) // 10,000 baud: 1 ms a byte
			from := s.Board().Uptime()
			for range 200 {
				for s.ReadPeriReg(uartStatus)>>16&0xFF >= 126 {
				}
				s.WritePeriReg(uartFIFO, 'x')
			}
			took[0] = s.Board().Uptime() - from
			assert.EqualValues(t, 126, s.ReadPeriReg(uartStatus)>>16&0xFF)
			from = s.Board().Uptime()
			s.OsPrintf("%s", strings.Repeat("y", 100))
			took[1] = s.Board().Uptime() - from
			s.WritePeriReg(uartFIFO, 'z') // lost: the FIFO is full
			s.WritePeriReg(uartConf1, 16<<8)
			s.EtsIsrAttach(chip.IntUART, func() {
				at = append(at, s.Board().Uptime())
				s.WritePeriReg(uartIntEna, 0)
			})
			s.EtsIsrUnmask(1 << chip.IntUART)
			s.WritePeriReg(uartIntEna, txEmpty)
			took[2] = s.Board().Uptime()
		})))
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() {
			assert.InDelta(t, 74, took[0].Milliseconds(), 1)
			assert.InDelta(t, 98, took[1].Milliseconds(), 1)
			assert.Equal(t, strings.Repeat("x", 200)+strings.Repeat("y", 100), out.String())
			if assert.Len(t, at, 1) {
				assert.InDelta(t, 112, (at[0] - took[2]).Milliseconds(), 1)
			}
		}))
	})
}
