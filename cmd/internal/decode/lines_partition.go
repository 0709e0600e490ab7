package decode

import (
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/flash/image"
)

// partitionRules read what system_partition_table_regist prints (sdk-surface.md, Partition API).
var partitionRules = []rule{
	kind([]string{"mismatch map"}, `mismatch map (\d+),spi_size_map (\d+)`, func(r *reader, m []string) bool {
		r.note(words{"the firmware gives map %s, the header of the flash has map %s", "固件给出布局 %s，flash 头部是布局 %s"}, m[1], m[2])
		r.failed(reachNothing, word(m, 0),
			r.say(words{"the partition table was registered for the flash map %s, the image was written for %s",
				"分区表按 flash 布局 %s 注册，镜像按 %s 烧录"}, mapName(m[1]), mapName(m[2])),
			r.say(words{"build with SPI_FLASH_SIZE_MAP=%s and its addresses, or write the flash with the size of map %s " +
				"(esptool's --flash_size)",
				"用 SPI_FLASH_SIZE_MAP=%s 及其地址编译，或按布局 %s 的容量烧录（esptool 的 --flash_size）"}, m[2], m[1]))
		return true
	}),
	kind([]string{"map "}, `\bmap (\d+) err\b`, func(r *reader, m []string) bool {
		r.fail(reachNothing, word(m, 0), words{"the SDK takes partition tables for the flash maps 2, 3, 4, 5, 6, 8 and 9 only",
			"SDK 只接受 flash 布局 2、3、4、5、6、8、9 的分区表"}, partitionFix)
		r.note(words{"there are no partition tables for the flash map %s", "flash 布局 %s 没有分区表"}, m[1])
		return true
	}),
	kind([]string{"size 0x"}, `\bp (\d+) size 0x([0-9a-f]+) ,0x([0-9a-f]+) err\b`, func(r *reader, m []string) bool {
		return r.partition(m[1], words{"%s: its size 0x%s or address 0x%s is no multiple of 0x1000", "%s：大小 0x%s 或地址 0x%s 不是 0x1000 的倍数"},
			m[2], m[3])
	}),
	kind([]string{"partition error"}, `\b(ota1|ota2|system param) partition error\b`, func(r *reader, m []string) bool {
		switch m[1] {
		case "ota1":
			return r.partition("2", words{"%s: it has to begin at 0x1000, with at most 0x100000 bytes", "%s：必须从 0x1000 开始，最多 0x100000 字节"})
		case "ota2":
			return r.partition("3", words{"%s: it has to begin where the flash map has the second slot, with at most 0x100000 bytes",
				"%s：必须从 flash 布局的第二个槽开始，最多 0x100000 字节"})
		}
		return r.partition("6", words{"%s: the map that the firmware gives has the parameters elsewhere than the flash's header",
			"%s：固件给出的布局中参数的位置与 flash 头部不同"})
	}),
	kind([]string{"not set"}, `^\W*(boot|ota1|ota2) not set\b`, func(r *reader, m []string) bool {
		r.note(words{"the partition table has no entry for it, which is no error", "分区表中没有该条目，这不是错误"})
		return true
	}),
	kind([]string{"nchk:"}, `\bnchk:([0-9a-f]{1,2})\b`, func(r *reader, m []string) bool {
		seen, _ := hex(m[1])
		var absent []string
		for t := image.PartitionBootloader; t <= image.PartitionSystemParameter; t++ {
			if seen&(1<<(t-1)) == 0 {
				absent = append(absent, t.String())
			}
		}
		missing := strings.Join(absent, ", ")
		r.note(words{"the partition table lacks %s", "分区表缺少 %s"}, missing)
		r.failed(reachNothing, "nchk:"+m[1], r.say(words{"the partition table lacks %s", "分区表缺少 %s"}, missing), r.say(partitionFix))
		return true
	}),
	kind([]string{"covered: addr"}, `\bp (\d+) and p (\d+) covered: addr:0x([0-9a-f]+) \+ len:0x([0-9a-f]+) > 0x([0-9a-f]+)`,
		func(r *reader, m []string) bool {
			return r.partition(m[1], words{"%s, at 0x%s with 0x%s bytes, reaches into %s at 0x%s",
				"%s（0x%s，0x%s 字节）与 0x%[5]s 处的 %[4]s 重叠"}, m[3], m[4],
				partitionName(m[2]), m[5])
		}),
	kind([]string{"size is 0"}, `\bpartition 0x([0-9a-f]+) size is 0\b`, func(r *reader, m []string) bool {
		r.note(words{"the partition at 0x%s has no byte", "0x%s 处的分区大小为 0"}, m[1])
		r.failed(reachNothing, word(m, 0), r.say(words{"the partition at 0x%s has size 0", "0x%s 处的分区大小为 0"}, m[1]), r.say(partitionFix))
		return true
	}),
	kind([]string{"check partition type"}, `please check partition type (\d+) addr:([0-9a-f]+) len:([0-9a-f]+)`, func(r *reader,
		m []string) bool {
		return r.partition(m[1], words{"%s, at 0x%s with 0x%s bytes, ends beyond the flash of the header's map",
			"%s（0x%s，0x%s 字节）超出头部布局的 flash"},
			m[2], m[3])
	}),
}

var partitionFix = words{"give every partition the place and size of the SDK's example for your flash map, and the map that the flash has",
	"按 SDK 示例为你的 flash 布局设置每个分区的位置和大小，并使用 flash 实际的布局"}

// partition takes a fault of one partition, by its type's number; w begins with its name.
func (r *reader) partition(number string, w words, args ...any) bool {
	name := partitionName(number)
	r.note(w, append([]any{name}, args...)...)
	r.failed(reachNothing, r.say(words{"partition %s", "分区 %s"}, name), r.line.Note, r.say(partitionFix))
	return true
}

func partitionName(number string) string {
	n, _ := strconv.ParseUint(number, 10, 32)
	return image.PartitionType(n).String()
}

// mapName is a flash map's number with its name.
func mapName(number string) string {
	n, err := strconv.ParseUint(number, 10, 8)
	if err != nil {
		return number
	}
	return image.SizeMap(n).String()
}
