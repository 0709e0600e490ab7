package lx106

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// register answers at each peripheral address with what was written last.
type registers map[uint32]uint32

func (r registers) Load(addr, size uint32) (uint32, bool) { return r[addr], true }
func (r registers) Store(addr, size, v uint32) bool       { r[addr] = v; return true }

func TestRegionsCoverTheAddressSpace(t *testing.T) {
	next := uint64(0)
	for _, r := range Map() {
		require.EqualValues(t, next, r.From, r.Name)
		require.GreaterOrEqual(t, r.To, r.From)
		next = uint64(r.To) + 1
	}
	require.EqualValues(t, 1<<32, next)
}

// Each access that an instruction can make, at both ends of each region, raises what the table says, with the registers that a
// handler reads.
func TestEachAccessFollowsTheTable(t *testing.T) {
	accesses := []struct {
		op   Op
		size uint32
		rule func(Region) Cause
	}{
		{OpL32i, 4, func(r Region) Cause { return r.Load }},
		{OpL16ui, 2, func(r Region) Cause { return r.NarrowLoad }},
		{OpL16si, 2, func(r Region) Cause { return r.NarrowLoad }},
		{OpL8ui, 1, func(r Region) Cause { return r.NarrowLoad }},
		{OpS32i, 4, func(r Region) Cause { return r.Store }},
		{OpS16i, 2, func(r Region) Cause { return r.NarrowStore }},
		{OpS8i, 1, func(r Region) Cause { return r.NarrowStore }},
	}
	for _, r := range Map() {
		for _, a := range accesses {
			for _, addr := range []uint32{r.From, r.To - (a.size - 1)} {
				t.Run(fmt.Sprintf("%v at %#x, %s", a.op, addr, r.Name), func(t *testing.T) {
					m := NewImage()
					require.NoError(t, m.Add(testBase, code(testBase, Inst{Op: a.op, S: 3, T: 2}, toTrap)))
					c := start(NewCPU(m, registers{}), testBase)
					c.A[3], c.A[0], c.A[2] = addr, TrapAddress, 0x5A5A5A5A
					want := Stop{Reason: Returned, PC: TrapAddress}
					if cause := a.rule(r); cause != Allowed {
						want = Stop{Exception, cause, testBase, addr}
					}
					require.Equal(t, want, c.Run())
					if want.Reason == Exception {
						registers := [3]uint32{c.Special(EPC1), c.Special(EXCCAUSE), c.Special(EXCVADDR)}
						assert.Equal(t, [3]uint32{testBase, uint32(want.Cause), addr}, registers)
						assert.EqualValues(t, psEXCM|psUM, c.Special(PS))
					}
					// An address that is not a multiple of the size is exception 9 whatever lies there.
					if a.size > 1 {
						start(c, testBase)
						c.SetSpecial(PS, psUM)
						c.A[3] = addr | 1
						require.Equal(t, Stop{Exception, LoadStoreAlignment, testBase, addr | 1}, c.Run())
					}
				})
			}
		}
	}
}

func TestFetchFollowsTheTable(t *testing.T) {
	for _, r := range Map() {
		for _, pc := range []uint32{r.From, r.To - 7} { // not TrapAddress
			c := start(NewCPU(NewImage(), nil), pc)
			want := Stop{Exception, r.Fetch, pc, 0}
			if r.Fetch == Allowed {
				want.Cause = IllegalInstruction // zeros and erased flash are no instructions
			}
			if want.Cause.hasAddress() {
				want.Addr = pc
			}
			assert.Equal(t, want, c.Run(), "%s at %#x", r.Name, pc)
		}
	}
}

func TestUnmappedAddressesRead(t *testing.T) {
	c := NewCPU(NewImage(), nil)
	for addr, want := range map[uint32]uint32{
		0x20000000: 0x8000, 0x3FF10004: 0, 0x3FFC1234: 0x3FFC1234, 0x40010000: 0, 0x40108000: 0, 0x40300000: 0x8000, 0x80000000: 0x8000,
		FlashBase: 0xFFFFFFFF, ROMBase: 0,
	} {
		v, cause := c.load(addr, 4)
		assert.Equal(t, Allowed, cause)
		assert.Equal(t, want, v, "%#x", addr)
	}
	v, _ := c.load(0x20000001, 1)
	assert.EqualValues(t, 0x80, v)
	v, _ = c.load(0x3FFC1236, 2)
	assert.EqualValues(t, 0x3FFC, v)
}

func TestImageRefusesAddressesWithoutMemory(t *testing.T) {
	for _, c := range []struct {
		addr uint32
		size int
		ok   bool
	}{
		{DRAMBase, int(DRAMSize), true}, {DRAMBase, int(DRAMSize) + 1, false},
		{IRAMBase, int(IRAMSize), true}, {IRAMBase + 4, int(IRAMSize), false},
		{ROMBase, int(ROMSize), true}, {FlashBase, int(FlashSize), true}, {FlashBase + 1, int(FlashSize), false},
		{0, 1, false}, {0x40108000, 1, false}, {0x40010000, 1, false}, {0x60000000, 4, false}, {0xFFFFFFFF, 8, false},
	} {
		err := NewImage().Add(c.addr, make([]byte, c.size))
		assert.Equal(t, c.ok, err == nil, "%d bytes at %#x: %v", c.size, c.addr, err)
	}
}

// What one Add has put into several pages is read in one piece, up to a page that the device has changed; other pages are not.
func TestReadableCrossesPages(t *testing.T) {
	m := NewImage()
	require.NoError(t, m.Add(IRAMBase+pageSize, []byte{9}))
	text := bytes.Repeat([]byte("abcd"), 3*pageSize/4)
	require.NoError(t, m.Add(IRAMBase+100, text))
	require.NoError(t, m.Add(FlashBase+pageSize-4, text))
	c := NewCPU(m, nil)
	b, _ := c.Readable(FlashBase + pageSize - 4)
	require.GreaterOrEqual(t, len(b), len(text))
	assert.Equal(t, text, b[:len(text)])
	b, _ = c.Readable(FlashBase + 2*pageSize)
	assert.Equal(t, text[:2*pageSize-4], append([]byte("abcd"), b[:2*pageSize-8]...))
	c.SetFlash(FlashBase+2*pageSize, []byte("changed"))
	b, _ = c.Readable(FlashBase + pageSize - 4)
	assert.Equal(t, text[:4+pageSize], b)
	b, _ = c.Readable(IRAMBase + 100) // its second page was there before
	assert.Equal(t, text[:pageSize-100], b)
	assert.EqualValues(t, text[pageSize-100], c.code[(IRAMBase-codeBase)/pageSize+1].data[0])
	b, _ = NewCPU(m, nil).Readable(FlashBase + pageSize - 4)
	assert.GreaterOrEqual(t, len(b), len(text), "another device")
}
