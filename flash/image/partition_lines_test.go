package image_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash/image"
)

// What the SDK 3.0.6 prints of 26 tables, and whether it takes them, as its own code did with a header of map 6
// (testdata/partition_lines.txt).
func TestRegistrationLines(t *testing.T) {
	const (
		boot = image.PartitionBootloader
		ota1 = image.PartitionOTA1
		ota2 = image.PartitionOTA2
		rf   = image.PartitionRFCal
		phy  = image.PartitionPHYData
		sys  = image.PartitionSystemParameter
		own  = image.PartitionCustomer
	)
	type p = image.Partition
	first, one, two := p{boot, 0, 0x1000}, p{ota1, 0x1000, 0xE0000}, p{ota2, 0x101000, 0xE0000}
	cal, data, param := p{rf, 0x3FB000, 0x1000}, p{phy, 0x3FC000, 0x1000}, p{sys, 0x3FD000, 0x3000}
	with := func(more ...p) []p { return append([]p{first, one, two, cal, data, param}, more...) }
	cases := []struct {
		name  string
		m     image.SizeMap
		table []p
	}{
		{"good", 6, with()},
		{"map4", 4, []p{first, one, {ota2, 0x81000, 0x6A000}, cal, data, param}},
		{"map0", 0, with()}, {"map1", 1, with()}, {"map7", 7, with()}, {"map12", 12, with()}, {"map5", 5, with()}, {"map2", 2, with()},
		{"no boot", 6, []p{cal, data, param}},
		{"no rf", 6, []p{first, one, two, data, param}},
		{"no sp", 6, []p{first, one, two, cal, data}},
		{"ota1", 6, []p{first, {ota1, 0x2000, 0xE0000}, two, cal, data, param}},
		{"ota1big", 6, []p{first, {ota1, 0x1000, 0x101000}, two, cal, data, param}},
		{"ota2", 6, []p{first, one, {ota2, 0x81000, 0x6A000}, cal, data, param}},
		{"twice", 6, []p{first, one, two, cal, cal, data, param}},
		{"rfsize", 6, []p{first, one, two, {rf, 0x3FA000, 0x2000}, data, param}},
		{"spsize", 6, []p{first, one, two, cal, data, {sys, 0x3FD000, 0x2000}}},
		{"spaddr", 6, []p{first, one, two, cal, data, {sys, 0x3F0000, 0x3000}}},
		{"align", 6, with(p{own, 0x200010, 0x1000})},
		{"zero", 6, with(p{own, 0x200000, 0})},
		{"over", 6, with(p{own, 0x1E0000, 0x1000}, p{own + 1, 0x3FA000, 0x2000})},
		{"beyond", 6, with(p{own, 0x400000, 0x1000})},
		{"bigger", 6, with(p{own, 0x200000, 0x500000})},
		{"boot8k", 6, []p{{boot, 0, 0x2000}, one, two, cal, data, param}},
		{"empty", 6, []p{{own, 0x200000, 0x1000}}},
		{"lastzero", 6, with(p{own, 0x400000, 0})},
	}
	recorded, err := os.ReadFile(filepath.Join("testdata", "partition_lines.txt"))
	require.NoError(t, err)
	wants := strings.Split(strings.TrimPrefix(string(recorded), "case "), "\ncase ")
	require.Len(t, wants, len(cases))
	for i, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := chip4M(t)
			require.NoError(t, c.Write(0, []byte{0xE9, 1, 2, 0x60}))
			_, err := image.RegisterPartitions(c, tc.table, tc.m)
			taken := 0
			if err == nil {
				taken = 1
			}
			got := tc.name + "\n" + strings.ReplaceAll(strings.Join(image.RegistrationLines(c, tc.table, tc.m), ""), "\r\n", "\n") +
				fmt.Sprintf("= %d", taken)
			assert.Equal(t, strings.TrimSpace(wants[i]), got)
		})
	}
}
