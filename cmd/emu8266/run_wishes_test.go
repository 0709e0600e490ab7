package main

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/cmd/internal/surroundings"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// What the firmware asked for in vain is told in both languages, with the same flags and names.
func TestWishesInBothLanguages(t *testing.T) {
	plan, err := surroundings.Settings{}.Plan()
	assert.NoError(t, err)
	at := netip.MustParseAddrPort("192.168.7.9:1883")
	w := &wishes{plan: plan, aps: []string{"home"}, locked: []string{"lab"},
		static: []netip.Addr{netip.MustParseAddr("192.168.1.100")}}
	denied := []vnet.Denial{{Kind: vnet.DeniedName, Name: "api.example.com"}, {Kind: vnet.DeniedTCP, Addr: at},
		{Kind: vnet.DeniedUDP, Addr: at}, {Kind: vnet.DeniedAddress, Addr: at}}
	en, zh := w.lines(denied, cause.English), w.lines(denied, cause.Chinese)
	assert.Len(t, en, 7)
	assert.Len(t, zh, 7)
	for i, flag := range []string{"--ap home:PASSWORD", "--ap lab:PASSWORD", "--static 192.168.1.100", "--dns api.example.com",
		"--allow 192.168.7.9:1883=HOST:PORT", "--allow udp:192.168.7.9:1883=HOST:PORT", "--allow 192.168.7.9:PORT=HOST:PORT"} {
		assert.Contains(t, en[i], flag)
		assert.Contains(t, zh[i], flag)
		assert.NotContains(t, zh[i], "%!")
		assert.False(t, strings.ContainsFunc(en[i], func(r rune) bool { return r > 0x7F }), en[i])
		assert.True(t, strings.ContainsFunc(zh[i], func(r rune) bool { return r > 0x7F }), zh[i])
	}
}
