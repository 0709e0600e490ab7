package engines_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/netstack"
)

// pinsTwin is testdata/firmware/pins.c in Go.
type pinsTwin struct {
	sdk                            *emulator.SDK
	blink, debounce, fade, measure emulator.OsTimer
	presses, ticks                 int
	on                             uint32
	line                           []byte
}

// Registers that it uses, by their names in eagle_soc.h and uart_register.h.
const (
	gpioOutSet   = 0x60000304
	gpioOutClear = 0x60000308
	gpioStatus   = 0x6000031C
	frc1Ctrl     = 0x60000608
	uartFIFO     = 0x60000000
	uartIntEna   = 0x6000000C
	uartIntClr   = 0x60000010
	uartStatus   = 0x6000001C
	uartConf1    = 0x60000024
	uartRx       = 1<<0 | 1<<8 // full and timeout
)

func (w *pinsTwin) init(sdk *emulator.SDK) {
	w.sdk = sdk
	sdk.PinFuncSelect(chip.PinMux(5), 0)
	sdk.Gpio16OutputConf()
	sdk.OsTimerSetfn(&w.blink, func() {
		w.on ^= 1
		sdk.GpioOutputSet(w.on<<5, (w.on^1)<<5, 1<<5, 0)
		sdk.Gpio16OutputSet(uint8(w.on))
	})
	sdk.OsTimerArm(&w.blink, 500, true)

	key := sdk.KeyInitSingle(0, chip.PinMux(0), 0, func() { sdk.OsPrintf("key long\n") }, func() { sdk.OsPrintf("key short\n") })
	if sdk.SystemGetChipID()&1 != 0 {
		sdk.KeyInit([]*emulator.Key{key})
	} else {
		w.button()
	}
	w.uart()
	sdk.PwmInit(1000, []uint32{0}, []chip.PWMPin{{Mux: chip.PinMux(12), Function: 3, GPIO: 12}})
	sdk.OsTimerSetfn(&w.fade, func() {
		duty := sdk.PwmGetDuty(0) + 5555
		if duty > 22222 {
			return
		}
		sdk.PwmSetDuty(duty, 0)
		sdk.PwmStart()
		sdk.OsTimerArm(&w.fade, 100, false)
	})
	sdk.OsTimerArm(&w.fade, 100, false)

	sdk.I2cMasterGpioInit()
	sdk.OsTimerSetfn(&w.measure, func() {
		data, ok := w.sensor(0xE3, 2)
		sdk.OsPrintf("sensor %d %d, adc %d\n", ok, int(data[0])<<8|int(data[1]), sdk.SystemAdcRead())
	})
	sdk.OsTimerArm(&w.measure, 1000, true)

	sdk.PinFuncSelect(chip.PinMux(13), 3)
	sdk.GpioOutputSet(0, 1<<13, 1<<13, 0)
	sdk.HwTimerInit(chip.Frc1Source, true)
	sdk.HwTimerSetFunc(func() {
		w.ticks++
		sdk.WritePeriReg([]uint32{gpioOutClear, gpioOutSet}[w.ticks&1], 1<<13)
		if w.ticks == 6 {
			sdk.WritePeriReg(frc1Ctrl, sdk.ReadPeriReg(frc1Ctrl)&^(1<<7))
		}
	})
	sdk.HwTimerArm(250)
	sdk.OsPrintf("vdd %d, random %d\n", sdk.SystemGetVdd33(), 1)
}

func (w *pinsTwin) button() {
	sdk := w.sdk
	sdk.PinFuncSelect(chip.PinMux(4), 0)
	sdk.PinPullupEn(chip.PinMux(4))
	sdk.GpioOutputSet(0, 0, 0, 1<<4)
	sdk.EtsIsrAttach(chip.IntGPIO, func() {
		status := sdk.ReadPeriReg(gpioStatus)
		sdk.GpioPinIntrStateSet(4, chip.GPIOPinIntrDisable)
		sdk.GpioIntrAck(status)
		sdk.OsTimerArm(&w.debounce, 20, false)
	})
	sdk.OsTimerSetfn(&w.debounce, func() {
		if sdk.GpioInputGet()&(1<<4) == 0 {
			w.presses++
			sdk.OsPrintf("press %d\n", w.presses)
		}
		sdk.GpioPinIntrStateSet(4, chip.GPIOPinIntrNegedge)
	})
	sdk.GpioPinIntrStateSet(4, chip.GPIOPinIntrNegedge)
	sdk.EtsIsrUnmask(1 << chip.IntGPIO)
}

func (w *pinsTwin) uart() {
	sdk := w.sdk
	sdk.SystemOsTask(func(chip.OsEvent) {
		for sdk.ReadPeriReg(uartStatus)&0xFF > 0 {
			c := byte(sdk.ReadPeriReg(uartFIFO))
			if c != '\n' && len(w.line) < 63 {
				w.line = append(w.line, c)
				continue
			}
			for _, c := range []byte("you said " + string(w.line) + "\n") {
				sdk.WritePeriReg(uartFIFO, uint32(c))
			}
			w.line = nil
		}
		sdk.WritePeriReg(uartIntEna, uartRx)
	}, 1, make([]chip.OsEvent, 4))
	sdk.UartDivModify(0, 80000000/9600)
	sdk.EtsIsrAttach(chip.IntUART, func() {
		sdk.WritePeriReg(uartIntEna, 0)
		sdk.WritePeriReg(uartIntClr, 0xFFFF)
		sdk.SystemOsPost(1, 1, 0)
	})
	sdk.WritePeriReg(uartConf1, 16|2<<24|1<<31)
	sdk.WritePeriReg(uartIntEna, uartRx)
	sdk.EtsIsrUnmask(1 << chip.IntUART)
}

