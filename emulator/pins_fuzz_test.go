package emulator_test

import (
	"encoding/binary"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
)

// FuzzRegisters lets firmware read and write any registers in any order, with handlers attached that do the same: nothing
// may end but the firmware, and that in bounded time.
func FuzzRegisters(f *testing.F) {
	word := func(values ...uint32) (b []byte) {
		for _, v := range values {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		return b
	}
	f.Add(word(0x60000304, 1<<5, 0x60000310, 1<<5, 0x6000033C, 3<<7))
	f.Add(word(0x60000608, 1<<7|1<<6, 0x60000600, 1, 0x3FF00004, 2))
	f.Add(word(0x60000014, 0, 0x60000000, 'x', 0x6000000C, 0x1FF, 0x60000024, 0xFFFFFFFF))
	f.Add(word(0x60000101, 0, 0x10, 7, 0x60001FFC, 1, 0x600012FC, 1, 0x60001300, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = b[:min(len(b), 800)]
		synctest.Test(t, func(t *testing.T) {
			d, err := emulator.New(emulator.Config{NoAutoConnect: true, UARTTiming: len(b)%16 < 8, Seed: 1})
			require.NoError(t, err)
			require.NoError(t, d.I2C().Attach(0x40, &emulator.I2CRegisters{}))
			require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
				at := 0
				step := func() bool {
					if at+8 > len(b) {
						return false
					}
					addr, v := binary.LittleEndian.Uint32(b[at:]), binary.LittleEndian.Uint32(b[at+4:])
					at += 8
					s.WritePeriReg(addr, v)
					s.ReadPeriReg(addr)
					return true
				}
				// An interrupt that nobody clears comes again until the watchdog bites, which takes a fuzzer's whole limit: when the
				// input is over, the handlers mask what still calls.
				isr := func() {
					if !step() {
						s.EtsIsrMask(0xFFFF)
						s.WritePeriReg(0x3FF00004, 0) // the NMI's edge of the FRC1 timer
					}
				}
				for n := range 16 {
					s.EtsIsrAttach(n, isr)
				}
				s.NmiTimSetFunc(isr)
				s.EtsIsrUnmask(0xFFFF)
				for step() {
					s.OsDelayUs(10)
				}
			})))
			_, err = d.UART().Write([]byte("input"))
			require.NoError(t, err)
			require.NoError(t, d.Pins().Set(4, true))
			time.Sleep(10 * time.Millisecond)
			assert.NoError(t, d.Close())
		})
	})
}

// FuzzI2C moves the two lines of the bus in any way: the slave sees no more bytes than there were clocks, and the lines are
// free after i2c_master_init.
func FuzzI2C(f *testing.F) {
	f.Add([]byte{3, 1, 0, 2, 3, 0, 1, 2, 1, 3, 2})
	f.Add([]byte("a start, some bits and a stop"))
	f.Fuzz(func(t *testing.T, moves []byte) {
		moves = moves[:min(len(moves), 2000)]
		synctest.Test(t, func(t *testing.T) {
			d, err := emulator.New(emulator.Config{NoAutoConnect: true, Seed: 1})
			require.NoError(t, err)
			slave := &moody{}
			for addr := uint8(8); addr < 0x78; addr++ {
				require.NoError(t, d.I2C().Attach(addr, slave))
			}
			require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
				s.I2cMasterGpioInit()
				for _, m := range moves {
					high := uint32(m&1)<<2 | uint32(m>>1&1)<<14
					s.GpioOutputSet(high, high^(1<<2|1<<14), 0, 0)
				}
				s.I2cMasterInit() // a slave that holds the line in the middle of a byte gets its clocks
			})))
			require.Nil(t, d.Crash())
			assert.LessOrEqual(t, len(slave.got), len(moves)/9+1)
			assert.True(t, d.Pins().High(2))
			assert.True(t, d.Pins().High(14))
			require.NoError(t, d.Close())
		})
	})
}
