package espconn_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// TestAbortCodes: how TCP's end of a secure connection is told, by the state in which it came and by whether the repeats were used
// up (tls.md 3.2).
func TestAbortCodes(t *testing.T) {
	cut := func(rig *deviceRig) { rig.net.Partition([]string{"server"}, []string{rig.dev.Name()}) }
	move := func(rig *deviceRig) {
		rig.do(func() {
			rig.sdk.WifiStationDhcpcStop()
			info := wifi.IPInfo{IP: netip.MustParseAddr("10.0.0.77"), Netmask: netip.MustParseAddr("255.255.0.0"),
				GW: netip.MustParseAddr("10.0.0.1")}
			assert.True(t, rig.sdk.WifiSetIPInfo(wifi.StationIf, info))
		})
	}
	send := func(rig *deviceRig) {
		rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureSent(rig.c, []byte("x"))) })
	}
	rows := []struct {
		name string
		play func(rig *deviceRig)
		want string
	}{
		{"SYN unanswered", func(rig *deviceRig) {
			cut(rig)
			rig.connect()
			time.Sleep(time.Hour)
		}, fmt.Sprintf("reconnect %d", espconn.CONN)},
		{"address changes while the SYN is repeated", func(rig *deviceRig) {
			cut(rig)
			rig.connect()
			move(rig)
		}, fmt.Sprintf("reconnect %d", espconn.ABRT)},
		{"data unacknowledged", func(rig *deviceRig) {
			rig.connect()
			cut(rig)
			send(rig)
			time.Sleep(3 * time.Hour)
		}, fmt.Sprintf("connect, reconnect %d", espconn.TIMEOUT)},
		{"address changes", func(rig *deviceRig) {
			rig.connect()
			move(rig)
		}, fmt.Sprintf("connect, reconnect %d", espconn.ABRT)},
		{"address changes while data is repeated", func(rig *deviceRig) {
			rig.connect()
			cut(rig)
			send(rig)
			time.Sleep(time.Minute)
			move(rig)
		}, fmt.Sprintf("connect, reconnect %d", espconn.ABRT)},
	}
	for _, p := range []espconn.Profile{espconn.ManualV21(), espconn.ManualV10(), espconn.SDK306()} {
		for _, r := range rows {
			t.Run(p.Name+"/"+r.name, func(t *testing.T) {
				server := rsaServer(t, leaf(t, 0))
				if p.TLS.Traits().Library == boundedtls.AxTLS {
					server = v10Server(t)
				}
				onDevice(t, p, func(rig *deviceRig) {
					rig.serve(server, hold)
					r.play(rig)
					time.Sleep(settle)
					assert.Equal(t, r.want, rig.seen())
					rig.net.Heal()
				}, clock(v10Clock))
			})
		}
	}
}
