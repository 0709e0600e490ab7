package site

import (
	"bufio"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// visit starts a server of a process that may have so many descriptors, and returns what dials it.
func visit(t *testing.T, descriptors uint64, h http.Handler) (dial func() net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := NewServer(h, descriptors, log.New(io.Discard, "", 0))
	over := make(chan error, 1)
	go func() { over <- s.Serve(l) }()
	t.Cleanup(func() {
		_ = s.Close()
		assert.ErrorIs(t, <-over, http.ErrServerClosed)
	})
	return func() net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		require.NoError(t, c.SetDeadline(time.Now().Add(20*time.Second)))
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
}

func ask(t *testing.T, c net.Conn, r *bufio.Reader) string {
	t.Helper()
	_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	a, err := http.ReadResponse(r, nil)
	require.NoError(t, err)
	b, err := io.ReadAll(a.Body)
	require.NoError(t, err)
	return string(b)
}

// Connections that ask for nothing, or for half of something, are closed from the oldest on; who asks is answered.
func TestVisitorsThatDoNotAsk(t *testing.T) {
	dial := visit(t, 0, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") }))
	for _, said := range []string{"", "GET / HT", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"} {
		var silent []net.Conn
		for range 3 * visitorsMax {
			c := dial()
			_, err := io.WriteString(c, said)
			require.NoError(t, err)
			silent = append(silent, c)
		}
		good := dial()
		r := bufio.NewReader(good)
		assert.Equal(t, "page", ask(t, good, r), "%q", said)
		assert.Equal(t, "page", ask(t, good, r), "%q, once more", said)
		if said == "" {
			_, err := silent[0].Read(make([]byte, 1))
			assert.Error(t, err)
			assert.False(t, strings.Contains(err.Error(), "timeout"), "%v", err)
		}
	}
}

// large answers with 64 MB at /large, which no buffer holds, and with a word elsewhere.
func large(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/large" {
		_, _ = io.WriteString(w, "page")
		return
	}
	for page := strings.Repeat("x", 1<<20); ; {
		if _, err := io.WriteString(w, page); err != nil {
			return
		}
	}
}

// When all connections are being answered and do not take it, the one that has been for longest is closed.
func TestVisitorsThatDoNotRead(t *testing.T) {
	for _, descriptors := range []uint64{0, 64, 4, 1} {
		dial := visit(t, descriptors, http.HandlerFunc(large))
		for range visitorsMax + 8 {
			_, err := io.WriteString(dial(), "GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
			require.NoError(t, err)
		}
		good := dial()
		assert.Equal(t, "page", ask(t, good, bufio.NewReader(good)), "%d descriptors", descriptors)
	}
}

// Never more connections than a quarter of the descriptors are open: no file misses one.
func TestVisitorsWithFewDescriptors(t *testing.T) {
	var mu sync.Mutex
	now, most := 0, 0
	dial := visit(t, 32, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		large(w, r)
		mu.Lock()
		now--
		mu.Unlock()
	}))
	for range 40 {
		c := dial()
		_, err := io.WriteString(c, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		_, err = c.Read(make([]byte, 1)) // it is being answered
		require.NoError(t, err)
	}
	mu.Lock()
	defer mu.Unlock()
	assert.LessOrEqual(t, most, 8+1, "one may be on its way out")
	assert.GreaterOrEqual(t, most, 8)
}

// Who takes a file piece by piece gets it whole however long it takes, and is not the one that has to go; who stops is cut off.
func TestVisitorThatReadsSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &pipes{made: make(chan net.Conn), closed: make(chan struct{})}
		s := NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1048576")
			for range 32 {
				if _, err := w.Write(make([]byte, 1<<15)); err != nil {
					return
				}
			}
		}), 12, nil)
		over := make(chan error, 1)
		go func() { over <- s.Serve(l) }()
		get := func() (net.Conn, *http.Response) {
			c := l.dial()
			_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			require.NoError(t, err)
			a, err := http.ReadResponse(bufio.NewReader(c), nil)
			require.NoError(t, err)
			return c, a
		}
		_, slow := get()
		stopped, _ := get()
		got := 0
		for piece := make([]byte, 1<<15); ; {
			n, err := io.ReadFull(slow.Body, piece)
			got += n
			if err != nil {
				assert.ErrorIs(t, err, io.EOF)
				break
			}
			if got == 1<<18 {
				rest, err := io.Copy(io.Discard, stopped)
				assert.NoError(t, err)
				assert.Zero(t, rest, "closed, long before its end")
			}
			if synctest.Wait(); got < 1<<19 {
				time.Sleep(quietTime - time.Second)
			} else { // the bound is 3, and this one has just taken a piece
				l.dial()
			}
		}
		assert.Equal(t, 1<<20, got)
		require.NoError(t, s.Close())
		assert.ErrorIs(t, <-over, http.ErrServerClosed)
	})
}

// pipes is a listener in virtual time.
type pipes struct {
	made   chan net.Conn
	closed chan struct{}
}

func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.made <- theirs
	return ours
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.made:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.closed)
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// What is open and in use stays, up to the bound.
func TestVisitorsStay(t *testing.T) {
	dial := visit(t, 0, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") }))
	type kept struct {
		net.Conn
		*bufio.Reader
	}
	var all []kept
	for range visitorsMax {
		c := dial()
		k := kept{c, bufio.NewReader(c)}
		assert.Equal(t, "page", ask(t, c, k.Reader))
		all = append(all, k)
	}
	for _, k := range all {
		assert.Equal(t, "page", ask(t, k.Conn, k.Reader))
	}
}
