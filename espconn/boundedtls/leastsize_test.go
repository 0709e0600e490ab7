package boundedtls_test

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
	"github.com/emu8266/emu8266/espconn/internal/oracle"
	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

// attempt plays the peer of a case against a device of another size. It tells
// whether the device connected and why not.
func attempt(t *testing.T, pki *oracle.PKI, c oracle.Case, eng mbedtls.Engine, size int) (connected bool, err *boundedtls.Error) {
	synctest.Test(t, func(t *testing.T) {
		c.Size = size
		c.Transport = "ideal" // the flight limit has nothing to do with the size
		run, fault := pki.Peer(&c, 1)
		require.NoError(t, fault)
		near, far := net.Pipe()
		done := make(chan *tlspeer.Report)
		go func() { done <- run(far) }()
		d := newDriver(&c, eng, near)
		d.serve(t, pki)
		_ = near.Close()
		time.Sleep(time.Second)
		<-done
		connected, err = d.run.Connected, d.conn.Err()
		d.conn.Close()
	})
	return connected, err
}

// TestLeastSize takes every handshake of the oracle that fails for the size and
// checks the diagnosis: with the size that it names the handshake works, or
// fails for another reason, with one byte less it still fails for the size. A
// second item may need more than the first, so the size may grow in steps; the
// largest item of a flight is found last.
func TestLeastSize(t *testing.T) {
	const steps = 4
	files := &oracle.PKI{Dir: oracleDir + "/pki"}
	var counts struct{ failing, works, other, nothing int }
	for _, group := range []string{"A", "B", "C", "G"} {
		cases, err := oracle.Load(oracleDir, group)
		require.NoError(t, err)
		for _, c := range cases {
			for _, eng := range []mbedtls.Engine{mbedtls.Early(), mbedtls.Late()} {
				connected, fault := attempt(t, files, c, eng, c.Size)
				if connected || fault == nil || fault.Cause.Least == 0 {
					if !connected && fault != nil && fault.Cause.Have > boundedtls.MaxSize {
						counts.nothing++
					}
					continue
				}
				counts.failing++
				size := c.Size
				for range steps {
					if fault == nil || fault.Cause.Least == 0 {
						break
					}
					require.Greater(t, fault.Cause.Least, size, "%s: %v", c.ID, fault)
					size = fault.Cause.Least
					if connected, fault = attempt(t, files, c, eng, size); connected {
						break
					}
				}
				if connected {
					counts.works++
				} else {
					counts.other++
					if fault != nil { // nil: the device waits for the rest of what passes now
						assert.Zero(t, fault.Cause.Least, "%s: %v", c.ID, fault)
					}
				}
				connected, fault = attempt(t, files, c, eng, size-1)
				if assert.False(t, connected, "%s %s works with %d", c.ID, eng, size-1) {
					require.NotNil(t, fault)
					assert.Equal(t, size, fault.Cause.Least, "%s: %v", c.ID, fault)
				}
			}
		}
	}
	t.Logf("%d handshakes fail for the size: %d work with the size named, %d then fail for another reason; "+
		"%d more are longer than any size",
		counts.failing, counts.works, counts.other, counts.nothing)
	assert.Greater(t, counts.works, 100)
}
