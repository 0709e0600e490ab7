package image

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/emu8266/emu8266/flash"
)

// PartitionType is the SDK's partition_type_t (sdk-surface.md, Flash, Partition API).
type PartitionType uint32

// Partition types of SDK 3.x. From PartitionCustomer on they are the firmware's own.
const (
	PartitionInvalid PartitionType = iota
	PartitionBootloader
	PartitionOTA1
	PartitionOTA2
	PartitionRFCal
	PartitionPHYData
	PartitionSystemParameter
	PartitionATParameter
	PartitionSSLClientCertPrivkey
	PartitionSSLClientCA
	PartitionSSLServerCertPrivkey
	PartitionSSLServerCA
	PartitionWPA2CertPrivkey
	PartitionWPA2CA
	PartitionCustomer PartitionType = 100
)

var partitionNames = []string{"INVALID", "BOOTLOADER", "OTA_1", "OTA_2", "RF_CAL", "PHY_DATA", "SYSTEM_PARAMETER", "AT_PARAMETER",
	"SSL_CLIENT_CERT_PRIVKEY", "SSL_CLIENT_CA", "SSL_SERVER_CERT_PRIVKEY", "SSL_SERVER_CA", "WPA2_ENTERPRISE_CERT_PRIVKEY",
	"WPA2_ENTERPRISE_CA"}

// String returns the SDK's name without its prefix: "OTA_1", "CUSTOMER+2"; "14" for a number without a name.
func (t PartitionType) String() string {
	switch {
	case int64(t) < int64(len(partitionNames)):
		return partitionNames[t]
	case t >= PartitionCustomer:
		return fmt.Sprintf("CUSTOMER+%d", t-PartitionCustomer)
	}
	return fmt.Sprint(uint32(t))
}

// kind says what a partition is for.
func (t PartitionType) kind() Kind {
	switch t {
	case PartitionBootloader:
		return Boot
	case PartitionOTA1, PartitionOTA2:
		return Code
	case PartitionRFCal:
		return RFCal
	case PartitionPHYData:
		return PHYData
	case PartitionSystemParameter:
		return SystemParam
	case PartitionSSLClientCertPrivkey, PartitionSSLClientCA, PartitionSSLServerCertPrivkey, PartitionSSLServerCA,
		PartitionWPA2CertPrivkey, PartitionWPA2CA:
		return Certificates
	}
	return Custom
}

// Partition is the SDK's partition_item_t.
type Partition struct {
	Type PartitionType
	Addr uint32 // first byte
	Size uint32 // bytes
}

// String returns "OTA_2 0x101000+0xe0000".
func (p Partition) String() string { return fmt.Sprintf("%v %#x+%#x", p.Type, p.Addr, p.Size) }

// partitionItemSize is sizeof(partition_item_t) (sdk-surface.md, struct layouts).
const partitionItemSize = 12

// MaxPartitions bounds a table. Choice: the SDK has no limit; the greatest of the examples has 14 entries.
const MaxPartitions = 256

// ErrPartitionTable is a table that cannot be read: no whole number of items, or more than MaxPartitions.
var ErrPartitionTable = errors.New("not an array of at most 256 partition_item_t")

// ParsePartitions reads a table as it lies in the firmware's memory: 12 bytes an item, little-endian type, address, size.
// Error: ErrPartitionTable. What the items say is judged by [RegisterPartitions].
func ParsePartitions(b []byte) ([]Partition, error) {
	if len(b)%partitionItemSize != 0 || len(b) > MaxPartitions*partitionItemSize {
		return nil, fmt.Errorf("flash: partition table of %d bytes: %w", len(b), ErrPartitionTable)
	}
	var table []Partition
	for ; len(b) > 0; b = b[partitionItemSize:] {
		table = append(table, Partition{PartitionType(binary.LittleEndian.Uint32(b)), binary.LittleEndian.Uint32(b[4:]),
			binary.LittleEndian.Uint32(b[8:])})
	}
	return table, nil
}

