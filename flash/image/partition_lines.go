package image

import (
	"fmt"
	"slices"

	"github.com/emu8266/emu8266/flash"
)

// RegistrationLines is what system_partition_table_regist prints while it checks a table, line ends included, in the device's order
// (sdk-surface.md, Partition API). It prints of tables that it takes, too: that BOOTLOADER, OTA_1 or OTA_2 is not in the table. A table
// may be refused without a line: for a size of RF_CAL, PHY_DATA or SYSTEM_PARAMETER, or a partition that is there twice.
func RegistrationLines(d flash.Device, table []Partition, m SizeMap) []string {
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	header, ok := HeaderMap(d)
	if !ok {
		header = m // as RegisterPartitions does
	}
	if header != m {
		say("mismatch map %d,spi_size_map %d\n", m, header)
	}
	taken := m.Valid()
	switch m {
	case Map2M:
		say("emap1\r\n")
		taken = false
	case Map32M2048x2048:
		say("emap7\r\n")
		taken = false
	default:
		if taken = taken && m != Map4M256x256; !taken {
			say("emapg\r\n")
		}
	}
	var user2, parameters uint32
	if taken {
		_, user2, _ = m.Slots()
		parameters = m.SystemParamAddr()
	} else {
		say("map %d err\n", m)
	}
	checked := checkedTypes(0)
	for _, p := range table {
		if p.Addr%flash.SectorSize != 0 || p.Size%flash.SectorSize != 0 {
			say("p %d size 0x%x ,0x%x err\r\n", uint32(p.Type), p.Size, p.Addr)
		}
		switch {
		case p.Type == PartitionOTA1 && !p.fits(m):
			say("ota1 partition error\r\n")
		case p.Type == PartitionOTA2 && (p.Addr != user2 || p.Size > slotMax):
			say("ota2 partition error\r\n")
		case p.Type == PartitionSystemParameter && parameters != header.SystemParamAddr():
			say("system param partition error\r\n")
		}
		checked.see(p.Type)
	}
	for _, absent := range []struct {
		t    PartitionType
		line string
	}{{PartitionBootloader, "boot not set\r\n"}, {PartitionOTA1, "ota1 not set\r\n"}, {PartitionOTA2, "ota2 not set\r\n"}} {
		if !checked.has(absent.t) {
			say("%s", absent.line)
			checked.see(absent.t)
		}
	}
	if checked != allChecked {
		say("nchk:%x\r\n", checked)
	}
	return append(lines, neighbourLines(table, header)...)
}

// checkedTypes has a bit for each of the six types that the SDK looks for, BOOTLOADER the lowest.
type checkedTypes uint8

const allChecked checkedTypes = 1<<6 - 1

func (c *checkedTypes) see(t PartitionType) {
	if t >= PartitionBootloader && t <= PartitionSystemParameter {
		*c |= 1 << (t - PartitionBootloader)
	}
}

func (c checkedTypes) has(t PartitionType) bool { return c&(1<<(t-PartitionBootloader)) != 0 }

// neighbourLines are those of partitions that overlap, are empty or lie beyond the flash of the header's map.
func neighbourLines(table []Partition, header SizeMap) (lines []string) {
	sorted := slices.Clone(table)
	slices.SortStableFunc(sorted, func(a, b Partition) int { return int(int64(a.Addr) - int64(b.Addr)) })
	for i, p := range sorted {
		if i == len(sorted)-1 {
			if p.Addr+p.Size > uint32(header.Size()) { // the sum is of 32 bits
				lines = append(lines, fmt.Sprintf("--- The partition table size is larger than flash size 0x%x ---\r\n", header.Size()),
					fmt.Sprintf("please check partition type %d addr:%x len:%x\r\n", uint32(p.Type), p.Addr, p.Size))
			}
			break
		}
		next := sorted[i+1]
		if p.Size == 0 {
			lines = append(lines, fmt.Sprintf("partition 0x%x size is %d\r\n", p.Addr, 0))
		}
		if p.Addr+p.Size > next.Addr {
			lines = append(lines, fmt.Sprintf("p %d and p %d covered: addr:0x%x + len:0x%x > 0x%x\r\n", uint32(p.Type), uint32(next.Type),
				p.Addr, p.Size, next.Addr))
		}
	}
	return lines
}
