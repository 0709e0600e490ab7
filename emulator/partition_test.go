package emulator_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// userImage puts a program of n bytes into user1.
func userImage(t *testing.T, n int) *flash.Chip {
	t.Helper()
	chip, err := flash.New(emulator.FlashDefault)
	require.NoError(t, err)
	b, err := image.BuildUser(1, make([]byte, n))
	require.NoError(t, err)
	require.NoError(t, chip.Write(0x1000, b))
	return chip
}

// A certificate sector inside a program that lies in the flash is a finding, with the place of the call. The rest of its
// slot is none.
func TestCertSectorOverCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const program = 0x79F00 // from 0x1000 on: it ends in sector 0x7A
		d := emulator.NewTest(t, emulator.Config{Flash: userImage(t, program)})
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			assert.True(t, s.SecureCaEnable(espconn.LevelClient, 0x7B))
			assert.Empty(t, d.Findings())
			assert.True(t, s.SecureCaEnable(espconn.LevelClient, 0x7A))
		})))
		found := d.Findings()
		require.Len(t, found, 1)
		assert.Equal(t, espconn.RuleSector, found[0].Name)
		assert.Equal(t, "espconn_secure_ca_enable: sector 0x7a: certificates overlap the program user1, "+
			"which ends at 0x7af44", found[0].Text)
		assert.Regexp(t, `partition_test\.go:\d+$`, found[0].Where)
	})
}

// A registered partition table says where certificates may lie and where the system's sectors are.
func TestPartitionTable(t *testing.T) {
	table := []image.Partition{
		{Type: image.PartitionBootloader, Addr: 0, Size: 0x1000},
		{Type: image.PartitionOTA1, Addr: 0x1000, Size: 0x6A000},
		{Type: image.PartitionRFCal, Addr: 0x70000, Size: 0x1000},
		{Type: image.PartitionPHYData, Addr: 0x71000, Size: 0x1000},
		{Type: image.PartitionSystemParameter, Addr: 0x3FD000, Size: 0x3000},
		{Type: image.PartitionOTA2, Addr: 0x101000, Size: 0x6B000},
	}
	synctest.Test(t, func(t *testing.T) {
		var uart strings.Builder
		d := emulator.NewTest(t, emulator.Config{UART: &uart})
		found := func() (rules []string) {
			for _, f := range d.Findings() {
				rules = append(rules, f.Name)
			}
			return rules
		}
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			_, ok := s.SystemPartitionGetItem(image.PartitionOTA1)
			assert.False(t, ok)
			assert.False(t, s.SystemPartitionTableRegist(table[:3], image.Map32M1024x1024), "mandatory partitions are missing")
			assert.True(t, s.SystemPartitionTableRegist(table, image.Map32M1024x1024))
			item, ok := s.SystemPartitionGetItem(image.PartitionRFCal)
			assert.True(t, ok)
			assert.Equal(t, table[2], item)
			assert.EqualValues(t, 0x6B000, s.SystemPartitionGetOtaPartitionSize(), "user1 runs")

			assert.True(t, s.SecureCaEnable(espconn.LevelClient, 0x3FB), "free with this table")
			assert.Zero(t, s.SpiFlashEraseSector(0x3FB))
			assert.Empty(t, found())
			assert.True(t, s.SecureCaEnable(espconn.LevelClient, 0x70))
			assert.True(t, s.SecureCaEnable(espconn.LevelClient, 0x3FF))
			assert.Zero(t, s.SpiFlashEraseSector(0x71))
		})))
		assert.Equal(t, []string{espconn.RuleSector, espconn.RuleSector, espconn.RuleFlashSystem}, found())
		assert.Contains(t, uart.String(), "ota2 not set\r\nnchk:f\r\n", "what the device prints of the first table")
		refused := 0
		for _, e := range d.Trace().Events() {
			if e.Kind == trace.KindRefused {
				assert.Equal(t, "system_partition_table_regist", e.Name)
				refused++
				assert.Contains(t, e.Text, "mandatory")
			}
		}
		assert.Equal(t, 1, refused)
	})
}

// On a chip that is larger than its image says, the last five sectors count as the system's.
func TestSystemSectorsWithoutMap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chip, err := flash.New(2 << 20)
		require.NoError(t, err)
		require.NoError(t, chip.Write(0, []byte{0xE9, 1, 0, 2 << 4})) // map 2: 1 MB
		d := emulator.NewTest(t, emulator.Config{Flash: chip})
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			for sector, findings := range map[uint16]int{0xFB: 0, 0x1FA: 0, 0x1FB: 1} {
				before := len(d.Findings())
				assert.Zero(t, s.SpiFlashEraseSector(sector))
				assert.True(t, s.SecureCaEnable(espconn.LevelClient, uint32(sector)))
				assert.Len(t, d.Findings(), before+2*findings, "sector 0x%x", sector)
			}
		})))
	})
}
