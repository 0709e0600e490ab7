package vnet

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

func TestSNTPTellsTheNetworksTime(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		n.Gateway(GatewayConfig{})
		c, err := n.Host("client", netip.Addr{}).Dial("udp", "10.0.0.1:123")
		require.NoError(t, err)
		time.Sleep(36*time.Hour + 250*time.Millisecond)
		request := make([]byte, 48)
		request[0] = 0x23 // version 4, client (lwip.md 14)
		copy(request[40:], "12345678")
		_, err = c.Write(request)
		require.NoError(t, err)
		reply := make([]byte, 100)
		k, err := c.Read(reply)
		require.NoError(t, err)
		require.Equal(t, 48, k)
		assert.Equal(t, byte(0x24), reply[0], "version 4, server")
		assert.Equal(t, byte(1), reply[1])
		assert.Equal(t, "12345678", string(reply[24:32]))
		seconds := binary.BigEndian.Uint32(reply[32:]) - wire.SNTPEpoch
		assert.Equal(t, time.Date(2000, 1, 2, 12, 0, 0, 0, time.UTC), time.Unix(int64(seconds), 0).UTC())
		fraction := float64(binary.BigEndian.Uint32(reply[36:])) / (1 << 32)
		assert.InDelta(t, 0.25, fraction, 0.01)
	})
}

func TestSNTPIgnoresOtherMessages(t *testing.T) {
	request := make([]byte, 48)
	request[0] = 0x23
	assert.NotNil(t, answerSNTP(request, time.Now()))
	assert.Nil(t, answerSNTP(request[:47], time.Now()))
	request[0] = 0x24
	assert.Nil(t, answerSNTP(request, time.Now()))
	assert.Equal(t, uint64(0), sntpTime(time.Date(2036, 2, 7, 6, 28, 16, 0, time.UTC)), "era 1 begins")
}
