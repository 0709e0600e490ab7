package lx106

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"hash/crc32"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// program is testdata/bench.c, compiled.
type program struct {
	image   *Image
	symbols map[string]uint32
}

func compile(t testing.TB) *program {
	gcc := tool(t, "xtensa-lx106-elf-gcc", "gcc-xtensa-lx106")
	file := filepath.Join(t.TempDir(), "bench.elf")
	out, err := exec.Command(gcc, "-Os", "-mlongcalls", "-mtext-section-literals", "-ffreestanding", "-nostdlib", "-Wl,-e,crc32",
		"-Wl,-Ttext=0x40210000", "-Wl,--section-start=.rodata=0x3FFE8000", "-Wl,-Tdata=0x3FFE9000", "-Wl,-Tbss=0x3FFEA000",
		"-o", file, "testdata/bench.c").CombinedOutput()
	require.NoError(t, err, "%s", out)
	f, err := elf.Open(file)
	require.NoError(t, err)
	defer f.Close()
	p := &program{NewImage(), map[string]uint32{}}
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_ALLOC != 0 && s.Type == elf.SHT_PROGBITS {
			data, err := s.Data()
			require.NoError(t, err)
			require.NoError(t, p.image.Add(uint32(s.Addr), data))
		}
	}
	symbols, err := f.Symbols()
	require.NoError(t, err)
	for _, s := range symbols {
		p.symbols[s.Name] = uint32(s.Value)
	}
	return p
}

// cpu returns a device with the program, whose buffer holds 0, 1, 2...
func (p *program) cpu() *CPU {
	c := start(NewCPU(p.image, nil), 0)
	c.Refuel(math.MaxInt64 / 2)
	b, _ := c.Writable(p.symbols["buffer"])
	for i := range b[:1024] {
		b[i] = byte(i)
	}
	return c
}

// Compiled C gives what Go gives.
func TestCompiledPrograms(t *testing.T) {
	p := compile(t)
	c := p.cpu()
	message := make([]byte, 1024)
	for i := range message {
		message[i] = byte(i)
	}
	crc, s := c.Call(p.symbols["crc32"], 1000, 1)
	require.Equal(t, Returned, s.Reason)
	assert.Equal(t, crc32.ChecksumIEEE(message[:1000]), uint32(crc))

	b, _ := c.Writable(p.symbols["buffer"])
	copy(b[960:], make([]byte, 64))
	b[960] = 0x80
	binary.BigEndian.PutUint64(b[1016:], 960*8)
	_, s = c.Call(p.symbols["sha256"], 1024, 1)
	require.Equal(t, Returned, s.Reason)
	var digest []byte
	words, _ := c.Readable(p.symbols["digest"])
	for i := range 8 {
		digest = binary.BigEndian.AppendUint32(digest, little.Uint32(words[4*i:]))
	}
	want := sha256.Sum256(message[:960])
	assert.Equal(t, want[:], digest)

	steps := uint32(0)
	for i := uint32(1); i < 300; i++ {
		for x := i; x != 1; steps++ {
			if x&1 != 0 {
				x = x*3 + 1
			} else {
				x /= 2
			}
		}
	}
	got, s := c.Call(p.symbols["branches"], 300)
	require.Equal(t, Returned, s.Reason)
	assert.Equal(t, steps, uint32(got))
}

// Each program's speed: million instructions a second, and how many times a chip of 80 MHz that executes one each cycle. The fastest
// turn counts: what else the machine does makes the others slower, in CPU time too.
func BenchmarkExecute(b *testing.B) {
	p := compile(b)
	for _, bench := range []struct {
		name string
		args []uint32
	}{
		{"crc32", []uint32{1024, 20}}, {"sha256", []uint32{1024, 10}}, {"branches", []uint32{1000}},
		{"guarded/crc32", []uint32{1024, 20}}, {"guarded/sha256", []uint32{1024, 10}}, {"guarded/branches", []uint32{1000}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			c := p.cpu()
			name, guarded := strings.CutPrefix(bench.name, "guarded/")
			if guarded {
				c.Guard(DRAMBase, make([]byte, DRAMSize/guardedBytes), func(Access) {})
			}
			mips := 0.0
			for b.Loop() {
				before, began := c.Instructions(), cpuTime()
				if _, s := c.Call(p.symbols[name], bench.args...); s.Reason != Returned {
					b.Fatalf("%+v", s)
				}
				mips = max(mips, float64(c.Instructions()-before)/(cpuTime()-began).Seconds()/1e6)
			}
			b.ReportMetric(mips, "MIPS")
			b.ReportMetric(mips/80, "chips")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// A device with its memory: time, and bytes of each.
func BenchmarkNewCPU(b *testing.B) {
	p := compile(b)
	b.ReportAllocs()
	for b.Loop() {
		NewCPU(p.image, nil)
	}
}
