package probe

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recordOf is a record with a body.
func recordOf(kind byte, body ...byte) []byte {
	return append([]byte{kind, 3, 3, byte(len(body) >> 8), byte(len(body))}, body...)
}

// messageOf is a handshake message of n bytes.
func messageOf(name byte, n int) []byte {
	return append([]byte{name, 0, byte(n >> 8), byte(n)}, bytes.Repeat([]byte{0x5a}, n)...)
}

// In whatever pieces a server's bytes come, they are read flight by flight.
func TestFlightsAreReadWhole(t *testing.T) {
	t.Parallel()
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	hello, cert, done := messageOf(2, 70), messageOf(11, 3000), messageOf(14, 0)
	sealed := join(recordOf(recordCCS, 1), recordOf(recordHandshake, bytes.Repeat([]byte{14}, 64)...))
	for name, sent := range map[string][][]byte{
		"a record a message": {
			join(recordOf(recordHandshake, hello...), recordOf(recordHandshake, cert...), recordOf(recordHandshake, done...)), sealed,
			recordOf(23, 1, 2, 3),
		},
		"all in one record": {recordOf(recordHandshake, join(hello, cert, done)...), sealed},
		"a message over records": {
			join(recordOf(recordHandshake, cert[:1400]...), recordOf(recordHandshake, join(cert[1400:], done)...)),
		},
		"its header over records":     {join(recordOf(recordHandshake, cert[:2]...), recordOf(recordHandshake, join(cert[2:], done)...))},
		"resumed":                     {join(recordOf(recordHandshake, hello...), sealed)},
		"a ticket before":             {join(recordOf(recordHandshake, messageOf(4, 180)...), sealed)},
		"an alert":                    {recordOf(21, 2, 40)},
		"no end within the hello":     {join(recordOf(recordHandshake, join(done, hello)...), recordOf(recordHandshake, done...))},
		"no TLS":                      {[]byte("220 mail.example ESMTP\r\n")},
		"a record longer than any":    {{22, 3, 3, 0xff, 0xff}},
		"a record of nothing":         {{22, 3, 3, 0, 0}},
		"a flight without its finish": {recordOf(recordHandshake, hello...)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for seed := range uint64(20) {
					draw := rand.New(rand.NewPCG(seed, 1))
					server, client := net.Pipe()
					turn := make(chan struct{})
					go func() {
						for _, flight := range sent {
							for rest := flight; len(rest) > 0; {
								n := min(len(rest), 1+draw.IntN(len(flight)))
								if _, err := server.Write(rest[:n]); err != nil {
									return
								}
								rest = rest[n:]
								time.Sleep(time.Duration(draw.IntN(50)) * time.Millisecond)
							}
							<-turn
						}
						_ = server.Close()
					}()
					c := &flights{Conn: client}
					var got []byte
					buf := make([]byte, recordMax)
					for _, flight := range sent {
						read := c.Read
						if flight[0] == 23 || flight[0] == '2' { // as it comes
							read = func(p []byte) (int, error) { return io.ReadFull(c, p[:len(flight)]) }
						}
						n, err := read(buf)
						require.NoError(t, err)
						assert.Equal(t, flight, buf[:n], "seed %d", seed)
						got = append(got, buf[:n]...)
						turn <- struct{}{}
					}
					_, err := c.Read(buf)
					assert.Equal(t, io.EOF, err)
					assert.Equal(t, bytes.Join(sent, nil), got)
					assert.NoError(t, c.Close())
				}
			})
		})
	}
}

// A server that does not go on, or goes on for ever, is not waited for: the device meets it as it is.
func TestFlightsAreNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		every time.Duration // a byte
		after time.Duration // the first part is read
		bytes int
	}{
		"silent":  {time.Hour, flightQuiet, 1},
		"dribble": {100 * time.Millisecond, flightTime, 30},
		"endless": {0, 0, flightMax},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, client := net.Pipe()
				over := make(chan struct{})
				go func() { // a message that never ends, in records
					next := recordOf(recordHandshake, append([]byte{11, 0xff, 0xff, 0xff}, make([]byte, 9996)...)...)
					piece := len(next)
					if row.every > 0 {
						piece = 1
					}
					for {
						for rest := next; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
							if _, err := server.Write(rest[:min(piece, len(rest))]); err != nil {
								return
							}
							select {
							case <-time.After(row.every):
							case <-over:
								return
							}
						}
						next = recordOf(recordHandshake, make([]byte, 10000)...)
					}
				}()
				began := time.Now()
				c := &flights{Conn: client}
				n, err := io.ReadAtLeast(c, make([]byte, 2*flightMax), row.bytes)
				require.NoError(t, err)
				assert.InDelta(t, row.bytes, n, 1<<14)
				assert.InDelta(t, row.after, time.Since(began), float64(200*time.Millisecond))
				assert.NoError(t, c.Close())
				assert.NoError(t, server.Close())
				close(over)
			})
		})
	}
}

// The flights of a distant server come between two runs of the device's TCP timer, with at least one run since the last.
func TestFlightsOfADistantServer(t *testing.T) {
	t.Parallel()
	hello := recordOf(recordHandshake, messageOf(messageHelloDone, 0)...)
	sealed := bytes.Join([][]byte{recordOf(recordCCS, 1), recordOf(recordHandshake, make([]byte, 64)...)}, nil)
	synctest.Test(t, func(t *testing.T) {
		for seed := range uint64(50) {
			draw := rand.New(rand.NewPCG(seed, 2))
			server, client := net.Pipe()
			c := &flights{Conn: client, began: time.Now(), paced: true}
			c.await()
			at := []time.Duration{time.Since(c.began)}
			for _, flight := range [][]byte{hello, sealed} {
				pause := time.Duration(draw.IntN(80)) * time.Millisecond
				go func() {
					time.Sleep(pause)
					_, _ = server.Write(flight)
				}()
				n, err := c.Read(make([]byte, 1000))
				require.NoError(t, err)
				require.Len(t, flight, n)
				at = append(at, time.Since(c.began))
			}
			middle := timerPeriod / 2
			assert.Equal(t, []time.Duration{timerPeriod + middle, 2*timerPeriod + middle, 3*timerPeriod + middle}, at)
			go func() { _, _ = server.Write(recordOf(23, 1)) }()
			_, err := c.Read(make([]byte, 1000))
			require.NoError(t, err)
			assert.Equal(t, at[2], time.Since(c.began), "data come at once")
			assert.NoError(t, c.Close())
			assert.NoError(t, server.Close())
		}
	})
}
