package vnet

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFindClientRandom(t *testing.T) {
	random := bytes.Repeat([]byte{0xab}, tlsRandomLen)
	message := append([]byte{1, 0, 0, 0x2f, 3, 3}, random...)
	message = append(message, 0, 0, 2, 0, 0x2f, 1, 0)
	record := func(body []byte) []byte { return append([]byte{22, 3, 1, 0, byte(len(body))}, body...) }
	whole := record(message)
	cut := func(n int) []byte {
		var out []byte
		for rest := message; len(rest) > 0; rest = rest[min(n, len(rest)):] {
			out = append(out, record(rest[:min(n, len(rest))])...)
		}
		return out
	}
	for _, row := range []struct {
		name   string
		stream []byte
		want   helloState
	}{
		{"nothing", nil, helloUnfinished},
		{"a record's first byte", whole[:1], helloUnfinished},
		{"a record's header", whole[:5], helloUnfinished},
		{"all but the last byte of the random", whole[:42], helloUnfinished},
		{"up to the random", whole[:43], helloFound},
		{"whole", whole, helloFound},
		{"records of 1 byte", cut(1), helloFound},
		{"records of 7 bytes", cut(7), helloFound},
		{"records of 37 bytes", cut(37), helloFound},
		{"empty records for ever", bytes.Repeat([]byte{22, 3, 1, 0, 0}, 200), helloNone},
		{"HTTP", []byte("GET / HTTP/1.0\r\n\r\n"), helloNone},
		{"SSLv2", []byte{0x80, 46, 1, 0, 2}, helloNone},
		{"an alert", []byte{21, 3, 1, 0, 2, 1, 0}, helloNone},
		{"another message", record(append([]byte{2}, message[1:]...)), helloNone},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, state := findClientRandom(row.stream)
			assert.Equal(t, row.want, state)
			if state == helloFound {
				assert.Equal(t, random, got[:])
			}
		})
	}
}

// slowConn writes its first bytes one by one.
type slowConn struct {
	net.Conn
	left int
}

func (c *slowConn) Write(p []byte) (int, error) {
	for i := range p {
		if c.left == 0 {
			n, err := c.Conn.Write(p[i:])
			return i + n, err
		}
		c.left--
		if _, err := c.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

// serverKeys has clients ask an HTTPS server whose key log alone goes into the capture: one after the other, then three
// at once.
func serverKeys(t *testing.T, faults Faults, slow int) []byte {
	t.Helper()
	var file bytes.Buffer
	config := tlsConfig(t)
	config.MaxVersion = tls.VersionTLS12
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{Faults: faults, Seed: 3})
		c, err := n.Capture(&file)
		require.NoError(t, err)
		c.AwaitSecrets()
		server, client := n.Host("server", netip.Addr{}), n.Host("client", netip.Addr{})
		logged := config.Clone()
		logged.KeyLogWriter = writerFunc(func(p []byte) (int, error) { c.Secrets(p); return len(p), nil })
		l, err := server.Listen("tcp", ":443")
		require.NoError(t, err)
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					s := tls.Server(conn, logged)
					buf := make([]byte, 100)
					_, _ = s.Read(buf)
					_, _ = io.WriteString(s, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
					_ = s.Close()
				}()
			}
		}()
		ask := func(name string) {
			raw, err := client.DialContext(t.Context(), "tcp", l.Addr().String())
			require.NoError(t, err)
			k := tls.Client(&slowConn{raw, slow}, config)
			_, err = fmt.Fprintf(k, "GET /%s HTTP/1.0\r\n\r\n", name)
			require.NoError(t, err)
			answer, _ := io.ReadAll(k)
			assert.Contains(t, string(answer), "200 OK")
			_ = k.Close()
		}
		ask("first")
		ask("second")
		var together sync.WaitGroup
		for i := range 3 {
			together.Go(func() { ask(fmt.Sprint("together", i)) })
		}
		together.Wait()
		time.Sleep(2 * time.Minute)
		require.NoError(t, l.Close())
		require.NoError(t, n.Close())
		require.NoError(t, c.Close())
	})
	return file.Bytes()
}

