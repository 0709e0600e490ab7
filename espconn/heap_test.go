package espconn_test

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn"
)

// TestHeapInUse compares a connected device with the measured one: RSA-2048 peer, suite 002f
// (oracle/espconn FINDINGS C; sec/server/counts).
func TestHeapInUse(t *testing.T) {
	sha1 := []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}
	t.Run("client", func(t *testing.T) {
		for size, want := range map[uint16]uint32{2048: 10848, 4096: 14944} {
			onDevice(t, espconn.SDK306(), func(rig *deviceRig) {
				cfg := rsaServer(t, leaf(t, 0))
				cfg.CipherSuites = sha1
				rig.serve(cfg, hold)
				rig.do(func() { rig.SecureSetSize(1, size) })
				before := rig.heap()
				rig.connect()
				assert.Equal(t, "connect", rig.seen())
				assert.EqualValues(t, want, rig.heap()-before, "size %d", size)
			})
		}
	})
	t.Run("server", func(t *testing.T) {
		onDevice(t, espconn.SDK306(), func(rig *deviceRig) {
			rig.accept()
			before := rig.heap()
			cfg := anyServer()
			cfg.CipherSuites = sha1
			c, err := rig.dialTLS(cfg)
			require.NoError(t, err)
			time.Sleep(settle)
			assert.EqualValues(t, 41016-31504, rig.heap()-before)
			_ = c.Close()
		})
	})
}
