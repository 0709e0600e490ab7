package emulator_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack"
)

// A register that nothing stands behind holds what was written, 0 at boot, and is found once.
func TestUnknownRegisters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, Seed: 1})
		for range 2 {
			require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
				assert.Zero(t, s.ReadPeriReg(0x60000E08))
				s.WritePeriReg(0x60000E08, 42)
				assert.EqualValues(t, 42, s.ReadPeriReg(0x60000E08))
				s.WritePeriReg(0x60000B00, 7)
				s.ReadPeriReg(0x60000300) // known ones are no findings
				s.ReadPeriReg(0x3FF20E44)
			})))
			require.NoError(t, d.Reset())
		}
		found := d.Findings()
		if assert.Len(t, found, 4, "each once a boot") {
			for i, f := range found {
				assert.Equal(t, espconn.RuleRegister, f.Name)
				assert.Contains(t, f.Text, []string{"0x60000e08", "0x60000b00"}[i%2])
				assert.Regexp(t, `registers_test\.go:\d+$`, f.Where)
			}
		}
	})
}

// Addresses where no register is end the firmware as on the chip.
func TestBadRegisters(t *testing.T) {
	for name, tc := range map[string]struct {
		cause int
		do    func(*emulator.SDK)
	}{
		"load":      {28, func(s *emulator.SDK) { s.ReadPeriReg(0x50000000) }},
		"store":     {29, func(s *emulator.SDK) { s.WritePeriReg(0x60002000, 1) }},
		"unaligned": {9, func(s *emulator.SDK) { s.ReadPeriReg(0x60000302) }},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, Seed: 1, ExpectCrash: true})
			require.NoError(t, d.Boot(emulator.Go(tc.do)))
			c := d.Crash()
			require.NotNil(t, c, name)
			assert.Equal(t, tc.cause, c.Cause, name)
			assert.Contains(t, c.Why, "register", name)
		})
	}
}

// The registers of time, chance, identity, clock and RTC.
func TestSystemRegisters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, Seed: 1, MAC: netstack.MAC{0x5C, 0xCF, 0x7F, 1, 2, 3},
			Checks: emulator.ChecksFail})
		var sdk *emulator.SDK
		boots := 0
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			sdk = s
			if boots++; boots == 1 {
				s.WritePeriReg(0x60000730, 11)
				s.WritePeriReg(0x6000073C, 44)
				s.WritePeriReg(0x60001200, 0xC0FFEE)
			}
		})))
		time.Sleep(3 * time.Second)
		require.NoError(t, d.Do(func() {
			assert.EqualValues(t, 3000000, sdk.ReadPeriReg(0x3FF20C00))
			assert.Equal(t, sdk.SystemGetRtcTime(), sdk.ReadPeriReg(0x6000071C))
			assert.EqualValues(t, 3*312500, sdk.ReadPeriReg(0x60000624), "FRC2 counts in 3.2 µs")
			assert.NotEqual(t, sdk.ReadPeriReg(0x3FF20E44), sdk.ReadPeriReg(0x3FF20E44))
			assert.EqualValues(t, 0x03000000, sdk.ReadPeriReg(0x3FF00050))
			assert.EqualValues(t, 0x0102, sdk.ReadPeriReg(0x3FF00054))
			assert.EqualValues(t, 0x5CCF7F, sdk.ReadPeriReg(0x3FF0005C))
			sdk.WritePeriReg(0x3FF00014, 1)
			assert.EqualValues(t, 160, sdk.SystemGetCPUFreq())
			sdk.SystemUpdateCPUFreq(80)
			assert.Zero(t, sdk.ReadPeriReg(0x3FF00014))
			back := make([]byte, 4)
			assert.True(t, sdk.SystemRtcMemRead(64, back))
			assert.Equal(t, []byte{0xEE, 0xFF, 0xC0, 0}, back, "0x60001200 is block 64")
			sdk.WritePeriReg(0x6000036C, 1<<31|100)
			assert.EqualValues(t, 1<<31|46000, sdk.ReadPeriReg(0x60000370), "100 cycles of 5.75 µs at 80 MHz")
		}))
		require.NoError(t, d.Do(func() { sdk.SystemRestart() }))
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() {
			require.Equal(t, 2, boots)
			assert.EqualValues(t, 11, sdk.ReadPeriReg(0x60000730))
			assert.EqualValues(t, 44, sdk.ReadPeriReg(0x6000073C))
			assert.EqualValues(t, 0xC0FFEE, sdk.ReadPeriReg(0x60001200))
		}))
	})
}

// Words of RTC memory hold the network stack's settings: what espconn sets is read there, and what is written there counts (lwip.md 1).
func TestStackSettingsInRTCMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, Seed: 1, Checks: emulator.ChecksFail})
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			read := func() (all [5]uint32) {
				for i, addr := range []uint32{0x600011E0, 0x600011E4, 0x600011E8, 0x600011F0, 0x600011FC} {
					all[i] = s.ReadPeriReg(addr)
				}
				return all
			}
			assert.Equal(t, [5]uint32{0, 6, 12, 4 * 1460, 5}, read(), "at boot")
			s.TcpSetWnd(2)
			s.TcpSetMaxCon(3)
			s.TcpSetMaxRetran(4)
			s.TcpSetMaxSyn(5)
			s.WifiStationDhcpcSetMaxtry(6)
			assert.Equal(t, [5]uint32{6, 5, 4, 2 * 1460, 3}, read())
			s.WritePeriReg(0x600011F0, 3*1460)
			s.WritePeriReg(0x600011FC, 8)
			assert.EqualValues(t, 3, s.TcpGetWnd())
			assert.EqualValues(t, 8, s.TcpGetMaxCon())
			s.WritePeriReg(0x600011EC, 77)
			assert.EqualValues(t, 77, s.ReadPeriReg(0x600011EC), "a word that is no setting remembers")
		})))
	})
}

// A loop that waits for a register takes time, so the watchdog ends it; writing 0x73 to the feed register puts the hardware
// watchdog off, and a transfer of SPI is over at once.
func TestLoopsOnRegisters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, Seed: 1, ExpectCrash: true})
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			for s.ReadPeriReg(0x60000318)&(1<<5) == 0 {
			}
		})))
		c := d.Crash()
		require.NotNil(t, c)
		assert.Equal(t, espconn.CauseSoftWatchdog, c.Cause)

		var took time.Duration
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			s.SystemSoftWdtStop()
			for range 20 {
				s.OsDelayUs(1000000)
				s.WritePeriReg(0x60000914, 0x73)
			}
			took = s.Board().Uptime()
			s.WritePeriReg(0x60000100, 1<<18)
			for s.ReadPeriReg(0x60000100)&(1<<18) != 0 {
			}
			for range 20 {
				s.OsDelayUs(1000000)
			}
		})))
		assert.Equal(t, 20*time.Second, took)
		c = d.Crash()
		require.NotNil(t, c)
		assert.Equal(t, chip.CauseHardWatchdog, c.Cause)
	})
}
