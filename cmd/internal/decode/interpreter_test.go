package decode

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator/cause"
)

// What an interpreter or the AT firmware says of itself is told, and is no reason of the SDK; a log with it is not one in which nothing
// failed.
func TestInterpreters(t *testing.T) {
	for log, want := range map[string][2]string{
		"PANIC: unprotected error in call to Lua API (not enough memory)\n\n ets Jan  8 2013,rst cause:2, boot mode:(3,6)\n": {
			"of the Lua interpreter", "node.heap()"},
		"lua: sensor.lua:9: not enough memory\n":                         {"of the Lua interpreter", "node.heap()"},
		"MemoryError: memory allocation failed, allocating 1450 bytes\n": {"of MicroPython", "gc.collect()"},
		"AT+CIPSEND=0,4\r\nlink is not valid\r\n\r\nERROR\r\n":           {"of the AT firmware", "AT+CIPSTATUS"},
		"AT+CIPSTART=\"TCP\",\"192.168.1.9\",80\r\nbusy p...\r\n":        {"of the AT firmware", "wait for OK or ERROR"},
		"AT+CIPSEND=4\r\nbusy s...\r\n":                                  {"of the AT firmware", "wait for SEND OK"},
	} {
		for _, l := range cause.Languages() {
			s, err := ReadLog(strings.NewReader(log), "", l)
			assert.NoError(t, err)
			assert.Nil(t, s.First, log)
			text := s.String()
			assert.NotContains(t, text, "Nothing in this log failed", log)
			assert.Contains(t, text, want[1][strings.LastIndexAny(want[1], " ")+1:], log)
			if l == cause.English {
				assert.Contains(t, text, want[0], log)
				assert.Contains(t, text, want[1], log)
			}
		}
	}
	s, err := ReadLog(strings.NewReader("busy place\nthe link is not good\nclient handshake failed!\n"), "", cause.English)
	if err == nil {
		assert.NotContains(t, s.String(), "AT firmware")
	}
}
