package cabi_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/espconn"
)

// crashes stands for an exception among results.
const crashes = 1 << 20

// NULLs, numbers out of range and pointers that lead nowhere: what the libraries of SDK 3.0.6 were seen to do with each, linked with
// libmbedtls. A number above crashes is the exception's.
func TestStrayArguments(t *testing.T) {
	const (
		tcp, udp, none = 0x10, 0x20, 0x0A00000A // the last is no type
		nowhere        = 0x0100000A
	)
	conn := func(g *fake, kind, proto uint32) uint32 { return g.words(kind, 0, proto, 0, 0, 0x77, 0) }
	call := func(name string, args ...any) func(g *fake) int {
		return func(g *fake) int {
			for i, a := range args {
				if fn, ok := a.(func(g *fake) uint32); ok {
					args[i] = fn(g)
				}
			}
			return int(int32(g.call(name, args...)))
		}
	}
	buffer := func(g *fake) uint32 { return g.space(64) }
	group := func(g *fake) uint32 { return g.words(0x010101EF) }
	stray := func(g *fake) uint32 { return conn(g, none, nowhere) }
	for name, tc := range map[string]struct {
		do   func(g *fake) int
		want int
	}{
		"wifi_get_ip_info, no such interface":              {call("wifi_get_ip_info", 2, buffer), 0},
		"wifi_get_ip_info, NULL":                           {call("wifi_get_ip_info", 0, 0), 0},
		"wifi_set_ip_info, NULL":                           {call("wifi_set_ip_info", 1, 0), 0},
		"wifi_set_ip_info, NULL and no such interface":     {call("wifi_set_ip_info", 8, 0), 0},
		"espconn_igmp_join, no host, in user_init":         {call("espconn_igmp_join", 0, group), -1},
		"espconn_igmp_join, no group":                      {call("espconn_igmp_join", buffer, 0), crashes + 28},
		"espconn_igmp_leave, no host":                      {call("espconn_igmp_leave", 0, group), -1},
		"espconn_igmp_leave, no group":                     {call("espconn_igmp_leave", buffer, 0), crashes + 28},
		"system_os_task, no function":                      {call("system_os_task", 0, 2, buffer, 2), 1},
		"system_os_task, no queue":                         {call("system_os_task", 1, 2, 0, 2), 0},
		"sntp_setservername, NULL":                         {call("sntp_setservername", 1, 0), crashes + 28},
		"sntp_setservername, NULL and no such server":      {call("sntp_setservername", 3, 0), 0},
		"sntp_getservername, no such server":               {call("sntp_getservername", 3), 0},
		"wifi_softap_dhcps_status, no soft-AP":             {call("wifi_softap_dhcps_status"), 1},
		"wifi_softap_set_dhcps_offer_option, NULL":         {call("wifi_softap_set_dhcps_offer_option", 1, 0), crashes + 28},
		"wifi_softap_set_dhcps_offer_option, other option": {call("wifi_softap_set_dhcps_offer_option", 2, 0), 0},
		"espconn_abort, neither type nor esp_tcp":          {call("espconn_abort", stray), -12},
		"espconn_accept, neither type nor esp_tcp":         {call("espconn_accept", stray), -12},
		"espconn_connect, neither type nor esp_tcp":        {call("espconn_connect", stray), -12},
		"espconn_create, neither type nor esp_tcp":         {call("espconn_create", stray), -12},
		"espconn_disconnect, neither type nor esp_tcp":     {call("espconn_disconnect", stray), -12},
		"espconn_sendto, neither type nor esp_tcp":         {call("espconn_sendto", stray, buffer, 5), -12},
		"espconn_set_opt, neither type nor esp_tcp":        {call("espconn_set_opt", stray, 8), -12},
		"espconn_secure_send, neither type nor esp_tcp":    {call("espconn_secure_send", stray, buffer, 4), -12},
		"espconn_secure_accept, neither type nor esp_tcp":  {call("espconn_secure_accept", stray), -12},
		"espconn_regist_connectcb, no esp_tcp": {func(g *fake) int {
			return int(int32(g.call("espconn_regist_connectcb", conn(g, tcp, 0), 5)))
		}, crashes + 29},
		"espconn_regist_reconcb, behind an esp_udp": {func(g *fake) int {
			proto := g.words(1, 2, 3, 4, 5, 6, 7, 8) // four words are esp_udp
			assert.Zero(t, g.call("espconn_regist_reconcb", conn(g, udp, proto), 99))
			return int(g.u32(proto + 20))
		}, 99},
		"espconn_regist_write_finish, UDP": {func(g *fake) int {
			proto := g.words(1, 2, 3, 4, 5, 6, 7, 8)
			assert.EqualValues(t, -12, int32(g.call("espconn_regist_write_finish", conn(g, udp, proto), 99)))
			return int(g.u32(proto + 28))
		}, 8},
		"espconn_secure_delete, no server: link_cnt": {func(g *fake) int {
			c := conn(g, tcp, g.space(32))
			assert.EqualValues(t, -12, int32(g.call("espconn_secure_delete", c)))
			return int(g.u32(c + 20))
		}, 0},
		"wifi_station_get_hostname, no station": {func(g *fake) int {
			g.call("wifi_set_opmode_current", 2)
			return int(g.call("wifi_station_get_hostname"))
		}, 0},
		"sntp_getservername, not set": {func(g *fake) int { return len(g.text(g.call("sntp_getservername", 2))) }, 0},
		"sntp_getservername is a copy": {func(g *fake) int {
			name := g.str("a.test")
			g.call("sntp_setservername", 0x100, name) // the number has 8 bits
			g.setU32(name, 0)
			assert.NotEqual(t, name, g.call("sntp_getservername", 0))
			return len(g.text(g.call("sntp_getservername", 0)))
		}, len("a.test")},
		"sntp_setserver, NULL": {func(g *fake) int {
			g.call("sntp_setserver", 0, g.words(0x0100000A))
			assert.EqualValues(t, 0x0100000A, g.call("sntp_getserver", 0))
			g.call("sntp_setserver", 0, 0)
			return int(g.call("sntp_getserver", 0))
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := 0
			boot(t, emulator.Config{NoAutoConnect: true, Profile: espconn.SDK306()}, cabi.Program{}, func(g *fake) { got = tc.do(g) },
				func(d *emulator.Device, _ *fake) {
					if c := d.Crash(); c != nil {
						got = crashes + c.Cause
					}
				})
			assert.Equal(t, tc.want, got)
		})
	}
}