// EncodePartitions returns a table as it lies in the firmware's memory.
func EncodePartitions(table []Partition) []byte {
	b := make([]byte, 0, len(table)*partitionItemSize)
	for _, p := range table {
		b = binary.LittleEndian.AppendUint32(b, uint32(p.Type))
		b = binary.LittleEndian.AppendUint32(b, p.Addr)
		b = binary.LittleEndian.AppendUint32(b, p.Size)
	}
	return b
}

// The reasons why system_partition_table_regist returns false (SDK 3.0.6), for errors.Is.
var (
	ErrPartitionMap       = errors.New("the SDK takes partition tables for the maps 2, 3, 4, 5, 6, 8 and 9 only")
	ErrPartitionMismatch  = errors.New("another flash size map than the image at 0 was written with")
	ErrPartitionAlignment = errors.New("address and size must be multiples of 0x1000")
	ErrPartitionPlace     = errors.New("the SDK wants this partition at another address or in another size")
	ErrPartitionTwice     = errors.New("this partition is there twice")
	ErrPartitionMissing   = errors.New("RF_CAL, PHY_DATA and SYSTEM_PARAMETER are mandatory")
	ErrPartitionEmpty     = errors.New("size 0")
	ErrPartitionOverlap   = errors.New("two partitions overlap")
	ErrPartitionBeyond    = errors.New("beyond the end of the flash")
)

// PartitionError is one fault of a table.
type PartitionError struct {
	Index int       // place in the table as given; -1: the table as a whole
	Item  Partition // zero for the table as a whole
	Other Partition // with ErrPartitionOverlap: the next one in the flash
	Map   SizeMap
	Err   error
}

// Error returns, for instance, "flash: partition 2, OTA_2 0x81000+0x6a000: the SDK wants ... (map 6 ...)".
func (e *PartitionError) Error() string {
	s := "flash: partition table"
	if e.Index >= 0 {
		s = fmt.Sprintf("flash: partition %d, %v", e.Index, e.Item)
	}
	if e.Other != (Partition{}) {
		s += fmt.Sprintf(" and %v", e.Other)
	}
	return fmt.Sprintf("%s: %v (map %v)", s, e.Err, e.Map)
}

// Unwrap returns the reason.
func (e *PartitionError) Unwrap() error { return e.Err }

// PartitionTable is a registered table.
type PartitionTable []Partition

// slotMax is the largest OTA partition that SDK 3.0.6 accepts, in bytes.
const slotMax = 0x100000

// RegisterPartitions is system_partition_table_regist with the checks of SDK 3.0.6, all of them, so that every fault is
// reported: the error joins one [*PartitionError] for each. The device goes on with the table even when it returns false,
// so the table is returned in any case.
//
// The rules: the map must be one of 2, 3, 4, 5, 6, 8, 9 and the one in the header of the image at 0 (Choice: not looked
// at when no image is there, because emulated firmware need not lie in the flash); addresses and sizes are multiples of
// 0x1000; BOOTLOADER is 0+0x1000, OTA_1 begins at 0x1000, OTA_2 at the map's second slot, both with at most 0x100000
// bytes; RF_CAL and PHY_DATA have 0x1000 bytes, SYSTEM_PARAMETER 0x3000; none of these six may be there twice, the last
// three must be there; nothing overlaps, is empty or goes beyond the flash of the map. The address of SYSTEM_PARAMETER is
// not compared with anything: the parameters stay in the last three sectors whatever the table says.
//
// Deviation: the chip looks for size 0 everywhere but in the last partition, and its sums wrap at 4 GB; here both are seen.
func RegisterPartitions(d flash.Device, table []Partition, m SizeMap) (PartitionTable, error) {
	t := PartitionTable(slices.Clone(table))
	var faults []error
	whole := func(err error) { faults = append(faults, &PartitionError{Index: -1, Map: m, Err: err}) }
	if header, ok := HeaderMap(d); ok && header != m {
		whole(ErrPartitionMismatch)
	}
	switch m {
	case Map4M256x256, Map2M, Map32M2048x2048:
		whole(ErrPartitionMap)
	default:
		if !m.Valid() {
			whole(ErrPartitionMap)
		}
	}
	var seen uint
	for i, p := range t {
		fault := func(err error) { faults = append(faults, &PartitionError{Index: i, Item: p, Map: m, Err: err}) }
		if p.Addr%flash.SectorSize != 0 || p.Size%flash.SectorSize != 0 {
			fault(ErrPartitionAlignment)
		}
		if !p.fits(m) {
			fault(ErrPartitionPlace)
		}
		if p.Type >= PartitionBootloader && p.Type <= PartitionSystemParameter {
			if seen&(1<<p.Type) != 0 {
				fault(ErrPartitionTwice)
			}
			seen |= 1 << p.Type
		}
	}
	const mandatory = 1<<PartitionRFCal | 1<<PartitionPHYData | 1<<PartitionSystemParameter
	if seen&mandatory != mandatory {
		whole(ErrPartitionMissing)
	}
	faults = append(faults, t.overlaps(m)...)
	return t, errors.Join(faults...)
}

