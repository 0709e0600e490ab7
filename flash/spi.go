package flash

import "errors"

// Result is what the SDK's spi_flash_* functions return (sdk-surface.md, spi_flash.h).
type Result uint8

// SPI_FLASH_RESULT_OK, _ERR and _TIMEOUT.
const (
	ResultOK Result = iota
	ResultErr
	ResultTimeout
)

// String returns the SDK's name.
func (r Result) String() string {
	switch r {
	case ResultOK:
		return "SPI_FLASH_RESULT_OK"
	case ResultErr:
		return "SPI_FLASH_RESULT_ERR"
	case ResultTimeout:
		return "SPI_FLASH_RESULT_TIMEOUT"
	}
	return "SPI_FLASH_RESULT_?"
}

// ResultOf turns an error of a [Device] into the SDK's result: ErrTimeout is ResultTimeout, other errors are ResultErr.
func ResultOf(err error) Result {
	switch {
	case err == nil:
		return ResultOK
	case errors.Is(err, ErrTimeout):
		return ResultTimeout
	}
	return ResultErr
}

// errNull is the error of a NULL buffer.
var errNull = errors.New("flash: the buffer is NULL")

// SpiRead is spi_flash_read: it fills dst from addr on. A nil dst is ResultErr, and so is a range that leaves the chip;
// then dst is unchanged. It takes no time. Any address and length will do. Deviation: the chip moves whole words, so that a length that is
// no multiple of 4 overwrites up to three bytes behind the buffer; here nothing behind dst is touched.
func SpiRead(c *Chip, addr uint32, dst []byte) Outcome {
	if dst == nil {
		return Outcome{Err: errNull}
	}
	if int64(addr)+int64(len(dst)) > int64(c.Size()) {
		return Outcome{Err: c.refuse(OpRead, int64(addr), len(dst), ErrRange)}
	}
	_, err := c.ReadAt(dst, int64(addr))
	return Outcome{Err: err}
}

// SpiWrite is spi_flash_write: a nil src is ResultErr, a length that is no multiple of 4 is rounded up (SDK 3.0.6; the
// bytes behind the caller's data are written too: here they are 0xFF, which changes nothing. Deviation: on the chip they
// are whatever follows in memory). An address that is no multiple of 4, or a range that leaves the chip, is ResultErr and
// writes nothing.
func SpiWrite(c *Chip, addr uint32, src []byte) Outcome {
	if src == nil {
		return Outcome{Err: errNull}
	}
	return c.Program(addr, padded(src))
}

// SpiEraseSector is spi_flash_erase_sector: ResultErr for a sector behind the end of the chip.
func SpiEraseSector(c *Chip, sector uint16) Outcome { return c.Erase(uint32(sector)) }

// padded returns p with erased bytes up to whole words; p itself if it has whole words.
func padded(p []byte) []byte {
	if len(p)%WriteUnit == 0 {
		return p
	}
	return append(append([]byte(nil), p...), Erased, Erased, Erased)[:(len(p)+WriteUnit-1)/WriteUnit*WriteUnit]
}

// Manufacturer and type in the JEDEC id that [ID] makes: Winbond W25Q.
const jedecW25Q = 0x40EF

// ID returns what spi_flash_get_id says for a Winbond chip of size bytes: the capacity as a power of two in bits 16 to 23,
// 0x1640EF for 4 MB (sdk-surface.md, spi_flash_get_id).
func ID(size int) uint32 {
	bits := uint32(0)
	for n := size; n > 1; n >>= 1 {
		bits++
	}
	return bits<<16 | jedecW25Q
}
