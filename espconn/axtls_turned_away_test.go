package espconn_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/testpki"
)

// A libssl server that lacks its key or its certificate turns each client away in the function that accepts it. The espconn is in CLOSE
// then and has the client's address. With a key alone the memory that the key took is gone for good, each time the same (axtls.md 5).
func TestAxTLSServerTurnsClientsAway(t *testing.T) {
	for name, lacks := range map[string]struct{ cert, key, leaks bool }{
		"neither": {}, "no key": {cert: true}, "no certificate": {key: true, leaks: true},
	} {
		t.Run(name, func(t *testing.T) {
			onDevice(t, espconn.SDK306SSL(), func(rig *deviceRig) {
				l := rig.record(tcp("", 0, 443))
				cert := leaf(t, 0)
				rig.do(func() {
					if lacks.cert {
						assert.True(t, rig.SecureSetDefaultCertificate(cert.Raw))
					}
					if lacks.key {
						assert.True(t, rig.SecureSetDefaultPrivateKey(testpki.KeyDER(t, testpki.Leaf2048)))
					}
					assert.Equal(t, espconn.OK, rig.SecureAccept(l))
				})
				var gone []uint32
				for range 3 {
					before := rig.heap()
					c, err := rig.dial()
					require.NoError(t, err)
					_, err = c.Read(make([]byte, 1))
					assert.True(t, errors.Is(err, syscall.ECONNRESET), "%v", err)
					time.Sleep(settle)
					assert.Equal(t, espconn.StateClose, rig.state(l))
					gone = append(gone, rig.heap()-before)
				}
				assert.Equal(t, "reconnect -11, reconnect -11, reconnect -11", rig.seen())
				rig.do(func() { assert.NotZero(t, l.Proto.TCP.RemotePort) })
				assert.Equal(t, lacks.leaks, gone[2] > 3000, "%v", gone)
				assert.Equal(t, gone[1], gone[2])
			})
		})
	}
}

// espconn_get_packet_info tells TCP's figures of a libssl connection, and with mbedTLS, which has sockets, refuses one (axtls.md 5).
func TestAxTLSPacketInfo(t *testing.T) {
	for name, want := range map[string]espconn.Err{"SDK306SSL": espconn.OK, "SDK306": espconn.ARG} {
		p, ok := espconn.ProfileByName(name)
		require.True(t, ok)
		onDevice(t, p, func(rig *deviceRig) {
			c := rig.secureClient()
			rig.do(func() {
				var info espconn.Packet
				assert.Equal(t, want, rig.GetPacketInfo(c, &info), name)
				if want == espconn.OK {
					assert.Equal(t, [3]uint16{0, 2920, 8}, [3]uint16{info.SentLength, info.SndBufSize, info.TotalQueuelen})
					assert.NotZero(t, info.PackseqNxt)
				}
			})
		})
	}
}
