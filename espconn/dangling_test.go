package espconn_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/espconn"
)

// TestDanglingPCB: two connections are closed before TCP is up, and the disconnect callback of the first connects again.
// The event of the second then writes into memory that is in use (oracle/espconn FINDINGS B1). Alone it is harmless.
func TestDanglingPCB(t *testing.T) {
	for profile, crashes := range map[string]bool{"ManualV21": false, "SDK301": true, "SDK306": true, "SDK306SSL": true} {
		for _, again := range []bool{false, true} {
			onPlainDevice(t, profile, func(rig *plainDeviceRig) {
				if crashes && again {
					rig.dev.ExpectCrash()
				}
				rig.serve(80, holdPlain)
				one, two := rig.conn(tcp("10.0.0.9", 80, 4001)), rig.conn(tcp("10.0.0.9", 80, 4002))
				rig.hook["disconnect"] = func(c *espconn.Espconn) {
					if c == one && again {
						assert.Equal(t, espconn.OK, rig.sdk.Connect(one))
					}
				}
				rig.do(func() {
					rig.sdk.Connect(one)
					rig.sdk.Connect(two)
					assert.Equal(t, espconn.OK, rig.sdk.Disconnect(one))
					assert.Equal(t, espconn.OK, rig.sdk.Disconnect(two))
				})
				time.Sleep(10 * time.Second)
				if crashes && again {
					assert.NotNil(t, rig.dev.Crash(), profile)
					assert.Equal(t, explain.OutcomeCrashed, rig.dev.Explain().Outcome)
					return
				}
				want := "disconnect, disconnect"
				if again {
					want += ", connect"
				}
				assert.Equal(t, want, rig.seen(), profile)
			})
		}
	}
}
