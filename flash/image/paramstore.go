package image

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/emu8266/emu8266/flash"
)

// The SDK's power-cut safe parameter store: three sectors, two banks of up to 4,096 bytes and a header in the third. What is
// said of it here was read off SDK 2.2.1 and 3.0.6.
const (
	systemParamSectors = 3
	paramHeaderSize    = 32
	paramMagicFront    = 0x55AA55AA
	paramMagicBack     = 0xAA55AA55
	// paramSum is how much of the data the header's checksum covers, and the length that the header gives, whatever was
	// saved.
	paramSum = 32
	// paramTries bounds the writing of a sector. Deviation: the SDK repeats it for ever, feeding the watchdog.
	paramTries = 8
)

// MaxParam is the most that the parameter store holds: one sector.
const MaxParam = flash.SectorSize

// Errors of the parameter store, for errors.Is. The device's functions return false for ErrParamSize; it never learns of
// ErrParamWrite, see SystemParamSaveWithProtect.
var (
	ErrParamSize  = errors.New("no data, or more than 4096 bytes")
	ErrParamWrite = errors.New("the sector does not hold what was written")
)

// ParamHeader is the header of a parameter store.
type ParamHeader struct {
	Flag  uint8     // 0: the first sector is in force; any other: the second
	Front uint32    // 0x55AA55AA
	Count uint32    // saves since the store was blank
	Len   [2]uint32 // of the banks: 32, whatever was saved
	Sum   [2]uint32 // of the banks: XOR of the first 32 bytes, begun with 0xEF
	Back  uint32    // 0xAA55AA55
}

// Written tells whether both magic numbers are there: something was saved, and the header is whole.
func (h ParamHeader) Written() bool { return h.Front == paramMagicFront && h.Back == paramMagicBack }

// Bank returns the bank in force, 0 or 1. A blank header means bank 1.
func (h ParamHeader) Bank() int {
	if h.Flag == 0 {
		return 0
	}
	return 1
}

func parseParamHeader(b []byte) ParamHeader {
	u := binary.LittleEndian.Uint32
	return ParamHeader{b[0], u(b[4:]), u(b[8:]), [2]uint32{u(b[12:]), u(b[16:])}, [2]uint32{u(b[20:]), u(b[24:])}, u(b[28:])}
}

// put writes the header over b, the header as it was read: the bytes between keep what they had.
func (h ParamHeader) put(b []byte) {
	u := binary.LittleEndian.PutUint32
	b[0] = h.Flag
	u(b[4:], h.Front)
	u(b[8:], h.Count)
	for i := range 2 {
		u(b[12+4*i:], h.Len[i])
		u(b[20+4*i:], h.Sum[i])
	}
	u(b[28:], h.Back)
}

// ReadParamHeader reads the header of the parameter store that begins at a sector. Errors: those of the device.
func ReadParamHeader(d flash.Device, sector uint32) (ParamHeader, error) {
	b, err := readParam(d, sector+2, 0, paramHeaderSize)
	if err != nil {
		return ParamHeader{}, err
	}
	return parseParamHeader(b), nil
}

// readParam reads n bytes of a sector. A store that lies beyond the end of the chip is ErrRange.
func readParam(d flash.Device, sector uint32, at, n int) ([]byte, error) {
	off := int64(sector)*flash.SectorSize + int64(at)
	if off+int64(n) > int64(d.Size()) {
		return nil, &flash.OpError{Op: flash.OpRead, Addr: uint32(min(off, 1<<32-1)), Len: n, Size: d.Size(), Err: flash.ErrRange}
	}
	b := make([]byte, n)
	if _, err := d.ReadAt(b, off); err != nil {
		return nil, err
	}
	return b, nil
}

// checksum is the SDK's: all bytes XORed, begun with 0xEF; firmware images use it too.
func checksum(p []byte) (sum byte) {
	sum = checksumStart
	for _, v := range p {
		sum ^= v
	}
	return sum
}

