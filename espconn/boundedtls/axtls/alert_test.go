package axtls

import (
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// TestAlertAnswers: every alert ends the connection; a close_notify is answered by one, other alerts by unexpected_message, and
// number 3, or one whose number is missing, by nothing (axtls.md 10).
func TestAlertAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		alert  []byte
		text   string
		answer []byte
	}{
		"close_notify":      {[]byte{1, 0}, "SSL error 3", []byte{21, 3, 2, 0, 2, 1, 0}},
		"handshake_failure": {[]byte{2, 40}, "SSL error 40", []byte{21, 3, 2, 0, 2, 2, 10}},
		"warning 112":       {[]byte{1, 112}, "SSL error 112", []byte{21, 3, 2, 0, 2, 2, 10}},
		"number 3":          {[]byte{2, 3}, "SSL error 3", nil},
		"warning 3":         {[]byte{1, 3}, "SSL error 3", nil},
		"one byte":          {[]byte{2}, "SSL error 3", nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := Libssl().New(boundedtls.Config{Role: boundedtls.Client, Size: func() int { return 2048 }, Rand: rand.Reader})
			require.Nil(t, c.Setup())
			c.Handshake()
			require.NotNil(t, c.Output(), "the hello")
			c.Feed(append([]byte{21, 3, 2, 0, byte(len(tc.alert))}, tc.alert...))
			st := c.Handshake()
			assert.Equal(t, tc.answer, append([]byte(nil), c.Output()...))
			if st != boundedtls.Failed {
				st = c.Handshake()
			}
			require.Equal(t, boundedtls.Failed, st)
			assert.Equal(t, tc.text, c.Err().Text)
		})
	}
}
