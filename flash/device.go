package flash

import "io"

// SectorSize is the unit of erasing in bytes (sdk-surface.md, Flash; SPI_FLASH_SEC_SIZE).
const SectorSize = 4096

// WriteUnit is the alignment in bytes of the address and the length of a write (sdk-surface.md, spi_flash_write).
const WriteUnit = 4

// Erased is the value of an erased byte.
const Erased = 0xFF

// Device is NOR flash with sectors of [SectorSize] bytes. [Chip] is one; package flashtest checks others.
type Device interface {
	// ReadAt reads len(p) bytes at any offset. Less than that can be read only at the end of the chip: then io.EOF, as
	// io.ReaderAt demands. An offset outside the chip is ErrRange.
	io.ReaderAt
	// Write clears the bits of the bytes from addr on that are clear in p. addr and len(p) are multiples of WriteUnit.
	// p is not kept. Errors: ErrAlignment, ErrRange.
	Write(addr uint32, p []byte) error
	// EraseSector sets sector n, counted from 0, to Erased. Error: ErrRange.
	EraseSector(n uint32) error
	// Size returns the capacity in bytes, a multiple of SectorSize.
	Size() int
}

// Reader is the part of a [Device] that only looks.
type Reader interface {
	io.ReaderAt
	Size() int
}
