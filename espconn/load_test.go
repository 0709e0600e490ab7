package espconn

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// loadEnv is what loading certificates needs of a device; the rest of Env is nil.
type loadEnv struct {
	Env
	flash  []byte
	live   int
	fatals int
	lines  strings.Builder
}

func (e *loadEnv) Flash() Flash                 { return e }
func (e *loadEnv) Size() int                    { return len(e.flash) }
func (e *loadEnv) Heap() Heap                   { return e }
func (e *loadEnv) Alloc(uint32, string) uint32  { e.live++; return 8 }
func (e *loadEnv) Free(uint32)                  { e.live-- }
func (e *loadEnv) FreeSize() uint32             { return 1 << 16 }
func (e *loadEnv) Observe(Event)                {}
func (e *loadEnv) Caller() string               { return "" }
func (e *loadEnv) Fatal(int, string)            { e.fatals++ }
func (e *loadEnv) Printf(f string, args ...any) { fmt.Fprintf(&e.lines, f, args...) }
func (e *loadEnv) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(e.flash).ReadAt(p, off)
}

// chip returns flash whose sector 1 begins with image, the rest erased.
func chip(image []byte) []byte {
	b := bytes.Repeat([]byte{0xFF}, 8*sectorSize)
	copy(b[sectorSize:], image)
	return b
}

func entryOf(name string, length int, data []byte) []byte {
	b := make([]byte, entryHeader)
	copy(b, name)
	b[entryName], b[entryName+1] = byte(length), byte(length>>8)
	return append(b, data...)
}

// TestLoadLimits: header and data of an entry must end within 8,192 bytes: 8,158 bytes alone fit (tls.md 4.4).
func TestLoadLimits(t *testing.T) {
	for n, want := range map[int]bool{0: true, 8158: true, 8159: false, 60000: false} {
		e := &loadEnv{flash: chip(entryOf("certificate", n, make([]byte, n)[:min(n, 8159)]))}
		a := New(e, ManualV21())
		got := -1
		err := a.library.(*mbedtlsLibrary).loadNamed(1, "certificate", func(b []byte) *boundedtls.Error { got = len(b); return nil })
		assert.Equal(t, want, err == nil, "%d bytes", n)
		if want {
			assert.Equal(t, n, got)
		} else {
			assert.Equal(t, -0x7F00, err.Code)
		}
		assert.Zero(t, e.live)
	}
}

// TestErasedEntryLine: an erased header prints its 34 bytes of 0xFF and length 65535 (tls.md 7).
func TestErasedEntryLine(t *testing.T) {
	e := &loadEnv{flash: chip(nil)}
	a := New(e, SDK306())
	assert.NotNil(t, a.library.(*mbedtlsLibrary).loadCA(1, nil))
	assert.Equal(t, "espconn_mbedtls.c 662, type["+strings.Repeat("\xff", 34)+"],length[65535]\n", e.lines.String())
}

// TestScanLoops: the SDK searches a name for ever when the rest of the image is not erased; the manual profile gives up.
func TestScanLoops(t *testing.T) {
	for _, p := range Profiles() {
		e := &loadEnv{flash: make([]byte, 8*sectorSize)}
		err := New(e, p).library.(*mbedtlsLibrary).loadNamed(1, "private_key", nil)
		assert.Equal(t, -0x7F00, err.Code)
		assert.Equal(t, p.TLS.(MbedTLS).ScanLoops, e.fatals == 1, p.Name)
	}
}

// TestImageBeyondTheChip: a header that cannot be read has no name and no length, so a CA there is empty and the search for a name
// never ends (tls.md 4.4).
func TestImageBeyondTheChip(t *testing.T) {
	e := &loadEnv{flash: make([]byte, 8*sectorSize)}
	l := New(e, SDK306()).library.(*mbedtlsLibrary)
	assert.Equal(t, -0x7F00, l.loadCA(8, nil).Code)
	assert.Equal(t, "espconn_mbedtls.c 662, type[],length[0]\nE:M 0\n", e.lines.String())
	assert.Zero(t, e.live)
	l.loadNamed(8, "private_key", nil)
	assert.Equal(t, 1, e.fatals)
}

func FuzzCertificateImage(f *testing.F) {
	f.Add(entryOf("certificate", 3, []byte("abc")), uint32(1))
	f.Add(append(entryOf("private_key", 0, nil), entryOf("certificate", 200, make([]byte, 200))...), uint32(1))
	f.Add([]byte{}, uint32(0x100001))
	f.Add(make([]byte, 9000), uint32(7))
	f.Fuzz(func(t *testing.T, image []byte, sector uint32) {
		for _, p := range []Profile{ManualV21(), SDK306()} {
			e := &loadEnv{flash: chip(image)}
			l := New(e, p).library.(*mbedtlsLibrary)
			used := 0
			use := func(b []byte) *boundedtls.Error {
				used++
				if len(b) > imageMax && bytes.ContainsFunc(b, func(r rune) bool { return r != 0 }) {
					t.Fatalf("%d bytes of flash", len(b))
				}
				return nil
			}
			l.loadNamed(sector, "certificate", use)
			l.loadNamed(sector, "private_key", use)
			l.loadCA(sector, use)
			if e.live != 0 {
				t.Fatalf("%d load buffers are left", e.live)
			}
			if used > 2+p.CAEntries {
				t.Fatalf("%d entries used", used)
			}
		}
	})
}
