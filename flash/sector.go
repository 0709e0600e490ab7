package flash

import "bytes"

// sectorsPerBlock is how many sectors share one record of the chip's table: the 64 KB block of the chips on modules
// (sdk-surface.md, Flash).
const sectorsPerBlock = 16

// sectorData is the content of a sector that is not wholly erased.
type sectorData [SectorSize]byte

// owner marks what a chip may change in place. A snapshot takes the chip's owner away: from then on everything that
// existed is shared and is copied before it is changed. It has a size so that each has its own address.
type owner struct{ _ byte }

// block is the state of 16 sectors. A block is changed only by the chip that holds its owner.
type block struct {
	owner    *owner
	private  uint16 // bit i: sectors[i] belongs to this block alone
	sectors  [sectorsPerBlock]*sectorData
	erases   [sectorsPerBlock]uint32
	programs [sectorsPerBlock]uint32 // pages programmed
}

// sector returns the content of sector n, nil if it is erased. It must not be changed.
func (c *Chip) sector(n int) *sectorData {
	if b := c.blocks[n/sectorsPerBlock]; b != nil {
		return b.sectors[n%sectorsPerBlock]
	}
	return nil
}

// block returns the block of sector n for changing, and the sector's index in it.
func (c *Chip) block(n int) (*block, int) {
	if !c.ownsTable {
		c.blocks = append([]*block(nil), c.blocks...)
		c.ownsTable = true
	}
	at := &c.blocks[n/sectorsPerBlock]
	if *at == nil {
		*at = &block{owner: c.owner}
	} else if (*at).owner != c.owner {
		b := **at
		b.owner, b.private = c.owner, 0
		*at = &b
	}
	return *at, n % sectorsPerBlock
}

// store puts p into sector n from byte at on.
func (c *Chip) store(n, at int, p []byte) {
	b, i := c.block(n)
	bit := uint16(1) << i
	switch s := b.sectors[i]; {
	case len(p) == SectorSize && blank(p):
		b.sectors[i] = nil
		b.private &^= bit
		return
	case s == nil:
		if blank(p) {
			return
		}
		s = new(sectorData)
		fill(s[:])
		b.sectors[i] = s
	case b.private&bit == 0:
		copied := *s
		b.sectors[i] = &copied
	}
	b.private |= bit
	copy(b.sectors[i][at:], p)
}

// load copies sector n from byte at on into p.
func (c *Chip) load(n, at int, p []byte) {
	if s := c.sector(n); s != nil {
		copy(p, s[at:])
	} else {
		fill(p)
	}
}

// erasedSector is what a sector holds after an erasure.
var erasedSector = func() (s sectorData) {
	for i := range s {
		s[i] = Erased
	}
	return s
}()

func fill(p []byte) {
	for len(p) > 0 {
		p = p[copy(p, erasedSector[:]):]
	}
}

func blank(p []byte) bool {
	for len(p) > 0 {
		n := min(len(p), SectorSize)
		if !bytes.Equal(p[:n], erasedSector[:n]) {
			return false
		}
		p = p[n:]
	}
	return true
}
