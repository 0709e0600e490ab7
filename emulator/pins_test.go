package emulator_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// bench runs fw on a device without Wi-Fi.
func bench(t *testing.T, init func(*emulator.SDK), test func(t *testing.T, d *emulator.Device)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, Seed: 1, Checks: emulator.ChecksFail})
		require.NoError(t, d.Boot(emulator.Go(init)))
		test(t, d)
	})
}

// A LED blinks by a timer: the recording has its times, Wait finds its edges, the trace its levels.
func TestBlink(t *testing.T) {
	var led emulator.OsTimer
	on := false
	bench(t, func(s *emulator.SDK) {
		s.PinFuncSelect(chip.PinMux(5), 0)
		s.OsTimerSetfn(&led, func() {
			on = !on
			s.GpioOutputSet(number(on)<<5, number(!on)<<5, 1<<5, 0)
		})
		s.OsTimerArm(&led, 250, true)
	}, func(t *testing.T, d *emulator.Device) {
		pins := d.Pins()
		r := pins.Record(5)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		require.NoError(t, pins.Wait(ctx, 5, true))
		require.NoError(t, pins.Wait(ctx, 5, true), "it is high already")
		require.NoError(t, pins.Wait(ctx, 5, false))
		time.Sleep(600 * time.Millisecond)
		assert.Equal(t, []chip.PinChange{
			{At: 250 * time.Millisecond, Pin: 5, High: true}, {At: 500 * time.Millisecond, Pin: 5},
			{At: 750 * time.Millisecond, Pin: 5, High: true}, {At: time.Second, Pin: 5},
		}, r.Changes())
		r.Stop()
		assert.Empty(t, r.Changes())
		state, err := pins.State(5)
		require.NoError(t, err)
		assert.Equal(t, chip.PinState{GPIO: true, Output: true}, state)
		var lines []string
		for _, e := range d.Trace().Events() {
			if e.Source == trace.SourcePin {
				lines = append(lines, fmt.Sprint(e.At, e.Kind.String(), e.Name, e.Text))
			}
		}
		assert.Equal(t, []string{"250msoutputGPIO5high", "500msoutputGPIO5low", "750msoutputGPIO5high", "1soutputGPIO5low"}, lines)

		require.NoError(t, d.Do(func() { on = true }))
		short, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		err = pins.Wait(short, 4, true)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorContains(t, err, "GPIO4 did not go high")
	})
}

