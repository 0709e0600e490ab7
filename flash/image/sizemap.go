package image

import (
	"fmt"
	"io"

	"github.com/emu8266/emu8266/flash"
)

// SizeMap is the SDK's enum flash_size_map, 0 to 9: the capacity and the layout that firmware is built for. It stands in the
// upper half of the fourth byte of the image at address 0 (system_get_flash_size_map).
type SizeMap uint8

// The flash size maps (sdk-surface.md, Flash). The first figure is the capacity in megabits, as in the SDK's names.
const (
	Map4M256x256     SizeMap = iota // FLASH_SIZE_4M_MAP_256_256
	Map2M                           // FLASH_SIZE_2M
	Map8M512x512                    // FLASH_SIZE_8M_MAP_512_512
	Map16M512x512                   // FLASH_SIZE_16M_MAP_512_512
	Map32M512x512                   // FLASH_SIZE_32M_MAP_512_512
	Map16M1024x1024                 // FLASH_SIZE_16M_MAP_1024_1024
	Map32M1024x1024                 // FLASH_SIZE_32M_MAP_1024_1024
	Map32M2048x2048                 // FLASH_SIZE_32M_MAP_2048_2048, "not supported", for NodeMCU
	Map64M1024x1024                 // FLASH_SIZE_64M_MAP_1024_1024
	Map128M1024x1024                // FLASH_SIZE_128M_MAP_1024_1024
	sizeMaps
)

// sizeMapInfo is one row of the table in sdk-surface.md, Flash.
type sizeMapInfo struct {
	name         string
	size         int
	user1, user2 uint32 // 0: no slots
	slot         uint32 // the most that the SDK's linker scripts give an image, in bytes
	rfCal        uint32 // offset of the RF calibration sector from the end; 0: none
	phy          uint32 // offset of the PHY init data from the end
}

// slotXXX are what the linker scripts allow for one image (sdk-surface.md, Flash).
const (
	slot256  = 0x2B000
	slot512  = 0x6B000
	slot1024 = 0xE0000
)

var sizeMapTable = [sizeMaps]sizeMapInfo{
	Map4M256x256:     {"FLASH_SIZE_4M_MAP_256_256", 512 << 10, 0x1000, 0x41000, slot256, 0x5000, 0x4000},
	Map2M:            {"FLASH_SIZE_2M", 256 << 10, 0, 0, 0, 0, 0x4000},
	Map8M512x512:     {"FLASH_SIZE_8M_MAP_512_512", 1 << 20, 0x1000, 0x81000, slot512, 0x5000, 0x4000},
	Map16M512x512:    {"FLASH_SIZE_16M_MAP_512_512", 2 << 20, 0x1000, 0x81000, slot512, 0x5000, 0x4000},
	Map32M512x512:    {"FLASH_SIZE_32M_MAP_512_512", 4 << 20, 0x1000, 0x81000, slot512, 0x5000, 0x4000},
	Map16M1024x1024:  {"FLASH_SIZE_16M_MAP_1024_1024", 2 << 20, 0x1000, 0x101000, slot1024, 0x5000, 0x4000},
	Map32M1024x1024:  {"FLASH_SIZE_32M_MAP_1024_1024", 4 << 20, 0x1000, 0x101000, slot1024, 0x5000, 0x4000},
	Map32M2048x2048:  {"FLASH_SIZE_32M_MAP_2048_2048", 4 << 20, 0, 0, 0, 0x5000, 0x4000},
	Map64M1024x1024:  {"FLASH_SIZE_64M_MAP_1024_1024", 8 << 20, 0x1000, 0x101000, slot1024, 0x5000, 0x4000},
	Map128M1024x1024: {"FLASH_SIZE_128M_MAP_1024_1024", 16 << 20, 0x1000, 0x101000, slot1024, 0x5000, 0x4000},
}

// Valid tells whether the SDK knows the map: 0 to 9.
func (m SizeMap) Valid() bool { return m < sizeMaps }

// String returns the number and the SDK's name: "6 (FLASH_SIZE_32M_MAP_1024_1024)".
func (m SizeMap) String() string {
	if !m.Valid() {
		return fmt.Sprintf("%d (no flash size map)", uint8(m))
	}
	return fmt.Sprintf("%d (%s)", uint8(m), sizeMapTable[m].name)
}

// Size returns the capacity in bytes for which the map is made. For a number that is no map it is 512 KB, which is what SDK
// 3.0.6 assumes then; it does so for map 7 too, which has 4 MB.
func (m SizeMap) Size() int {
	if !m.Valid() {
		return sizeMapTable[Map4M256x256].size
	}
	return sizeMapTable[m].size
}

// Slots returns the addresses of user1 and user2, and the most bytes an image there may have; zeros for a map without
// update slots.
func (m SizeMap) Slots() (user1, user2, most uint32) {
	if !m.Valid() {
		return 0, 0, 0
	}
	i := sizeMapTable[m]
	return i.user1, i.user2, i.slot
}

// SystemParamAddr returns the address of the SDK's three parameter sectors: the last three of the chip (SDK 3.0.6 computes
// it from the capacity at boot; the partition table cannot move it).
func (m SizeMap) SystemParamAddr() uint32 {
	return uint32(m.Size()) - systemParamSectors*flash.SectorSize
}

// DefaultMap returns the map that leaves most room for programs on a chip of size bytes: 1, 0, 2, 5, 6, 8, 9 for 256 KB to
// 16 MB. Choice. False for a size that no chip has.
func DefaultMap(size int) (SizeMap, bool) {
	for _, m := range []SizeMap{Map2M, Map4M256x256, Map8M512x512, Map16M1024x1024, Map32M1024x1024, Map64M1024x1024, Map128M1024x1024} {
		if sizeMapTable[m].size == size {
			return m, true
		}
	}
	return 0, false
}

// HeaderMap reads the map from the image at address 0, as the loader and the SDK do. False if no image begins there; the
// number may be one that the SDK does not know.
func HeaderMap(d io.ReaderAt) (SizeMap, bool) {
	var h [4]byte
	if n, _ := d.ReadAt(h[:], 0); n < len(h) || h[0] != imageMagic && h[0] != userMagic {
		return 0, false
	}
	return SizeMap(h[3] >> 4), true
}