// SystemParamSaveWithProtect is system_param_save_with_protect of SDK 3.0.5 and 3.0.6, which writes nothing at all if the bank in force
// holds the same bytes already. Everything else is [SystemParamSave], its errors too.
func SystemParamSaveWithProtect(d flash.Device, sector uint32, data []byte) error {
	if len(data) > 0 && len(data) <= MaxParam {
		held := make([]byte, len(data))
		if err := SystemParamLoad(d, sector, 0, held); err != nil {
			return err
		}
		if bytes.Equal(held, data) {
			return nil
		}
	}
	return SystemParamSave(d, sector, data)
}

// SystemParamSave is system_param_save_with_protect of the SDKs up to 3.0.1, over three sectors from the given one on. The
// data, 1 to 4,096 bytes, go into the bank that is not in force, are read back and written again until they are right; then
// the header is erased and written, which puts that bank in force, also if the bank in force holds the same bytes already.
//
// Whenever power fails, the former data or the new ones are in force, whole: until the header's sector is touched the
// former bank is; from then on both banks are whole, so it does not matter what is left of the header. Before the first
// save ever the former data are the blank second bank.
//
// The header's checksum covers 32 bytes of what was saved, whatever its length; the SDK only looks at it at boot, for its
// own parameters, and says so on the UART without changing anything. Shorter data are taken to be followed by 0xFF.
// Deviation: on the chip by whatever follows in memory.
//
// Errors: ErrParamSize; ErrParamWrite when a sector is not right after 8 tries, where the SDK would try for ever
// (Deviation); those of the device. With any error other than after a power cut the former data are in force, unless it was
// the header's sector that failed.
func SystemParamSave(d flash.Device, sector uint32, data []byte) error {
	if len(data) == 0 || len(data) > MaxParam {
		return fmt.Errorf("flash: parameters of %d bytes: %w", len(data), ErrParamSize)
	}
	raw, err := readParam(d, sector+2, 0, paramHeaderSize)
	if err != nil {
		return err
	}
	h := parseParamHeader(raw)
	next := 1 - h.Bank()
	if err := writeChecked(d, sector+uint32(next), data); err != nil {
		return err
	}
	if h.Written() {
		h.Count++
	} else {
		h.Count = 1
	}
	head := make([]byte, paramSum)
	fill(head)
	copy(head, data)
	h.Flag, h.Front, h.Back = uint8(next), paramMagicFront, paramMagicBack
	h.Len[next], h.Sum[next] = paramSum, uint32(checksum(head))
	h.put(raw)
	return writeChecked(d, sector+2, raw)
}

// writeChecked erases a sector, writes p at its beginning and reads it back, until it is right.
func writeChecked(d flash.Device, sector uint32, p []byte) error {
	for range paramTries {
		if err := d.EraseSector(sector); err != nil {
			return err
		}
		if err := d.Write(sector*flash.SectorSize, padded(p)); err != nil {
			return err
		}
		held, err := readParam(d, sector, 0, len(p))
		if err != nil {
			return err
		}
		if bytes.Equal(held, p) {
			return nil
		}
	}
	return fmt.Errorf("flash: parameters at sector %#x: %w", sector, ErrParamWrite)
}

// SystemParamLoad is system_param_load: it fills p from byte offset on of the bank in force. Nothing is checked; of sectors
// that were never written p becomes 0xFF, without an error. Errors: ErrParamSize if p is nil or offset+len(p) is more than
// 4,096, and those of the device.
func SystemParamLoad(d flash.Device, sector uint32, offset uint16, p []byte) error {
	if p == nil || int(offset)+len(p) > MaxParam {
		return fmt.Errorf("flash: parameters at %d, %d bytes: %w", offset, len(p), ErrParamSize)
	}
	h, err := ReadParamHeader(d, sector)
	if err != nil {
		return err
	}
	b, err := readParam(d, sector+uint32(h.Bank()), int(offset), len(p))
	if err != nil {
		return err
	}
	copy(p, b)
	return nil
}
