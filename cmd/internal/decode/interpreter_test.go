package decode

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator/cause"
)

// What an interpreter or the AT firmware says of itself is told, and is no reason of the SDK; a log with it is not one in which nothing
// failed.
func TestInterpreters(t *testing.T) {
	for log, want := range map[string][2]string{
		"PANIC: unprotected error in call to Lua API (not enough memory)\n\n ets Jan  8 2013,rst cause:2, boot mode:(3,6)\n": {
			"of the Lua interpreter", "node.heap()"},
		"lua: sensor.lua:9: not enough memory\n":                             {"of the Lua interpreter", "node.heap()"},
		"MemoryError: memory allocation failed, allocating 1450 bytes\n":     {"of MicroPython", "gc.collect()"},
		"AT+CIPSEND=0,4\r\nlink is not valid\r\n\r\nERROR\r\n":               {"of the AT firmware", "AT+CIPSTATUS"},
		"AT+CIPSTART=\"TCP\",\"192.168.1.9\",80\r\nbusy p...\r\n":            {"of the AT firmware", "wait for OK or ERROR"},
		">>> sta.scan()\nOSError: scan failed\n":                             {"of MicroPython", "scan failed"},
		"OSError: [Errno 113] EHOSTUNREACH\n":                                {"error 113 of MicroPython", "cannot be reached"},
		"OSError: -2\n":                                                      {"error -2 of MicroPython", "was not found"},
		"OSError: 9999\n":                                                    {"error 9999 of MicroPython", "of the SDK"},
		"OSError: (-17040, 'MBEDTLS_ERR_RSA_PUBLIC_FAILED')\n":               {"MicroPython's TLS library", "MBEDTLS_ERR_MPI_ALLOC_FAILED"},
		"OSError: -9984\n":                                                   {"error -9984", "MBEDTLS_ERR_X509_CERT_VERIFY_FAILED"},
		"AT+CIPSTART=\"SSL\",\"api.example.com\",443\r\nERROR\r\nCLOSED\r\n": {"AT+CIPSTART was not made", "AT+CIPSSLSIZE"},
		"+CWJAP:2\r\n\r\nFAIL\r\n":                                           {"of the AT firmware", "password is wrong"},
		"AT+CIPSTART=\"TCP\",\"nowhere\",80\r\nDNS Fail\r\n":                 {"of the AT firmware", "name was not found"},
		"no ip\r\n":                       {"of the AT firmware", "AT+CWJAP"},
		"0,CONNECT FAIL\n3,SEND FAIL\r\n": {"of the AT firmware", "no room"},
		"ALREADY CONNECTED\r\n":           {"of the AT firmware", "AT+CIPCLOSE"},
		"00:00:10 WIF: Connect failed as AP cannot be reached\n": {"of Tasmota", "2.4 GHz"},
		"00:00:10 WIF: Connecting to AP1 barn in mode 11N as plug-1...\n" +
			"00:00:14 WIF: Connect failed as no IP address received\n": {"of Tasmota", "no DHCP server"},
		"00:00:12.5 WIF: Connect failed with AP timeout\n": {"of Tasmota", "in time"},
		"mount failed: -10025\n":                           {"error -10025 of SPIFFS", "format it"},
		"SPIFFS_open errno -10002\n":                       {"error -10002 of SPIFFS", "no such file"},
		"SPIFFS error -10039\n":                            {"error -10039 of SPIFFS", "of the SDK"},
		"flash read err, 1000\nets_main.c 543 \n":          {"the boot ROM found no program at 0x1000", "`emu8266 flash info FILE`"},
		"AT+CIPSEND=4\r\nbusy s...\r\n":                    {"of the AT firmware", "wait for SEND OK"},
	} {
		for _, l := range cause.Languages() {
			s, err := ReadLog(strings.NewReader(log), "", l)
			assert.NoError(t, err)
			assert.Nil(t, s.First, log)
			text := s.String()
			assert.NotContains(t, text, "Nothing in this log failed", log)
			assert.NotContains(t, text, "%!", log)
			assert.Equal(t, l == cause.Chinese, strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }), log)
			if l == cause.English {
				assert.Contains(t, text, want[0], log)
				assert.Contains(t, text, want[1], log)
			}
		}
	}
	for _, log := range []string{"CLOSED\n", "connect\n", "temperature -10025\n", "Connect failed\n", "door closed\n"} {
		_, err := ReadLog(strings.NewReader(log), "", cause.English)
		assert.ErrorIs(t, err, ErrSilent, log)
	}
	s, err := ReadLog(strings.NewReader("busy place\nthe link is not good\nclient handshake failed!\n"), "", cause.English)
	if err == nil {
		assert.NotContains(t, s.String(), "AT firmware")
	}
}
