package badpeer_test

import (
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/espconn/badpeer"
)

// record is a TLS record with n bytes of body.
func record(n byte) []byte { return append([]byte{22, 3, 3, 0, n}, make([]byte, n)...) }

// Records are counted however the writes cut them, also inside a header.
func TestRecordIsFoundInAnyPieces(t *testing.T) {
	stream := append(append(record(7), record(0)...), record(9)...)
	for _, then := range []badpeer.Then{badpeer.Reset, badpeer.Close, badpeer.Silence} {
		for number, want := range map[int]int{0: len(stream), 1: 0, 2: 12, 3: 17, 4: len(stream)} {
			for piece := 1; piece <= len(stream); piece++ {
				synctest.Test(t, func(t *testing.T) {
					near, far := net.Pipe()
					c := badpeer.Conn(near, badpeer.Behavior{Record: number, Then: then})
					got := make(chan int, 1)
					go func() {
						b, _ := io.ReadAll(far)
						got <- len(b)
					}()
					var err error
					for at := 0; at < len(stream) && err == nil; at += piece {
						_, err = c.Write(stream[at:min(at+piece, len(stream))])
					}
					assert.Equal(t, want < len(stream) && then != badpeer.Silence, errors.Is(err, net.ErrClosed) ||
						errors.Is(err, io.ErrClosedPipe))
					_ = c.Close()
					assert.Equal(t, want, <-got, "record %d, pieces of %d", number, piece)
					_ = far.Close()
				})
			}
		}
	}
}

// Pieces and pauses change the time, not the bytes.
func TestPiecesAndDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		c := badpeer.Conn(near, badpeer.Behavior{Piece: 4, Delay: time.Minute})
		began := time.Now()
		go func() { _, _ = c.Write([]byte("0123456789")); _ = c.Close() }()
		b, err := io.ReadAll(far)
		assert.NoError(t, err)
		assert.Equal(t, "0123456789", string(b))
		assert.Equal(t, 3*time.Minute, time.Since(began))
		_ = far.Close()
	})
}