func number(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// What a pad reads, by what drives it.
func TestPadLevels(t *testing.T) {
	var sdk *emulator.SDK
	bench(t, func(s *emulator.SDK) { sdk = s }, func(t *testing.T, d *emulator.Device) {
		pins := d.Pins()
		reads := func(pin int) bool {
			var high bool
			require.NoError(t, d.Do(func() { high = sdk.GpioInputGet()&(1<<pin) != 0 }))
			assert.Equal(t, high, pins.High(pin))
			return high
		}
		do := func(fn func()) { require.NoError(t, d.Do(fn)) }

		assert.False(t, reads(4), "nothing drives it")
		assert.True(t, reads(0), "pulled up for booting")
		require.NoError(t, pins.Set(4, true))
		assert.True(t, reads(4))
		require.NoError(t, pins.Release(4))
		assert.False(t, reads(4))
		do(func() { sdk.PinPullupEn(chip.PinMux(4)) })
		assert.True(t, reads(4), "pull-up")
		require.NoError(t, pins.Set(4, false))
		assert.False(t, reads(4), "stronger than the pull-up")
		do(func() { sdk.GpioOutputSet(1<<4, 0, 1<<4, 0) })
		assert.False(t, reads(4), "low wins")
		require.NoError(t, pins.Release(4))
		assert.True(t, reads(4))
		do(func() { sdk.GpioOutputSet(0, 1<<4, 0, 0) })
		assert.False(t, reads(4))
		do(func() { sdk.WritePeriReg(0x60000338, 1<<2); sdk.GpioOutputSet(1<<4, 0, 0, 0) }) // open drain
		assert.True(t, reads(4), "pull-up again")
		require.NoError(t, pins.Set(4, false))
		assert.False(t, reads(4), "an open drain does not drive high")
		do(func() { sdk.GpioOutputSet(0, 0, 0, 1<<4); sdk.PinPullupDis(chip.PinMux(4)) })

		do(func() { sdk.GpioOutputSet(1<<12, 0, 1<<12, 0) })
		assert.False(t, reads(12), "MTDI is no GPIO yet")
		do(func() { sdk.PinFuncSelect(chip.PinMux(12), 3) })
		assert.True(t, reads(12))
		state, err := pins.State(12)
		require.NoError(t, err)
		assert.Equal(t, chip.PinState{Function: 3, GPIO: true, Output: true, High: true}, state)
		do(func() { sdk.PinFuncSelect(chip.PinMux(12), 4) })
		assert.False(t, reads(12))
		state, err = pins.State(12)
		require.NoError(t, err)
		assert.Equal(t, 4, state.Function)

		do(func() { sdk.Gpio16OutputConf(); sdk.Gpio16OutputSet(1) })
		assert.True(t, pins.High(16))
		do(func() { sdk.Gpio16InputConf() })
		assert.False(t, pins.High(16))
		require.NoError(t, pins.Set(16, true))
		do(func() { assert.EqualValues(t, 1, sdk.Gpio16InputGet()) })

		assert.ErrorContains(t, pins.Set(17, true), "no GPIO17: 0 to 16")
		assert.Error(t, pins.Release(-1))
		_, err = pins.State(99)
		assert.Error(t, err)
		assert.False(t, pins.High(99))
	})
}

// Each kind of interrupt, with what sets it off.
func TestPinInterrupts(t *testing.T) {
	for _, tc := range []struct {
		kind        chip.GPIOIntType
		first       bool
		up, down, n int // interrupts when it goes up, then down; n: before any change
	}{
		{chip.GPIOPinIntrDisable, false, 0, 0, 0},
		{chip.GPIOPinIntrPosedge, false, 1, 0, 0},
		{chip.GPIOPinIntrNegedge, false, 0, 1, 0},
		{chip.GPIOPinIntrAnyedge, false, 1, 1, 0},
		{chip.GPIOPinIntrLolevel, true, 0, 1, 0},
		{chip.GPIOPinIntrHilevel, false, 1, 0, 0},
	} {
		got := 0
		var sdk *emulator.SDK
		bench(t, func(s *emulator.SDK) {
			sdk = s
			s.EtsIsrAttach(chip.IntGPIO, func() {
				got++
				status := s.ReadPeriReg(0x6000031C)
				assert.EqualValues(t, 1<<4, status)
				if tc.kind >= chip.GPIOPinIntrLolevel {
					s.GpioPinIntrStateSet(4, chip.GPIOPinIntrDisable)
				}
				s.WritePeriReg(0x60000324, status)
			})
		}, func(t *testing.T, d *emulator.Device) {
			require.NoError(t, d.Pins().Set(4, tc.first))
			require.NoError(t, d.Do(func() {
				s := sdk
				s.GpioPinIntrStateSet(4, tc.kind)
				s.EtsIsrUnmask(1 << chip.IntGPIO)
			}))
			counts := []int{got}
			for _, high := range []bool{true, false} {
				before := got
				require.NoError(t, d.Pins().Set(4, high))
				counts = append(counts, got-before)
			}
			assert.Equal(t, []int{tc.n, tc.up, tc.down}, counts, "type %d", tc.kind)
		})
	}
}

// Interrupts come inside os_delay_us, wait while they are locked, masked or while another handler runs.
func TestInterruptsInDelays(t *testing.T) {
	var at []time.Duration
	var timer emulator.OsTimer
	bench(t, func(s *emulator.SDK) {
		s.EtsIsrAttach(chip.IntGPIO, func() {
			at = append(at, s.Board().Uptime())
			s.GpioIntrAck(0xFFFF)
			s.OsDelayUs(1000) // other interrupts wait for the end
		})
		s.GpioPinIntrStateSet(4, chip.GPIOPinIntrAnyedge)
		s.EtsIsrUnmask(1 << chip.IntGPIO)
		s.OsTimerSetfn(&timer, func() {
			from := s.Board().Uptime()
			s.OsDelayUs(100000)
			assert.Equal(t, 100*time.Millisecond, s.Board().Uptime()-from, "handlers run in the time of the delay")
			s.EtsIntrLock()
			s.OsDelayUs(100000)
			s.EtsIntrUnlock()
			s.EtsIsrMask(1 << chip.IntGPIO)
			s.OsDelayUs(100000)
			s.EtsIsrUnmask(1 << chip.IntGPIO)
		})
		s.OsTimerArm(&timer, 1000, false)
	}, func(t *testing.T, d *emulator.Device) {
		toggle := func() { assert.NoError(t, d.Pins().Set(4, !d.Pins().High(4))) }
		time.Sleep(1050 * time.Millisecond)
		from := time.Now()
		go func() { // while the handler of the first edge runs
			time.Sleep(500 * time.Microsecond)
			toggle()
		}()
		toggle() // 50 ms into the first delay
		time.Sleep(time.Until(from.Add(100 * time.Millisecond)))
		toggle() // 50 ms into the second, locked
		time.Sleep(100 * time.Millisecond)
		toggle() // 50 ms into the third, masked
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() {
			var ms []float64
			for _, t := range at {
				ms = append(ms, float64(t.Microseconds())/1000)
			}
			assert.Equal(t, []float64{1050, 1051, 1200, 1301}, ms)
		}))
	})
}