// fits applies the rules of a partition's type.
func (p Partition) fits(m SizeMap) bool {
	_, user2, _ := m.Slots()
	switch p.Type {
	case PartitionBootloader:
		return p.Addr == 0 && p.Size == flash.SectorSize
	case PartitionOTA1:
		return p.Addr == flash.SectorSize && p.Size <= slotMax
	case PartitionOTA2:
		return p.Addr == user2 && p.Size <= slotMax
	case PartitionRFCal, PartitionPHYData:
		return p.Size == flash.SectorSize
	case PartitionSystemParameter:
		return p.Size == systemParamSectors*flash.SectorSize
	}
	return int64(p.Size) <= int64(m.Size())
}

// overlaps compares neighbours by address, and the last with the end of the flash.
func (t PartitionTable) overlaps(m SizeMap) []error {
	order := make([]int, len(t))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(int64(t[a].Addr) - int64(t[b].Addr)) })
	var faults []error
	for k, i := range order {
		fault := func(other Partition, err error) {
			faults = append(faults, &PartitionError{Index: i, Item: t[i], Other: other, Map: m, Err: err})
		}
		end := t[i].Addr + t[i].Size
		if k+1 == len(order) {
			if end > uint32(m.Size()) {
				fault(Partition{}, ErrPartitionBeyond)
			}
			break
		}
		next := t[order[k+1]]
		if t[i].Size == 0 {
			fault(Partition{}, ErrPartitionEmpty)
		}
		if end > next.Addr {
			fault(next, ErrPartitionOverlap)
		}
	}
	return faults
}

// Item is system_partition_get_item: the first entry of a type; false if there is none.
func (t PartitionTable) Item(typ PartitionType) (Partition, bool) {
	for _, p := range t {
		if p.Type == typ {
			return p, true
		}
	}
	return Partition{}, false
}

// OTASize is system_partition_get_ota_partition_size: the room for an update, which goes into the slot that is not
// running (running is 1 or 2), at most 0x100000 bytes; 0 if the table has no such slot.
func (t PartitionTable) OTASize(running int) uint32 {
	other := PartitionOTA2
	if running == 2 {
		other = PartitionOTA1
	}
	p, _ := t.Item(other)
	return min(p.Size, slotMax)
}

// Layout returns the partitions as regions by ascending address, with the system parameters where the SDK really keeps
// them, which is at the end of the flash of the map.
func (t PartitionTable) Layout(m SizeMap) Layout {
	var l Layout
	for _, p := range t {
		if p.Type != PartitionSystemParameter {
			l = append(l, Region{p.Type.String(), p.Type.kind(), p.Addr, p.Size})
		}
	}
	return append(l, Region{PartitionSystemParameter.String(), SystemParam, m.SystemParamAddr(),
		systemParamSectors * flash.SectorSize}).sorted()
}
