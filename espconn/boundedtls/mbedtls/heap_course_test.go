package mbedtls

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
	"github.com/emu8266/emu8266/espconn/testpki"
)

// diary is a heap that has room for so many blocks, and writes down what is asked of it.
type diary struct {
	room  int
	next  uint32
	lines []string
}

func (d *diary) Alloc(n uint32, what string) uint32 {
	if d.room--; d.room < 0 {
		d.lines = append(d.lines, fmt.Sprintf("no %d bytes for %s", n, what))
		return 0
	}
	d.next += 8
	d.lines = append(d.lines, fmt.Sprintf("%d bytes for %s at %d", n, what, d.next))
	return d.next
}

func (d *diary) Free(addr uint32) { d.lines = append(d.lines, fmt.Sprintf("free %d", addr)) }

// use runs operations of a connection with a key over a heap with room for so many blocks. It returns what the heap was asked, whether all
// went well, and what the connection keeps.
func use(key *x509.PrivateKey, room int) (lines []string, ok bool, kept string) {
	heap := &diary{room: room}
	c := newConn(Late(), boundedtls.Config{})
	c.Heap = ledger.New(heap)
	c.ownKey = key
	ok = c.chargeKey(key, nil) && c.chargeRSAPublic(&key.PublicKey, ledger.Peer) && c.chargeRSASign() == 0 && c.chargeRSAPrivate()
	if k := c.ownNumbers; k != nil {
		kept = fmt.Sprint(k.rn.v.Text(16), k.rp.v.Text(16), k.rq.v.Text(16), k.vi.v.Text(16), k.vf.v.Text(16), k.rn.n, k.vi.n)
	}
	c.Heap.FreeAll()
	return heap.lines, ok, kept
}

// A remembered course asks the heap for just what working it out does, wherever room ends, and leaves the same numbers.
func TestCourse(t *testing.T) {
	key, code := x509.ParsePrivateKey(testpki.KeyPEM(t, "leaf-1024"))
	require.Zero(t, code)
	forget := func() { courses = courseMemory{} }
	forget()
	all, ok, kept := use(key, 1<<20)
	require.True(t, ok)
	require.Len(t, courses.known, 3)
	again, ok, keptAgain := use(key, 1<<20)
	require.True(t, ok)
	require.Equal(t, all, again)
	require.Equal(t, kept, keptAgain)
	remembered := courses.known
	for room := range len(all) {
		forget()
		want, ok, _ := use(key, room)
		if ok {
			break
		}
		courses.known = remembered
		got, ok, _ := use(key, room)
		require.False(t, ok, "room for %d blocks", room)
		require.Equal(t, want, got, "room for %d blocks", room)
		require.Len(t, courses.known, 3, "an operation that failed is not remembered")
	}
}

// More keys than are remembered replace each other.
func TestCoursesAreBounded(t *testing.T) {
	var m courseMemory
	for i := range 3 * maxCourses {
		m.put(courseKey{byte(i), byte(i >> 8)}, &course{})
	}
	assert.LessOrEqual(t, len(m.known), maxCourses)
}