// A handler that does not clear its interrupt runs for ever: the watchdog ends it.
func TestInterruptStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, Seed: 1, ExpectCrash: true})
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			s.EtsIsrAttach(chip.IntGPIO, func() {})
			s.GpioPinIntrStateSet(4, chip.GPIOPinIntrPosedge)
			s.EtsIsrUnmask(1 << chip.IntGPIO)
		})))
		require.NoError(t, d.Pins().Set(4, true))
		c := d.Crash()
		require.NotNil(t, c)
		assert.Equal(t, espconn.CauseSoftWatchdog, c.Cause)
	})
}

// A crash in a handler that came in a delay is a crash like others, and the board does not hang.
func TestCrashInHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, Seed: 1, ExpectCrash: true})
		var timer emulator.OsTimer
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			s.GpioIntrHandlerRegister(func(mask uint32) {
				assert.EqualValues(t, 1<<4, mask)
				s.Board().Fatal(chip.Crash{Cause: 28, Why: "test"})
			})
			s.GpioPinIntrStateSet(4, chip.GPIOPinIntrPosedge)
			s.OsTimerSetfn(&timer, func() { s.OsDelayUs(1000000) })
			s.OsTimerArm(&timer, 1000, false)
		})))
		time.Sleep(1500 * time.Millisecond)
		require.NoError(t, d.Pins().Set(4, true))
		require.NotNil(t, d.Crash())
		assert.Equal(t, 28, d.Crash().Cause)
		require.NoError(t, d.Pins().Set(4, false), "the board goes on")
		assert.False(t, d.Pins().High(4))
	})
}

// Outputs float at a reset; what the board drives stays.
func TestPinsOverReset(t *testing.T) {
	boots := 0
	bench(t, func(s *emulator.SDK) {
		if boots++; boots == 1 {
			s.GpioOutputSet(1<<5, 0, 1<<5, 0)
			s.SystemRestart()
		}
	}, func(t *testing.T, d *emulator.Device) {
		require.NoError(t, d.Pins().Set(4, true))
		assert.True(t, d.Pins().High(5))
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() { assert.Equal(t, 2, boots) }))
		assert.False(t, d.Pins().High(5))
		assert.True(t, d.Pins().High(4))
		require.NoError(t, d.Close())
		assert.ErrorIs(t, d.Pins().Set(4, false), emulator.ErrClosed)
		assert.ErrorIs(t, d.Pins().Wait(t.Context(), 4, false), emulator.ErrClosed)
	})
}

// FRC1 as the driver uses it: once, repeating, as NMI, and by its registers.
func TestHwTimer(t *testing.T) {
	var at []time.Duration
	var sdk *emulator.SDK
	bench(t, func(s *emulator.SDK) {
		sdk = s
		s.HwTimerInit(chip.Frc1Source, false)
		s.HwTimerSetFunc(func() { at = append(at, s.Board().Uptime()) })
		s.HwTimerArm(1234)
	}, func(t *testing.T, d *emulator.Device) {
		take := func() []time.Duration {
			var out []time.Duration
			require.NoError(t, d.Do(func() { out, at = at, nil }))
			return out
		}
		time.Sleep(time.Second)
		assert.Equal(t, []time.Duration{1234 * time.Microsecond}, take(), "once")
		require.NoError(t, d.Do(func() {
			sdk.HwTimerInit(chip.Frc1Source, true)
			sdk.HwTimerArm(300000)
		}))
		time.Sleep(time.Second)
		assert.Equal(t, []time.Duration{1300 * time.Millisecond, 1600 * time.Millisecond, 1900 * time.Millisecond}, take())
		require.NoError(t, d.Do(func() {
			assert.EqualValues(t, 5*200000, sdk.ReadPeriReg(0x60000604), "200 ms are left")
			sdk.EtsIntrLock()
			sdk.OsDelayUs(500000)
			assert.Empty(t, at)
			sdk.EtsIntrUnlock()
			assert.Len(t, at, 1, "one edge waits, the other is lost")
			at = nil
			sdk.HwTimerInit(chip.NmiSource, true)
			sdk.HwTimerArm(100000)
			sdk.EtsIntrLock()
			sdk.OsDelayUs(250000)
			sdk.EtsIntrUnlock()
			assert.Len(t, at, 2, "nothing holds the NMI back")
			sdk.NmiTimSetFunc(nil)
			at = nil
			sdk.WritePeriReg(0x60000608, 0) // off
			sdk.OsDelayUs(250000)
			assert.Empty(t, at)
			sdk.EtsIsrAttach(chip.IntFRC1, func() {
				at = append(at, sdk.Board().Uptime())
				sdk.WritePeriReg(0x6000060C, 1)
			})
			sdk.WritePeriReg(0x60000608, 1<<7|2<<2|1) // level, 256
			sdk.WritePeriReg(0x60000600, 31250)
			sdk.OsDelayUs(200000)
			assert.Len(t, at, 1, "100 ms")
		}))
	})
}