func (w *pinsTwin) sensor(reg uint8, n int) (data []byte, ok int) {
	sdk := w.sdk
	data = make([]byte, n)
	sdk.I2cMasterStart()
	good := true
	for _, b := range []uint8{0x40 << 1, reg} {
		sdk.I2cMasterWriteByte(b)
		good = sdk.I2cMasterCheckAck() && good
	}
	sdk.I2cMasterStart()
	sdk.I2cMasterWriteByte(0x40<<1 | 1)
	good = sdk.I2cMasterCheckAck() && good
	for i := 0; good && i < n; i++ {
		data[i] = sdk.I2cMasterReadByte()
		if i == n-1 {
			sdk.I2cMasterSendNack()
		} else {
			sdk.I2cMasterSendAck()
		}
	}
	sdk.I2cMasterStop()
	if good {
		ok = 1
	}
	return data, ok
}

// pinsRun plays the board around fw: somebody presses the button or the key, types, and changes what is measured. It
// returns what the UART printed, what happened on the pins, and the pulses of the hardware timer.
func pinsRun(t *testing.T, fw emulator.Firmware, key bool) (uart string, events []string, pulses []time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		mac := netstack.MAC{2, 0, 10, 1, 0, 2}
		if key {
			mac[5]++
		}
		d := emulator.NewTest(t, emulator.Config{UART: &out, NoAutoConnect: true, Address: netip.MustParsePrefix("10.0.1.1/16"), MAC: mac,
			Seed:   1,
			Checks: emulator.ChecksFail})
		sensor := &emulator.I2CRegisters{}
		copy(sensor.Reg[0xE3:], []byte{0x12, 0x34})
		require.NoError(t, d.I2C().Attach(0x40, sensor))
		r := d.Pins().Record(13)
		require.NoError(t, d.Boot(fw))
		at := func(ms int, do func() error) {
			time.Sleep(time.Until(time.Date(2000, 1, 1, 0, 0, 0, ms*1e6, time.UTC)))
			require.NoError(t, do())
		}
		pin, long := 4, 1400
		if key {
			pin, long = 0, 7000
		}
		set := func(high bool) func() error { return func() error { return d.Pins().Set(pin, high) } }
		at(303, set(false))
		at(304, set(true)) // bounces
		at(305, set(false))
		at(603, set(true))
		at(1100, func() error { _, err := d.UART().Write([]byte("good morning\n")); return err })
		at(1200, func() error { return d.Pins().SetTOUT(777) })
		at(1303, set(false))
		at(long+3, set(true))
		at(long+100, func() error {
			_, err := d.UART().Write([]byte("a line that is longer than the FIFO's threshold\n"))
			return err
		})
		at(long+1003, func() error { return d.I2C().Attach(0x40, nil) })
		at(long+2550, func() error { return nil })
		for _, c := range r.Changes() {
			pulses = append(pulses, c.At)
		}
		require.NoError(t, d.Close())
		uart = out.String()
		for _, e := range d.Trace().Events() {
			if slices.Contains([]trace.Source{trace.SourcePin, trace.SourcePWM, trace.SourceI2C, trace.SourceUART, trace.SourceFinding},
				e.Source) {
				events = append(events, e.String())
			}
		}
	})
	return uart, events, pulses
}

// Pins and peripherals from C, and the same program in Go: the same levels, pulses, transfers and lines at the same times.
func TestPins(t *testing.T) { onEach(t, testPins) }

func testPins(t *testing.T, e engine) {
	i := e.image(t, "pins")
	assert.Empty(t, i.Missing())
	for _, key := range []bool{false, true} {
		t.Run(fmt.Sprintf("key %v", key), func(t *testing.T) {
			uart, c, pulses := pinsRun(t, i.Firmware(), key)
			_, twin, _ := pinsRun(t, emulator.Go((&pinsTwin{}).init), key)
			assert.Equal(t, twin, c)

			want := []string{"vdd 3379, random 1\n", "sensor 1 4660, adc 0\n", "you said good morning\n", "sensor 1 4660, adc 777\n",
				"you said a line that is longer than the FIFO's threshold\n", "sensor 0 0, adc 777\n"}
			if key {
				want = append(want, "key short\n", "key long\n")
				assert.Equal(t, 2, strings.Count(uart, "key short"), "one that bounces, and after the long one")
				assert.Equal(t, 1, strings.Count(uart, "key long"))
			} else {
				want = append(want, "press 1\n", "press 2\n")
				assert.Equal(t, 2, strings.Count(uart, "press"))
			}
			for _, text := range want {
				assert.Contains(t, uart, text)
			}
			if assert.Len(t, pulses, 6) {
				for i, at := range pulses[1:] {
					assert.Equal(t, 250*time.Microsecond, at-pulses[i])
				}
			}
			all := strings.Join(c, "\n")
			for _, text := range []string{
				"0.500000 pin     output GPIO5 1 high", "0.500000 pin     output GPIO16 1 high", "1.000000 pin     output GPIO5 low",
				"pwm     start GPIO12 5555/22222 channel 0, 249.975µs high of 1ms, 25.0 %", "pwm     start GPIO12 22220/22222",
				"i2c     write 0x40 1 e3", "i2c     read 0x40 2 12 34", "i2c     read 0x40 nobody answers",
			} {
				assert.Contains(t, all, text)
			}
		})
	}
}
