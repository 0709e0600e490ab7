// Package flashlog is firmware that keeps its last value in flash in a way that no power cut can break: a small
// log-structured store, and a meter that uses it.
package flashlog

import (
	"encoding/binary"
	"hash/crc32"
)

// Geometry of the log. A record never crosses a page of the chip (256 bytes) and is never written twice.
const (
	sectorSize = 4096
	recordSize = 64
	perSector  = sectorSize / recordSize

	// recordHeader is CRC-32 (4), sequence number (4), length (1) and three unused bytes.
	recordHeader = 12
	// MaxValue is the longest value in bytes.
	MaxValue = recordSize - recordHeader
)

// Flash is what the store needs of the SDK; *emulator.SDK has it. All results: 0 is SPI_FLASH_RESULT_OK.
type Flash interface {
	SpiFlashRead(addr uint32, dst []byte) int
	SpiFlashWrite(addr uint32, src []byte) int
	SpiFlashEraseSector(sector uint16) int
}

// Store keeps one value in a ring of sectors. Each Put appends a record; when a sector is full, the next one, which holds
// the oldest records, is erased and used. The record with the highest sequence number among those with a good checksum
// counts. So the newest value is never in the sector that is being erased, and a record that was cut short is just not
// there.
type Store struct {
	flash   Flash
	first   uint16 // sector
	sectors int
	next    int // record where the next Put goes, counted from the first sector on
	seq     uint32
	value   []byte
}

// Open reads the log in `sectors` sectors, at least 2, from the given one on. False if the flash cannot be read.
func Open(flash Flash, first uint16, sectors int) (*Store, bool) {
	s := &Store{flash: flash, first: first, sectors: sectors}
	newest := -1
	var r [recordSize]byte
	for i := range sectors * perSector {
		if flash.SpiFlashRead(s.addr(i), r[:]) != 0 {
			return nil, false
		}
		if seq, value, ok := decode(r[:]); ok && (newest < 0 || int32(seq-s.seq) > 0) {
			newest, s.seq, s.value = i, seq, append([]byte{}, value...)
		}
	}
	s.next = newest + 1
	return s, true
}

// Get returns the last value that was put; false if there was none. The slice is the store's.
func (s *Store) Get() ([]byte, bool) { return s.value, s.value != nil }

// Put saves a value of at most MaxValue bytes. False if the flash fails, or no record of two sectors holds what is written
// to it; the former value then still counts. When Put returns true, the new value counts, whatever happens next.
func (s *Store) Put(value []byte) bool {
	if len(value) > MaxValue {
		return false
	}
	r := encode(s.seq+1, value)
	for range 2 * perSector {
		i := s.next % (s.sectors * perSector)
		if i%perSector == 0 && !s.clear(i/perSector) {
			return false
		}
		s.next = i + 1
		if !s.blank(i, 1) { // the remains of a record that was cut short
			continue
		}
		if s.flash.SpiFlashWrite(s.addr(i), r) != 0 {
			return false
		}
		if s.holds(i, r) {
			s.seq++
			s.value = append([]byte{}, value...)
			return true
		}
	}
	return false
}

// clear makes sector n of the ring blank.
func (s *Store) clear(n int) bool {
	return s.blank(n*perSector, perSector) || s.flash.SpiFlashEraseSector(s.first+uint16(n)) == 0
}

// blank tells whether n records from i on are erased.
func (s *Store) blank(i, n int) bool {
	b := make([]byte, n*recordSize)
	if s.flash.SpiFlashRead(s.addr(i), b) != 0 {
		return false
	}
	for _, v := range b {
		if v != 0xFF {
			return false
		}
	}
	return true
}

func (s *Store) holds(i int, r []byte) bool {
	b := make([]byte, recordSize)
	return s.flash.SpiFlashRead(s.addr(i), b) == 0 && string(b) == string(r)
}

func (s *Store) addr(i int) uint32 { return uint32(s.first)*sectorSize + uint32(i)*recordSize }

func encode(seq uint32, value []byte) []byte {
	r := make([]byte, recordSize)
	binary.LittleEndian.PutUint32(r[4:], seq)
	r[8] = byte(len(value))
	copy(r[recordHeader:], value)
	binary.LittleEndian.PutUint32(r, crc32.ChecksumIEEE(r[4:]))
	return r
}

func decode(r []byte) (seq uint32, value []byte, ok bool) {
	n := int(r[8])
	if n > MaxValue || binary.LittleEndian.Uint32(r) != crc32.ChecksumIEEE(r[4:]) {
		return 0, nil, false
	}
	return binary.LittleEndian.Uint32(r[4:]), r[recordHeader : recordHeader+n], true
}