// PWM: what pwm_start makes valid, by the formula of the SDK.
func TestPWM(t *testing.T) {
	var sdk *emulator.SDK
	bench(t, func(s *emulator.SDK) {
		sdk = s
		s.PwmInit(1000, []uint32{0, 11111}, []chip.PWMPin{{Mux: chip.PinMux(12), Function: 3, GPIO: 12}, {Mux: chip.PinMux(15),
			Function: 3, GPIO: 15}})
	}, func(t *testing.T, d *emulator.Device) {
		c := d.Pins().PWM()
		require.Len(t, c, 2)
		assert.Equal(t, chip.PWMChannel{Channel: 1, Pin: 15, Duty: 11111, Full: 22222, Period: time.Millisecond}, c[1])
		assert.Equal(t, 499995*time.Nanosecond, c[1].High())
		require.NoError(t, d.Do(func() {
			sdk.PwmSetDuty(22222, 0)
			sdk.PwmSetDuty(1, 7) // there is none
			assert.EqualValues(t, 22222, sdk.PwmGetDuty(0))
			assert.Zero(t, sdk.PwmGetDuty(7))
		}))
		assert.Zero(t, d.Pins().PWM()[0].Duty, "not before pwm_start")
		assert.False(t, d.Pins().High(12))
		require.NoError(t, d.Do(sdk.PwmStart))
		assert.Equal(t, time.Millisecond, d.Pins().PWM()[0].High())
		assert.True(t, d.Pins().High(12), "full")
		require.NoError(t, d.Do(func() {
			sdk.PwmSetPeriod(2000)
			assert.EqualValues(t, 2000, sdk.PwmGetPeriod())
			sdk.PwmStart()
		}))
		assert.EqualValues(t, 44444, d.Pins().PWM()[0].Full)
		assert.True(t, d.Pins().High(12), "half now")
		time.Sleep(1500 * time.Microsecond)
		assert.False(t, d.Pins().High(12), "the other half")
		state, err := d.Pins().State(15)
		require.NoError(t, err)
		assert.True(t, state.Output)
		var last trace.Event
		for _, e := range d.Trace().Events() {
			if e.Source == trace.SourcePWM {
				last = e
			}
		}
		assert.Equal(t, "start GPIO15 11111/44444 channel 1, 499.995µs high of 2ms, 25.0 %",
			last.Kind.String()+" "+last.Name+fmt.Sprintf(" %d/%d ", last.Value, last.Limit)+last.Text)
	})
}

// The analogue input and the supply.
func TestADC(t *testing.T) {
	var sdk *emulator.SDK
	bench(t, func(s *emulator.SDK) { sdk = s }, func(t *testing.T, d *emulator.Device) {
		check := func(adc, vdd uint16) {
			require.NoError(t, d.Do(func() {
				assert.Equal(t, adc, sdk.SystemAdcRead())
				assert.Equal(t, vdd, sdk.SystemGetVdd33())
			}))
		}
		check(0, 3379)
		require.NoError(t, d.Pins().SetVDD33(3000))
		check(0, 3000)
		require.NoError(t, d.Pins().SetTOUT(512))
		check(512, 0xFFFF)
		require.NoError(t, d.Do(func() {
			many := make([]uint16, 3)
			sdk.SystemAdcReadFast(many)
			assert.Equal(t, []uint16{512, 512, 512}, many)
		}))
		assert.Error(t, d.Pins().SetTOUT(1025))
		assert.Error(t, d.Pins().SetVDD33(0xFFFF))
	})
}

