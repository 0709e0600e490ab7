package vnet

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack"
)

// tshark runs tshark on a capture and returns its output; without the tool the test is skipped, or fails when CI=true.
func tshark(t *testing.T, capture []byte, args ...string) string {
	t.Helper()
	desegment := "TRUE"
	if bytes.Contains(capture, []byte("dropped on the way to")) {
		desegment = "FALSE" // it takes retransmissions for errors of the application's protocol
	}
	tool, err := exec.LookPath("tshark")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("tshark is missing")
		}
		t.Skip("tshark is missing")
	}
	file := filepath.Join(t.TempDir(), "capture.pcapng")
	require.NoError(t, os.WriteFile(file, capture, 0o600))
	args = append([]string{"-r", file, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
		"-o", "tcp.desegment_tcp_streams:" + desegment}, args...)
	out, err := exec.CommandContext(t.Context(), tool, args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("tshark: %v\n%s", err, exit.Stderr)
	}
	require.NoError(t, err)
	return string(out)
}

// requireCleanCapture has tshark judge a capture: nothing malformed, no wrong checksum, no error.
func requireCleanCapture(t *testing.T, capture []byte) {
	t.Helper()
	bad := tshark(t, capture, "-Y", "_ws.malformed || ip.checksum.status == Bad || tcp.checksum.status == Bad || "+
		"udp.checksum.status == Bad || _ws.expert.severity == error")
	require.Empty(t, bad)
}

// tlsCapture transfers data by TLS in a bubble, with the keys in the capture.
func tlsCapture(t *testing.T) []byte {
	var file bytes.Buffer
	config := tlsConfig(t)
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		c, err := n.Capture(&file)
		require.NoError(t, err)
		client, server := connPair(t, n)
		c.Comment("TLS begins")
		logged := config.Clone()
		logged.KeyLogWriter = writerFunc(func(p []byte) (int, error) { c.Secrets(p); return len(p), nil })
		go func() {
			s := tls.Server(server, logged)
			_, _ = io.Copy(s, s)
			_ = s.Close()
		}()
		k := tls.Client(client, logged)
		_, err = k.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
		require.NoError(t, err)
		buf := make([]byte, 18)
		_, err = io.ReadFull(k, buf)
		require.NoError(t, err)
		require.NoError(t, k.CloseWrite())
		rest, err := io.ReadAll(k)
		require.NoError(t, err)
		assert.Empty(t, rest)
		require.NoError(t, k.Close())
		time.Sleep(5 * time.Minute)
		c.Comment("the end")
		require.NoError(t, c.Close())
		require.NoError(t, c.Close(), "again")
		require.NoError(t, n.Close())
	})
	return file.Bytes()
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestCaptureIsReadByPcapgo(t *testing.T) {
	r, err := pcapgo.NewNgReader(bytes.NewReader(tlsCapture(t)), pcapgo.NgReaderOptions{WantMixedLinkType: true})
	require.NoError(t, err)
	names := map[int]string{}
	var last time.Time
	count := 0
	for {
		data, info, err := r.ReadPacketData()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		assert.Equal(t, info.CaptureLength, len(data))
		assert.False(t, info.Timestamp.Before(last))
		last = info.Timestamp
		iface, err := r.Interface(info.InterfaceIndex)
		require.NoError(t, err)
		assert.Equal(t, layers.LinkTypeEthernet, iface.LinkType)
		assert.Equal(t, uint8(9), uint8(iface.TimestampResolution))
		names[info.InterfaceIndex] = iface.Name
		count++
	}
	assert.Greater(t, count, 10)
	assert.Equal(t, 2000, last.UTC().Year())
	assert.ElementsMatch(t, []string{"client", "server"}, []string{names[0], names[1]})
	assert.Len(t, names, 2)
}

func TestCaptureIsCleanAndDecryptedByTshark(t *testing.T) {
	capture := tlsCapture(t)
	requireCleanCapture(t, capture)
	out := tshark(t, capture, "-d", "tcp.port==7,tls", "-Y", "http || data", "-T", "fields", "-e", "http.request.method")
	assert.Contains(t, out, "GET", "the keys come before the frames")
	comments := tshark(t, capture, "-Y", "frame.comment", "-T", "fields", "-e", "frame.comment")
	assert.Contains(t, comments, "TLS begins")
	expert := tshark(t, capture, "-z", "expert", "-q")
	for _, bad := range []string{"retransmission", "Out-Of-Order", "Duplicate", "RST"} {
		assert.NotContains(t, expert, bad, "on a good link")
	}
}

