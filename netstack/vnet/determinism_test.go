package vnet

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// busyCapture runs a network with many goroutines at the same instants and returns its capture.
func busyCapture(t *testing.T, seed uint64) []byte {
	var file bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{Seed: seed, Faults: Faults{Loss: 0.02, Jitter: 3 * time.Millisecond, Reorder: 0.01, Duplicate: 0.01,
			Corrupt: 0.01}})
		c, err := n.Capture(&file)
		require.NoError(t, err)
		www, echo := n.Host("www", netip.Addr{}), n.Host("echo", netip.Addr{})
		l, err := www.Listen("tcp", ":80")
		require.NoError(t, err)
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(pattern(30_000)) })}
		var group sync.WaitGroup
		group.Go(func() { _ = server.Serve(l) })
		el, err := echo.Listen("tcp", ":7")
		require.NoError(t, err)
		group.Go(func() {
			for {
				conn, err := el.Accept()
				if err != nil {
					return
				}
				group.Go(func() {
					_, _ = io.Copy(conn, conn)
					_ = conn.Close()
				})
			}
		})
		udp, err := echo.ListenPacket("udp", ":7")
		require.NoError(t, err)
		group.Go(func() {
			buf := make([]byte, 2000)
			for {
				k, from, err := udp.ReadFrom(buf)
				if err != nil {
					return
				}
				_, _ = udp.WriteTo(buf[:k], from)
			}
		})
		var clients sync.WaitGroup
		for i := range 8 {
			h := n.Host(fmt.Sprint("client", i), netip.Addr{})
			clients.Go(func() { // everything begins at one instant
				conn, err := h.Dial("tcp", "echo:7")
				if !assert.NoError(t, err) {
					return
				}
				var both sync.WaitGroup
				both.Go(func() {
					for range 20 {
						_, _ = conn.Write(pattern(2000))
						time.Sleep(10 * time.Millisecond)
					}
					_ = conn.(*Conn).CloseWrite()
				})
				both.Go(func() {
					got, err := io.ReadAll(conn)
					assert.NoError(t, err)
					assert.Len(t, got, 40_000)
				})
				both.Wait()
				_ = conn.Close()
			})
			clients.Go(func() {
				c := &http.Client{Transport: &http.Transport{DialContext: h.DialContext, DisableKeepAlives: true}}
				for range 3 {
					r, err := c.Get("http://www/")
					if assert.NoError(t, err) {
						got, err := io.ReadAll(r.Body)
						assert.NoError(t, err)
						assert.Len(t, got, 30_000)
						_ = r.Body.Close()
					}
				}
			})
			clients.Go(func() {
				for range 10 {
					p, err := h.ListenPacket("udp", ":1000")
					if !assert.NoError(t, err) {
						return
					}
					_, _ = p.WriteTo([]byte("hello"), net.UDPAddrFromAddrPort(netip.AddrPortFrom(echo.Addr(), 7)))
					time.Sleep(10 * time.Millisecond)
					_ = p.Close()
				}
			})
		}
		clients.Wait()
		time.Sleep(time.Hour)
		c.Comment("the end")
		require.NoError(t, n.Close())
		group.Wait()
		_ = server.Close()
	})
	return file.Bytes()
}

func TestSameSeedSameCapture(t *testing.T) {
	first := busyCapture(t, 1)
	t.Logf("%d bytes, sha256 %x", len(first), sha256.Sum256(first))
	require.Greater(t, len(first), 1_000_000)
	for run := range 5 {
		if run == 3 {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		}
		if again := busyCapture(t, 1); !bytes.Equal(first, again) {
			require.Failf(t, "capture differs", "run %d: %d and %d bytes, first difference at %d", run, len(first), len(again),
				firstDifference(first, again))
		}
	}
	assert.False(t, bytes.Equal(first, busyCapture(t, 2)), "another seed")
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