// writeRegisters and readRegisters are what firmware does with a sensor.
func writeRegisters(s *emulator.SDK, addr, reg uint8, data ...uint8) bool {
	s.I2cMasterStart()
	defer s.I2cMasterStop()
	for _, b := range append([]uint8{addr << 1, reg}, data...) {
		s.I2cMasterWriteByte(b)
		if !s.I2cMasterCheckAck() {
			return false
		}
	}
	return true
}

func readRegisters(s *emulator.SDK, addr, reg uint8, n int) (data []uint8) {
	s.I2cMasterStart()
	s.I2cMasterWriteByte(addr << 1)
	s.I2cMasterCheckAck()
	s.I2cMasterWriteByte(reg)
	s.I2cMasterCheckAck()
	s.I2cMasterStart()
	s.I2cMasterWriteByte(addr<<1 | 1)
	if s.I2cMasterCheckAck() {
		for i := range n {
			data = append(data, s.I2cMasterReadByte())
			s.I2cMasterSetAck(uint8(number(i == n-1)))
		}
	}
	s.I2cMasterStop()
	return data
}

// A sensor on the I2C bus, which the driver reaches by moving two pins.
func TestI2C(t *testing.T) {
	var sdk *emulator.SDK
	bench(t, func(s *emulator.SDK) {
		sdk = s
		s.I2cMasterGpioInit()
	}, func(t *testing.T, d *emulator.Device) {
		sensor := &emulator.I2CRegisters{}
		copy(sensor.Reg[0xF0:], []byte{0x00, 0xFF, 0xA5, 0x5A})
		require.NoError(t, d.I2C().Attach(0x40, sensor))
		require.NoError(t, d.Do(func() {
			assert.Equal(t, []uint8{0x00, 0xFF, 0xA5, 0x5A}, readRegisters(sdk, 0x40, 0xF0, 4))
			assert.True(t, writeRegisters(sdk, 0x40, 0x10, 1, 2, 3))
			assert.Equal(t, []byte{1, 2, 3}, sensor.Reg[0x10:0x13])
			assert.False(t, writeRegisters(sdk, 0x41, 0, 0), "nobody there")
			assert.Empty(t, readRegisters(sdk, 0x41, 0, 2))
		}))
		var lines []string
		for _, e := range d.Trace().Events() {
			assert.False(t, e.Source == trace.SourcePin && len(lines) > 0, "edges of the bus are no events: %v", e)
			if e.Source == trace.SourceI2C {
				lines = append(lines, fmt.Sprintf("%s %s %d %s", e.Kind, e.Name, e.Value, e.Text))
			}
		}
		assert.Equal(t, []string{"write 0x40 1 f0", "read 0x40 4 00 ff a5 5a", "write 0x40 4 10 01 02 03",
			"write 0x41 0 nobody answers", "write 0x41 0 nobody answers", "read 0x41 0 nobody answers"}, lines)
		require.NoError(t, d.I2C().Attach(0x40, nil))
		require.NoError(t, d.Do(func() { assert.Empty(t, readRegisters(sdk, 0x40, 0, 1)) }))
		assert.Error(t, d.I2C().Attach(0x78, sensor))
		assert.Error(t, d.I2C().SetPins(4, 4))
		assert.Error(t, d.I2C().SetPins(4, 17))
		assert.Error(t, d.I2C().SetPins(-1, 4))
		require.NoError(t, d.I2C().SetPins(4, 5))
	})
}

// moody is a slave that takes two bytes of a write, and none at all when it is busy.
type moody struct {
	busy  bool
	got   []byte
	stops int
}

func (m *moody) Start(bool) bool   { return !m.busy }
func (m *moody) Write(b byte) bool { m.got = append(m.got, b); return len(m.got) <= 2 }
func (m *moody) Read() byte        { return 0x81 }
func (m *moody) Stop()             { m.stops++ }

// Slaves say no.
func TestI2CAcknowledge(t *testing.T) {
	var sdk *emulator.SDK
	bench(t, func(s *emulator.SDK) {
		sdk = s
		s.I2cMasterGpioInit()
	}, func(t *testing.T, d *emulator.Device) {
		slave := &moody{}
		require.NoError(t, d.I2C().Attach(0x08, slave))
		require.NoError(t, d.Do(func() {
			assert.False(t, writeRegisters(sdk, 0x08, 7, 8, 9))
			assert.Equal(t, []byte{7, 8, 9}, slave.got)
			assert.Equal(t, 1, slave.stops)
			assert.Equal(t, []uint8{0x81, 0x81}, readRegisters(sdk, 0x08, 0, 2))
			slave.busy = true
			assert.False(t, writeRegisters(sdk, 0x08, 7))
			assert.Equal(t, 2, slave.stops)
		}))
	})
}

