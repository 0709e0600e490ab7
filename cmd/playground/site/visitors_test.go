package site

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// visited is a server with Visitors, and what dials it.
func visited(t *testing.T, h http.Handler) (dial func() net.Conn) {
	s := httptest.NewUnstartedServer(h)
	s.Config.ConnState = new(Visitors).Note
	s.Config.ErrorLog = nil
	s.Start()
	t.Cleanup(s.Close)
	return func() net.Conn {
		c, err := net.Dial("tcp", s.Listener.Addr().String())
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
	dial := visited(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") }))
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

// When all connections are being answered and do not take it, the one that has been for longest is closed.
func TestVisitorsThatDoNotRead(t *testing.T) {
	page := strings.Repeat("x", 1<<20)
	dial := visited(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/large" {
			for range 64 {
				if _, err := io.WriteString(w, page); err != nil {
					return
				}
			}
			return
		}
		_, _ = io.WriteString(w, "page")
	}))
	for range visitorsMax + 8 {
		_, err := io.WriteString(dial(), "GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
	}
	good := dial()
	assert.Equal(t, "page", ask(t, good, bufio.NewReader(good)))
}

// What is open and in use stays, up to the bound.
func TestVisitorsStay(t *testing.T) {
	dial := visited(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") }))
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
