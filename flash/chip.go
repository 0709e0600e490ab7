package flash

import "errors"

const SectorSize = 4096

var (
	ErrAlignment = errors.New("not aligned to 4 bytes")
	ErrRange     = errors.New("outside the chip")
)

type Chip struct{ size int }

func New(size int) (*Chip, error)                       { return &Chip{size: size}, nil }
func (c *Chip) ReadAt(p []byte, off int64) (int, error) { return 0, nil }
func (c *Chip) Write(addr uint32, p []byte) error       { return nil }
func (c *Chip) EraseSector(n uint32) error              { return nil }
func (c *Chip) EraseChip() error                        { return nil }
func (c *Chip) Size() int                               { return c.size }

type Entry struct {
	Name string
	Data []byte
}

type CertImage []Entry

func (m CertImage) Encode() ([]byte, error)      { return nil, nil }
func ParseCertImage(b []byte) (CertImage, error) { return nil, nil }