// Groups are joined on interfaces, of which the first is there when user_init has returned.
// A NULL for the host is 0.0.0.0 (espconn.md 5.19).
func TestGroupNeedsAnInterface(t *testing.T) {
	var group uint32
	boot(t, emulator.Config{NoAutoConnect: true}, cabi.Program{}, func(g *fake) {
		group = g.words(0xFAFFFFEF)
		assert.EqualValues(t, -1, int32(g.call("espconn_igmp_join", 0, group)))
		assert.EqualValues(t, -1, int32(g.call("espconn_igmp_leave", 0, group)))
	}, func(d *emulator.Device, g *fake) {
		require.NoError(t, d.Do(func() {
			assert.Zero(t, g.call("espconn_igmp_join", 0, group))
			g.call("wifi_set_opmode_current", 0)
			assert.EqualValues(t, -1, int32(g.call("espconn_igmp_leave", 0, group)), "went with the interface")
			assert.EqualValues(t, -1, int32(g.call("espconn_igmp_join", 0, group)), "no interface")
			g.call("wifi_set_opmode_current", 2)
			assert.Zero(t, g.call("espconn_igmp_join", 0, group), "the soft-AP's")
		}))
	})
}

// A handler of Wi-Fi events runs in a task of its own, not inside the call that made the event (lx106.md 11).
func TestWiFiEventsAreTold(t *testing.T) {
	var calls []string
	boot(t, emulator.Config{NoAutoConnect: true}, cabi.Program{}, func(g *fake) {
		g.call("wifi_set_event_handler_cb", g.function(func([]uint32) {
			calls = append(calls, "event")
		}))
	}, func(d *emulator.Device, g *fake) {
		assert.NoError(t, d.Do(func() {
			g.call("wifi_set_opmode_current", 3)
			calls = append(calls, "returned")
		}))
		assert.NoError(t, d.Do(func() { calls = append(calls, "later") }))
		assert.Equal(t, []string{"returned", "event", "later"}, calls)
	})
}