func TestCaptureOfFaultyLinkIsReadable(t *testing.T) {
	capture := busyCapture(t, 5)
	requireCleanCapture(t, capture)
	comments := tshark(t, capture, "-Y", "frame.comment", "-T", "fields", "-e", "frame.comment")
	for _, want := range []string{"dropped on the way to www: lost", "duplicated on the way to", "held back on the way to",
		"corrupted on the way to"} {
		assert.Contains(t, comments, want)
	}
}

func TestCaptureNotesDrops(t *testing.T) {
	var file bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		c, err := n.Capture(&file)
		require.NoError(t, err)
		a, b := attachProbe(n, "a", 1), attachProbe(n, "b", 2)
		b.Send(b.raw(broadcastMAC, 0, 60))
		time.Sleep(time.Second)
		send := func() {
			a.Send(a.raw(b.mac, 1, 60))
			a.Send(a.raw(b.mac, 2, 60))
			time.Sleep(time.Second)
		}
		n.SetFaults("a", "b", Faults{Filter: func(Frame) Verdict { return Drop }})
		send()
		n.SetFaults("a", "b", Faults{Queue: 1})
		send()
		n.Partition([]string{"a"})
		send()
		n.Heal()
		a.Send(a.raw(a.mac, 1, 60))
		time.Sleep(time.Second)
		require.NoError(t, n.Close())
		require.NoError(t, c.Close(), "the network closed it")
	})
	for _, want := range []string{"filter", "queue of a is full", "partition", "receiver is at the sending port"} {
		assert.Contains(t, file.String(), want)
	}
}

func TestSecretsComeBeforeTheFramesOfTheirInstantOnce(t *testing.T) {
	var file bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		c, err := n.Capture(&file)
		require.NoError(t, err)
		a := attachProbe(n, "a", 1)
		a.Send(a.raw(broadcastMAC, 1, 60)) // sent first, but at the same instant
		c.Secrets([]byte("B 2\r\nA 1\n\n"))
		c.Secrets([]byte("B 2"))
		time.Sleep(time.Second)
		c.Secrets([]byte("A 1\nC 3\n"))
		require.NoError(t, n.Close())
		var none *Capture
		none.Secrets(nil)
		none.Comment("")
		require.NoError(t, none.Close())
	})
	var blocks []string
	for b := file.Bytes(); len(b) > 0; {
		kind, length := le(b), le(b[4:])
		require.Equal(t, length, le(b[length-4:]))
		text := ""
		if kind == blockSecrets {
			require.Equal(t, uint32(secretsTLSKeyLog), le(b[8:]))
			text = ":" + string(b[16:16+le(b[12:])])
		}
		blocks = append(blocks, map[uint32]string{blockSection: "section", blockInterface: "interface", blockPacket: "packet",
			blockSecrets: "secrets"}[kind]+text)
		b = b[length:]
	}
	assert.Equal(t, "section|interface|secrets:A 1\nB 2\n|packet|secrets:C 3\n", strings.Join(blocks, "|"))
}

func le(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func TestCaptureKeepsTheWritersError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		full := errors.New("disk full")
		c, err := n.Capture(writerFunc(func(p []byte) (int, error) { return 0, full }))
		require.NoError(t, err)
		a := attachProbe(n, "a", 1)
		for range 3 {
			a.Send(a.raw(broadcastMAC, 1, 60))
			time.Sleep(time.Second)
		}
		require.ErrorIs(t, n.Close(), full)
		require.ErrorIs(t, c.Close(), full)
	})
}

func TestBlockedWriterDoesNotHoldUpTheNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{Faults: unlimited})
		release := make(chan struct{})
		c, err := n.Capture(writerFunc(func(p []byte) (int, error) { <-release; return len(p), nil }))
		require.NoError(t, err)
		const limit = 1 << 20
		c.limit = limit
		p := attachProbe(n, "p", 9)
		for range limit/1500 + 1 {
			p.Send(p.raw(netstack.MAC{2}, 1, 1514))
		}
		start := time.Now()
		time.Sleep(time.Hour)
		assert.Equal(t, time.Hour, time.Since(start))
		assert.Greater(t, n.Stats().Frames, uint64(limit/1500))
		close(release)
		require.ErrorIs(t, c.Close(), ErrCaptureOverflow)
		require.NoError(t, n.Close())
	})
}
