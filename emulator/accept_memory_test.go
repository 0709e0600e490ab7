package emulator_test

import (
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// A client for whom a plain server has no memory is reset. Without its espconn or its esp_tcp an SDK's device then stops; with the
// manual's profile, and without the record, the next client is served.
func TestAcceptWithoutMemory(t *testing.T) {
	causes := map[string]int{"espconn record": 0, "espconn": espconn.CauseStoreProhibited, "esp_tcp": espconn.CauseLoadProhibited}
	for block, cause := range causes {
		for _, crashes := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				w := vnet.New(vnet.Options{Seed: 1})
				defer w.Close()
				w.Gateway(vnet.GatewayConfig{})
				profile := espconn.SDK306()
				profile.AcceptCrashes = crashes
				d := emulator.NewTest(t, emulator.Config{Seed: 1, Profile: profile, Network: w, ExpectCrash: crashes && cause != 0})
				var served atomic.Int32
				require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
					c := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{LocalPort: 80}}}
					sdk.RegistConnectcb(c, func(*espconn.Espconn) { served.Add(1) })
					assert.Equal(t, espconn.OK, sdk.Accept(c))
				})))
				time.Sleep(10 * time.Second)
				d.FailBlock(block, 1)
				visitor := w.Host("visitor", netip.Addr{})
				c, err := visitor.Dial("tcp", d.Addr().String()+":80")
				require.NoError(t, err)
				_, err = c.Read(make([]byte, 1))
				assert.ErrorContains(t, err, "reset")
				assert.Zero(t, served.Load())
				if crashes && cause != 0 {
					require.NotNil(t, d.Crash())
					assert.Equal(t, cause, d.Crash().Cause)
					return
				}
				require.Nil(t, d.Crash())
				_, err = visitor.Dial("tcp", d.Addr().String()+":80")
				require.NoError(t, err)
				time.Sleep(time.Second)
				assert.EqualValues(t, 1, served.Load())
			})
		}
	}
}

// espconn_secure_accept whose record finds no memory writes it all the same, once it listens: the device stops. With the manual's profile
// it returns ESPCONN_MEM.
func TestSecureAcceptWithoutMemory(t *testing.T) {
	for _, crashes := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			profile := espconn.SDK306()
			profile.AcceptCrashes = crashes
			d := emulator.NewTest(t, emulator.Config{Seed: 1, Profile: profile, ExpectCrash: crashes})
			d.Fail(emulator.Shortage{Nth: 1, Except: func(block string) bool { return block != "espconn record" }})
			var result atomic.Int32
			require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
				c := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{LocalPort: 443}}}
				result.Store(int32(sdk.SecureAccept(c)))
			})))
			time.Sleep(time.Second)
			if !crashes {
				require.Nil(t, d.Crash())
				assert.EqualValues(t, espconn.MEM, result.Load())
				return
			}
			require.NotNil(t, d.Crash())
			assert.Equal(t, espconn.CauseStoreProhibited, d.Crash().Cause)
		})
	}
}
