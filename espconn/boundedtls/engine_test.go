package boundedtls_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
)

// TestEngines: what each library says of itself, and how a connection ends for which its driver has no memory (tls.md 3.2,
// axtls.md 6).
func TestEngines(t *testing.T) {
	rows := []struct {
		engine       boundedtls.Engine
		name         string
		library      boundedtls.Library
		suites       int
		before, then string // NoMemory before the connect callback and after it
		status       [2]int16
		crash        bool
	}{
		{mbedtls.Early(), "early mbedTLS", boundedtls.MbedTLS, 8, "-0x7f00", "-0x 1", [2]int16{-127, -1}, false},
		{mbedtls.Late(), "late mbedTLS", boundedtls.MbedTLS, 12, "-0x7f00", "-0x 1", [2]int16{-127, -1}, false},
		{axtls.Libssl(), "axTLS", boundedtls.AxTLS, 4, "invalid handshake", "invalid handshake", [2]int16{-28, -61}, true},
		{axtls.Engine{}, "axTLS", boundedtls.AxTLS, 4, "invalid handshake", "invalid handshake", [2]int16{-28, -61}, false},
	}
	for _, r := range rows {
		assert.Equal(t, r.name, r.engine.String())
		traits := r.engine.Traits()
		assert.Equal(t, r.library, traits.Library)
		assert.Contains(t, r.name, traits.Library.String())
		assert.Len(t, traits.Suites, r.suites)
		assert.Equal(t, r.library == boundedtls.AxTLS, traits.KeyFirst)
		assert.Equal(t, r.library == boundedtls.AxTLS, traits.HandshakeTimeout == time.Minute)
		for i, want := range []string{r.before, r.then} {
			err := r.engine.NoMemory("a buffer", i == 1)
			assert.Equal(t, want, err.Reason(), r.name)
			assert.Equal(t, r.status[i], err.HSStatus(), r.name)
			assert.Equal(t, r.crash, err.Crash)
			assert.Contains(t, err.Cause.Object, "a buffer")
			assert.NotEmpty(t, err.Cause.ID)
		}
	}
	assert.Equal(t, axtls.Engine{}, axtls.Libssl().WithoutBugs())
	assert.Equal(t, mbedtls.Late().WithoutBugs(), mbedtls.Late().WithoutBugs().WithoutBugs())
}

// TestWriteTakesMaxWrite: one record holds at most what Traits says, and the rest stays with the caller.
func TestWriteTakesMaxWrite(t *testing.T) {
	for _, engine := range []boundedtls.Engine{mbedtls.Late(), axtls.Libssl()} {
		client := engine.New(boundedtls.Config{})
		server := engine.New(boundedtls.Config{Role: boundedtls.Server})
		require.Nil(t, load(client, server, engine.Traits().KeyFirst))
		require.Nil(t, shake(client, server))
		data := dataPattern(3000)
		n, err := client.Write(data)
		require.Nil(t, err)
		assert.Equal(t, engine.Traits().MaxWrite, n)
		server.Feed(client.Output())
		got := make([]byte, len(data))
		k, st := server.Read(got)
		assert.Equal(t, boundedtls.Done, st)
		assert.Equal(t, data[:n], got[:k])
		assert.Nil(t, client.Output())
	}
}

// TestOutOfOrder: calls in the wrong order fail the connection and change nothing else.
func TestOutOfOrder(t *testing.T) {
	for _, engine := range []boundedtls.Engine{mbedtls.Early(), axtls.Libssl()} {
		c := engine.New(boundedtls.Config{})
		assert.Equal(t, "idle", c.State().Step)
		assert.Equal(t, boundedtls.DefaultSize, c.State().Size)
		_, st := c.Read(make([]byte, 1))
		assert.Equal(t, boundedtls.NeedInput, st)
		c.CloseNotify()
		assert.Nil(t, c.Output())
		require.Nil(t, c.Setup())
		require.NotNil(t, c.FinishHandshake())
		assert.Equal(t, boundedtls.Failed, c.Handshake())

		c = engine.New(boundedtls.Config{})
		assert.Equal(t, boundedtls.Failed, c.Handshake(), "before Setup")
		require.NotNil(t, c.Setup())

		c = engine.New(boundedtls.Config{})
		_, err := c.Write([]byte("early"))
		require.NotNil(t, err)
		c.Close()
		c.Close()
		assert.Equal(t, err, c.Err(), "the first failure stays")
	}
}