// The secrets of a server come with the frame that needs them, and stand before the handshake all the same.
func TestAwaitedSecretsStandBeforeTheirHandshake(t *testing.T) {
	for _, row := range []struct {
		name   string
		faults Faults
		slow   int
	}{
		{"good link", Faults{}, 0},
		{"lost frames", Faults{Loss: 0.15}, 0},
		{"ClientHello byte by byte", Faults{}, 60},
	} {
		t.Run(row.name, func(t *testing.T) {
			capture := serverKeys(t, row.faults, row.slow)
			secrets := map[string]bool{} // client randoms of which the secrets have come
			hellos := 0
			for b := capture; len(b) > 0; b = b[le(b[4:]):] {
				if le(b) == blockSecrets {
					for line := range strings.Lines(string(b[16 : 16+le(b[12:])])) {
						secrets[strings.Fields(line)[1]] = true
					}
				}
				if s, ok := readSegment(packetOf(b)); ok {
					if random, state := findClientRandom(s.data); state == helloFound {
						hellos++
						assert.True(t, secrets[hex.EncodeToString(random[:])], "the secrets of %x come later", random)
					}
				}
			}
			if row.slow == 0 {
				assert.GreaterOrEqual(t, hellos, 5)
			}
			assert.Len(t, secrets, 5)
			out := tshark(t, capture, "-Y", "http.request", "-T", "fields", "-e", "http.request.uri")
			assert.ElementsMatch(t, []string{"/first", "/second", "/together0", "/together1", "/together2"}, strings.Fields(out))
			assert.Len(t, strings.Fields(tshark(t, capture, "-Y", "http.response", "-T", "fields", "-e", "http.response.code")), 5)
		})
	}
}

// packetOf returns the frame in a packet's block; nil for other blocks.
func packetOf(block []byte) []byte {
	if le(block) != blockPacket {
		return nil
	}
	return block[28 : 28+le(block[20:])]
}

// Who never gets secrets does not hold up the file for ever, nor without bounds.
func TestAwaitedSecretsThatNeverCome(t *testing.T) {
	hello := append([]byte{22, 3, 1, 0, 47, 1, 0, 0, 43, 3, 3}, make([]byte, 41)...)
	run := func(t *testing.T, after func(n *Network, client net.Conn)) {
		var file bytes.Buffer
		n := New(Options{Faults: unlimited})
		c, err := n.Capture(&file)
		require.NoError(t, err)
		c.AwaitSecrets()
		client, server := connPair(t, n)
		_, err = client.Write(hello)
		require.NoError(t, err)
		_, err = io.ReadFull(server, make([]byte, len(hello)))
		require.NoError(t, err)
		synctest.Wait()
		assert.False(t, bytes.Contains(file.Bytes(), hello), "it waits")
		after(n, client)
		synctest.Wait()
		assert.True(t, bytes.Contains(file.Bytes(), hello))
		require.NoError(t, c.Close())
		require.NoError(t, n.Close())

	}
	t.Run("a minute", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			run(t, func(_ *Network, client net.Conn) {
				time.Sleep(maxHandshake + time.Second)
				_, err := client.Write([]byte("x"))
				require.NoError(t, err)
				time.Sleep(time.Second)
			})
		})
	})
	t.Run("16 MB", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			run(t, func(n *Network, _ net.Conn) {
				p := attachProbe(n, "p", 9)
				for range maxHeld/1500 + 1 {
					p.Send(p.raw(broadcastMAC, 1, 1514))
				}
				time.Sleep(time.Second)
			})
		})
	})
	t.Run("connections that say nothing", func(t *testing.T) {
		h := newHandshakes()
		for i := range 3*maxTracked + 1 {
			h.begin(passing{key: connKey{1, uint64(i)}})
			require.LessOrEqual(t, len(h.starts), maxTracked)
		}
	})
}