// The key driver: a short press, one that bounces, a long one.
func TestKey(t *testing.T) {
	var log bytes.Buffer
	bench(t, func(s *emulator.SDK) {
		note := func(what string) func() {
			return func() { fmt.Fprintf(&log, "%s at %v\n", what, s.Board().Uptime()) }
		}
		s.PinPullupEn(chip.PinMux(4))
		s.KeyInit([]*emulator.Key{
			s.KeyInitSingle(4, chip.PinMux(4), 0, note("long"), note("short")),
			s.KeyInitSingle(13, chip.PinMux(13), 3, nil, nil),
		})
	}, func(t *testing.T, d *emulator.Device) {
		at := time.Now()
		key := func(ms int, down bool) {
			time.Sleep(time.Until(at.Add(time.Duration(ms) * time.Millisecond)))
			require.NoError(t, d.Pins().Set(4, !down))
		}
		key(1000, true)
		key(1200, false) // short at 1250
		key(2000, true)
		key(2100, false)
		key(2110, true) // it bounces: still down at 2150
		key(2300, false)
		key(3000, true) // long at 8000
		key(9000, false)
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, "short at 1.25s\nshort at 2.35s\nlong at 8s\nshort at 9.05s\n", log.String())
		}))
	})
}

// The LED of wifi_status_led_install blinks until the station has an address.
func TestStatusLED(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1, Checks: emulator.ChecksFail, Association: 3 * time.Second})
		var sdk *emulator.SDK
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			sdk = s
			s.WifiStatusLedInstall(13, chip.PinMux(13), 3)
			s.WifiStatusLedInstall(16, 0, 0)
			s.WifiStatusLedInstall(12, chip.PinMux(12), 3)
		})))
		r := d.Pins().Record(12, 13)
		time.Sleep(10 * time.Second)
		require.Len(t, r.Changes(), 9, "on and off four times, the last before the address of that instant, then on for good")
		for i, c := range r.Changes() {
			assert.Equal(t, chip.PinChange{At: time.Duration(i+1) * 500 * time.Millisecond, Pin: 12, High: i%2 == 0}, c)
		}
		require.NoError(t, d.Do(sdk.WifiStatusLedUninstall))
		assert.True(t, d.Pins().High(12))
	})
}

// UART0 on its other pins.
func TestUARTSwap(t *testing.T) {
	var sdk *emulator.SDK
	bench(t, func(s *emulator.SDK) { sdk = s }, func(t *testing.T, d *emulator.Device) {
		functions := func() (f []int) {
			for _, n := range []int{1, 3, 13, 15} {
				state, err := d.Pins().State(n)
				require.NoError(t, err)
				f = append(f, state.Function)
			}
			return f
		}
		require.NoError(t, d.Do(sdk.SystemUartSwap))
		assert.Equal(t, []int{3, 3, 4, 4}, functions())
		require.NoError(t, d.Do(sdk.SystemUartDeSwap))
		assert.Equal(t, []int{0, 0, 3, 3}, functions())
	})
}

// Which level of a pin wakes is set and taken back with its interrupt.
func TestPinWakeup(t *testing.T) {
	var sdk *emulator.SDK
	bench(t, func(s *emulator.SDK) { sdk = s }, func(t *testing.T, d *emulator.Device) {
		register := func() (v uint32) {
			require.NoError(t, d.Do(func() { v = sdk.GpioRegisterGet(0x28 + 4*12) }))
			return v
		}
		require.NoError(t, d.Do(func() { sdk.GpioPinWakeupEnable(12, chip.GPIOPinIntrPosedge) }))
		assert.Zero(t, register(), "edges do not wake")
		require.NoError(t, d.Do(func() { sdk.GpioPinWakeupEnable(12, chip.GPIOPinIntrLolevel) }))
		assert.EqualValues(t, 1<<10|4<<7, register())
		require.NoError(t, d.Do(sdk.GpioPinWakeupDisable))
		assert.Zero(t, register())
		require.NoError(t, d.Do(func() { sdk.GpioRegisterSet(0x28+4*12, 1<<2) }))
		assert.EqualValues(t, 1<<2, register())
	})
}
