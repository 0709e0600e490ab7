package decode

// region is a part of the address space (sdk-surface.md, Flash; sdk-surface.md, Registers touched directly).
type region struct {
	from, to uint32 // to is the last address
	name     words
	kind     memory
}

// memory is what a region is.
type memory int

const (
	memoryNone memory = iota
	memoryNull
	memoryData
	memoryROM
	memoryIRAM
	memoryFlash
	memoryRegisters
)

// nullEnd is where addresses end that are taken for a NULL pointer and an offset. Choice: a page; the largest structures of the SDK
// are smaller.
const nullEnd = 0x1000

var regions = []region{
	{0, nullEnd - 1, words{"a NULL pointer", "NULL 指针"}, memoryNull},
	{0x3FF00000, 0x3FF1FFFF, words{"registers", "寄存器"}, memoryRegisters},
	{0x3FFE8000, 0x3FFFBFFF, words{"data RAM", "数据 RAM"}, memoryData},
	{0x3FFFC000, 0x3FFFFFFF, words{"the system's data RAM", "系统的数据 RAM"}, memoryData},
	{0x40000000, 0x4000FFFF, words{"the boot ROM", "引导 ROM"}, memoryROM},
	{0x40100000, 0x4010FFFF, words{"instruction RAM", "指令 RAM"}, memoryIRAM},
	{0x40200000, 0x402FFFFF, words{"the flash window", "flash 映射窗口"}, memoryFlash},
	{0x60000000, 0x60001FFF, words{"registers", "寄存器"}, memoryRegisters},
}

// regionOf returns the region of an address.
func regionOf(addr uint32) region {
	for _, r := range regions {
		if r.from <= addr && addr <= r.to {
			return r
		}
	}
	return region{addr, addr, words{"no memory", "没有存储器"}, memoryNone}
}
