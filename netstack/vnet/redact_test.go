package vnet

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/gopacket/pcapgo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// plainCapture is a connection, a lookup and a datagram, each with the word "sesame" in its data.
func plainCapture(t *testing.T) []byte {
	var file bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		c, err := n.Capture(&file)
		require.NoError(t, err)
		client, server := connPair(t, n)
		_, err = client.Write([]byte("open sesame"))
		require.NoError(t, err)
		_, err = io.ReadFull(server, make([]byte, 11))
		require.NoError(t, err)
		_, err = server.Write([]byte("\x16\x03\x01sesame: too late to look like TLS"))
		require.NoError(t, err)
		_, err = io.ReadFull(client, make([]byte, 30))
		require.NoError(t, err)
		require.NoError(t, client.Close())
		require.NoError(t, server.Close())
		time.Sleep(5 * time.Minute)
		require.NoError(t, c.Close())
		require.NoError(t, n.Close())
	})
	return file.Bytes()
}

// lengths reads the packets of a capture: how long they were, and how much is left.
func lengths(t *testing.T, capture []byte) (whole, left []int) {
	r, err := pcapgo.NewNgReader(bytes.NewReader(capture), pcapgo.NgReaderOptions{WantMixedLinkType: true})
	require.NoError(t, err)
	for {
		_, info, err := r.ReadPacketData()
		if err == io.EOF {
			return whole, left
		}
		require.NoError(t, err)
		whole, left = append(whole, info.Length), append(left, info.CaptureLength)
	}
}

// TestRedactPlain: what a plain connection carries is cut off, its headers and the lengths stay.
func TestRedactPlain(t *testing.T) {
	capture := plainCapture(t)
	require.Equal(t, 2, bytes.Count(capture, []byte("sesame")))
	out, cut, err := Redact(capture, Redaction{}, 0)
	require.NoError(t, err)
	assert.False(t, cut)
	assert.NotContains(t, string(out), "sesame")
	whole, _ := lengths(t, capture)
	again, left := lengths(t, out)
	assert.Equal(t, whole, again)
	for i := range left {
		assert.True(t, left[i] == whole[i] || left[i] >= 54, "frame %d: %d of %d", i, left[i], whole[i])
	}
	requireCleanCapture(t, out)

	out, _, err = Redact(capture, Redaction{Payload: true}, 0)
	require.NoError(t, err)
	assert.Equal(t, capture, out)
}

// TestRedactTLS: the records of TLS stay, the keys only on request.
func TestRedactTLS(t *testing.T) {
	capture := tlsCapture(t)
	require.Contains(t, string(capture), "TRAFFIC_SECRET")
	out, _, err := Redact(capture, Redaction{}, 0)
	require.NoError(t, err)
	assert.NotContains(t, string(out), "TRAFFIC_SECRET")
	whole, left := lengths(t, out)
	assert.Equal(t, whole, left)
	out, _, err = Redact(capture, Redaction{Keys: true}, 0)
	require.NoError(t, err)
	assert.Equal(t, capture, out)
}

// TestRedactLimit: a capture that is too long ends with a whole block.
func TestRedactLimit(t *testing.T) {
	capture := plainCapture(t)
	all, _ := lengths(t, capture)
	out, cut, err := Redact(capture, Redaction{}, len(capture)/2)
	require.NoError(t, err)
	assert.True(t, cut)
	assert.LessOrEqual(t, len(out), len(capture)/2)
	some, _ := lengths(t, out)
	assert.Equal(t, all[:len(some)], some)
	assert.NotEmpty(t, some)
	assert.Less(t, len(some), len(all))
}

// TestRedactRefuses what is no capture.
func TestRedactRefuses(t *testing.T) {
	capture := plainCapture(t)
	long := bytes.Clone(capture)
	binary.LittleEndian.PutUint32(long[4:], 3)
	for name, in := range map[string][]byte{"nothing": nil, "text": []byte("hello, this is no capture at all"), "length": long} {
		_, _, err := Redact(in, Redaction{}, 0)
		assert.ErrorIs(t, err, ErrNoCapture, name)
	}
}

// TestRedactOddFrames: of what is not understood only the headers stay that are.
func TestRedactOddFrames(t *testing.T) {
	const addresses = "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02"
	ip := func(protocol byte, fragment, body string) string {
		return addresses + "\x08\x00\x45\x00\x00" + string(rune(20+len(body))) + "\x00\x01" + fragment + "\x40" + string(rune(protocol)) +
			"\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02" + body
	}
	const tcp = "\x10\x00\x00\x50\x00\x00\x00\x01\x00\x00\x00\x01"
	const tcpEnd = "\x10\x10\x00\x00\x00\x00\x00secret!"
	for name, row := range map[string]struct {
		frame string
		left  int
	}{
		"short":                 {"secret", 0},
		"VLAN":                  {addresses + "\x81\x00\x00\x01\x08\x00secret", 14},
		"IPv6":                  {addresses + "\x86\xdd\x60secret", 14},
		"key of the Wi-Fi":      {addresses + "\x88\x8e\x01\x03\x00", 17},
		"short header":          {addresses + "\x08\x00\x45secret", 14},
		"header that is none":   {addresses + "\x08\x00\x41" + "secret, twenty bytes and more", 14},
		"fragment":              {ip(6, "\x20\x00", tcp+"\x50"+tcpEnd), 34},
		"protocol":              {ip(47, "\x00\x00", "secret"), 34},
		"segment":               {ip(6, "\x00\x00", tcp+"\x50"+tcpEnd), 54},
		"header longer than it": {ip(6, "\x00\x00", tcp+"\x7f"+tcpEnd), 54},
		"datagram cut off":      {ip(17, "\x00\x00", "\x10\x00\x00\x07"), 34},
		"DNS":                   {ip(17, "\x00\x00", "\x10\x00\x00\x35\x00\x0a\x00\x00hi"), 44},
	} {
		assert.Equal(t, row.left, (&redactor{}).left([]byte(row.frame)), name)
	}
}

// FuzzRedact: no input is read beyond its end, and nothing is left of the data that no header announces.
func FuzzRedact(f *testing.F) {
	f.Add([]byte("\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x4d\x3c\x2b\x1a\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x1c\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		out, _, err := Redact(in, Redaction{}, 1<<20)
		if err == nil && len(out) > len(in)+3 {
			t.Fatalf("%d bytes became %d", len(in), len(out))
		}
	})
}
