package espconn_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash"
)

// TestObjLoad: the server's certificate and key lie raw in two sectors; a client is served with them, and delete forgets
// them. Its refusals are those of tls.md 5.5.
func TestObjLoad(t *testing.T) {
	cert, key := leaf(t, 0).Raw, testpki.KeyDER(t, testpki.Leaf2048)
	raw := func(cfg *emulator.Config) {
		chip, err := flash.New(1 << 20)
		require.NoError(t, err)
		for sector, b := range map[uint32][]byte{0x7A: cert, 0x7B: key} {
			require.NoError(t, chip.Write(sector*flash.SectorSize, append(b, make([]byte, 4-len(b)%4)...)))
		}
		cfg.Flash = chip
	}
	for _, p := range espconn.AllProfiles() {
		t.Run(p.Name, func(t *testing.T) {
			onDevice(t, p, func(rig *deviceRig) {
				l, before := rig.record(tcp("", 0, 443)), rig.heap()
				rig.do(func() {
					for _, bad := range []struct {
						objType int
						sector  uint32
						length  uint16
					}{{0, 0x7A, 0}, {0, 0x7A, 8193}, {1, 0x7A, 100}, {3, 0x7A, 100}, {0, 0x79, 100}} {
						assert.False(t, rig.SecureObjLoad(bad.objType, bad.sector, bad.length), "%v", bad)
					}
					assert.True(t, rig.SecureObjLoad(espconn.ObjCertificate, 0x7A, uint16(len(cert))))
					assert.True(t, rig.SecureObjLoad(espconn.ObjPrivateKey, 0x7B, uint16(len(key))))
					assert.Equal(t, espconn.OK, rig.SecureAccept(l))
				})
				c, err := rig.dialTLS(anyServer())
				require.NoError(t, err)
				assert.Equal(t, cert, c.ConnectionState().PeerCertificates[0].Raw)
				_ = c.Close()
				time.Sleep(settle)
				assert.Equal(t, "connect, disconnect", rig.seen())
				rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureDelete(l)) })
				rig.noLeak(before)
				rig.dev.ExpectCrash()
				rig.do(func() { rig.SecureObjLoad(espconn.ObjCertificate, 0, 100) })
				assert.Equal(t, !p.ConnectNullProto, rig.dev.Crash() != nil, "sector 0")
			}, raw, clock(v10Clock))
		})
	}
}
