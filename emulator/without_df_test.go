package emulator_test

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	frames "github.com/emu8266/emu8266/emulator/compare"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// The device's TCP leaves with the bit don't-fragment, but for SDK 2.0.0's (lwip.md 8).
func TestTCPWithoutDF(t *testing.T) {
	for _, without := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			profile := espconn.SDK221()
			profile.TCPWithoutDF = without
			network := vnet.New(vnet.Options{Seed: 1})
			defer network.Close()
			network.Gateway(vnet.GatewayConfig{})
			var file bytes.Buffer
			start := time.Now()
			_, err := network.Capture(&file)
			require.NoError(t, err)
			d := emulator.NewTest(t, emulator.Config{Network: network, Profile: profile})
			to := &espconn.TCP{RemotePort: 80, RemoteIP: [4]byte{10, 0, 0, 1}}
			c := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: to}}
			require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
				timer := &emulator.OsTimer{}
				s.OsTimerSetfn(timer, func() { assert.Equal(t, espconn.OK, s.Connect(c)) })
				s.OsTimerArm(timer, 5000, false)
			})))
			time.Sleep(10 * time.Second)
			require.NoError(t, d.Close())
			require.NoError(t, network.Close())
			sent, err := frames.ReadCapture(&file, start)
			require.NoError(t, err)
			segments := 0
			for _, f := range sent {
				if b := f.Data; len(b) > 34 && b[12] == 8 && b[23] == 6 && bytes.Equal(b[30:34], []byte{10, 0, 0, 1}) {
					segments++
					assert.Equal(t, without, b[20]&0x40 == 0)
				}
			}
			assert.NotZero(t, segments)
		})
	}
}
