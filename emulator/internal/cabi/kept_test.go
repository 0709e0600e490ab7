package cabi_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/espconn"
)

// What the SDK keeps is found where it is a local variable, and where its block is freed or moved; not elsewhere, and not when the SDK
// is through with it.
func TestKept(t *testing.T) {
	const local = stackBase + 0x100
	arm := func(g *fake, at uint32) {
		g.call("ets_timer_setfn", at, g.function(func([]uint32) {}), 0)
		g.call("ets_timer_arm_new", at, 1000, 0, 1)
	}
	block := func(g *fake, size uint32) uint32 { return g.call("pvPortZalloc", size, 0, 0) }
	static := func(g *fake, n uint32) uint32 { return g.space(n) }
	udp := func(g *fake, conn, proto uint32) {
		g.setU32(conn, uint32(espconn.TypeUDP))
		g.setU32(conn+8, proto)
		g.setU32(proto+4, 5000)
		g.call("espconn_create", conn)
	}
	for name, tc := range map[string]struct {
		do   func(g *fake)
		want []string // rules
	}{
		"a static timer":   {func(g *fake) { arm(g, static(g, 20)) }, nil},
		"a local timer":    {func(g *fake) { arm(g, local) }, []string{espconn.RuleKeptStack}},
		"a static espconn": {func(g *fake) { udp(g, static(g, 28), static(g, 32)) }, nil},
		"a local espconn":  {func(g *fake) { udp(g, local, static(g, 32)) }, []string{espconn.RuleKeptStack}},
		"a local esp_udp":  {func(g *fake) { udp(g, static(g, 28), local) }, []string{espconn.RuleKeptStack}},
		"a local task queue": {func(g *fake) {
			g.call("system_os_task", g.function(nil), 0, uint32(local), 2)
		}, []string{espconn.RuleKeptStack}},
		"an armed timer is freed": {func(g *fake) {
			at := block(g, 40)
			arm(g, at+8)
			g.call("vPortFree", at, 0, 0)
		}, []string{espconn.RuleKeptFreed}},
		"a disarmed timer is freed": {func(g *fake) {
			at := block(g, 40)
			arm(g, at+8)
			g.call("ets_timer_disarm", at+8)
			g.call("vPortFree", at, 0, 0)
		}, nil},
		"an armed timer is moved": {func(g *fake) {
			at := block(g, 40)
			arm(g, at)
			g.call("pvPortRealloc", at, 400, 0, 0)
		}, []string{espconn.RuleKeptFreed}},
		"a task's queue is freed": {func(g *fake) {
			at := block(g, 40)
			g.call("system_os_task", g.function(nil), 0, at, 2)
			g.call("vPortFree", at, 0, 0)
		}, []string{espconn.RuleKeptFreed}},
	} {
		t.Run(name, func(t *testing.T) {
			stack := cabi.Program{StackLow: stackBase, StackHigh: lendBase}
			boot(t, emulator.Config{}, stack, tc.do, func(d *emulator.Device, _ *fake) {
				require.Nil(t, d.Crash())
				var got []string
				for _, e := range d.Findings() {
					got = append(got, e.Name)
				}
				assert.Equal(t, tc.want, got)
			})
		})
	}
}
