package interop

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// missing skips the test for want of something on this machine, and fails it when CI=true.
func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// tool returns the path of a program.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, "%s is missing", name)
	}
	return path
}

// Fields of a frame that tshark is asked for.
var fields = []string{
	"frame.number", "ip.src", "ip.dst", "tcp.stream", "_ws.expert.severity", "_ws.expert.message", "ip.checksum.status",
	"tcp.checksum.status", "udp.checksum.status",
	"frame.protocols", "frame.time_epoch", "tcp.seq_raw", "tcp.len",
}

// Severities of tshark's expert information.
const (
	severityError   = 8388608
	severityWarning = 6291456
	severityNote    = 4194304
)

// traits are what is known of a stream.
type traits struct {
	zeroWindow bool // a receiver shut its window
	resets     bool // its scenario resets it, or its port is closed
	stalled    bool // a segment was sent again after a timeout
}

// exemptions are the remarks that a run without loss may have: the two that a slow receiver always makes, and what follows from them or
// from what the scenario does. Everything else of severity note or worse fails the test.
var exemptions = []struct {
	message string
	in      func(s traits) bool
	reason  string
}{
	{"TCP window specified by the receiver is now completely full", anywhere, "a sender is quicker than its receiver"},
	{"TCP Zero Window segment", anywhere, "a receiver does not read"},
	{"TCP Zero Window Probe", zeroWindow,
		"the sender asks whether the window is open (RFC 9293 3.8.6.1); also in \"ACK to a TCP Zero Window Probe\""},
	{"TCP keep-alive", zeroWindow,
		"so tshark calls a probe that repeats the last byte, as Linux's and gVisor's do; also in \"ACK to a TCP keep-alive segment\""},
	{"ACKed segment that wasn't captured", zeroWindow,
		"tshark 4.0 does not count the byte of a probe as data, so its acknowledgement comes as a surprise"},
	{"Connection reset (RST)", resets, "the scenario resets, or nobody listens yet"},
	{"This frame initiates the connection closing", anywhere, "tshark 4.0 notes every first FIN"},
	{"This frame undergoes the connection closing", anywhere, "and every second one"},
}

func anywhere(traits) bool     { return true }
func zeroWindow(s traits) bool { return s.zeroWindow }
func resets(s traits) bool     { return s.resets }

// exempt says whether a stream may have the remark.
func exempt(message string, s traits) bool {
	for _, e := range exemptions {
		if strings.Contains(message, e.message) && e.in(s) {
			return true
		}
	}
	return false
}

// minusZero is tshark's error for a checksum that Linux writes as the other zero of ones' complement, which every receiver takes.
const minusZero = "TCP Checksum 0xffff instead of 0x0000"

// minRTO is the shortest retransmission timeout of the stacks here (Linux and gVisor: 200 ms), less some room.
const minRTO = 0.15 // s

// judge has tshark read a capture: nothing malformed, no wrong checksum, nothing of severity error anywhere; and in the streams of
// addresses that do not lose, no remark of severity note or worse but the exemptions. Retransmissions after a timeout occur there when the
// machine stood still for longer than a stack's retransmission timer; such a stream is reported and left out.
func judge(t *testing.T, l *testbed) {
	require.NoError(t, l.capture.Close())
	file := filepath.Join(t.TempDir(), "capture.pcapng")
	if dir := os.Getenv("INTEROP_CAPTURES"); dir != "" {
		file = filepath.Join(dir, t.Name()+".pcapng")
	}
	require.NoError(t, os.WriteFile(file, l.file.b.Bytes(), 0o600))
	args := []string{"-r", file, "-T", "fields", "-E", "separator=\t", "-E", "aggregator=|", "-2"}
	for _, name := range []string{"ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE",
		"tcp.desegment_tcp_streams:FALSE"} {
		args = append(args, "-o", name)
	}
	// What the scenarios send is random, and tshark guesses protocols by content: without this, bytes that look like one are an error.
	for _, ports := range []string{"tcp.port==1-65535", "udp.port==1-52", "udp.port==54-66", "udp.port==69-65535"} { // not DNS and DHCP
		args = append(args, "-d", ports+",data")
	}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	out, err := exec.CommandContext(t.Context(), tool(t, "tshark"), args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("tshark: %v\n%s", err, exit.Stderr)
	}
	require.NoError(t, err)

	frames, remarks := 0, map[string]int{}
	streams := map[string]traits{}
	sent := map[string]float64{}
	var suspects [][]string
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		require.Len(t, f, len(fields))
		frames++
		stream := f[3]
		is := streams[stream]
		is.resets = is.resets || l.resets[f[1]] || l.resets[f[2]]
		kernels := strings.Contains(f[5], minusZero) && f[1] == l.peer.addr().String()
		for _, status := range f[6:9] {
			assert.False(t, strings.Contains(status, "0") && !kernels, "checksum of frame %s", f[0])
		}
		assert.NotContains(t, f[9], "malformed", "frame %s", f[0])
		at, err := strconv.ParseFloat(f[10], 64)
		require.NoError(t, err)
		if f[12] != "" && f[12] != "0" {
			segment := strings.Join([]string{stream, f[1], f[11]}, " ")
			if first, again := sent[segment]; !again {
				sent[segment] = at
			} else if at-first >= minRTO {
				is.stalled = true
			}
		}
		is.zeroWindow = is.zeroWindow || strings.Contains(f[5], "TCP Zero Window segment")
		streams[stream] = is
		if f[4] == "" {
			continue
		}
		messages := strings.Split(f[5], "|")
		for i, s := range strings.Split(f[4], "|") {
			severity, err := strconv.Atoi(s)
			require.NoError(t, err)
			message := "?"
			if i < len(messages) {
				message = messages[i]
			}
			if kernels && strings.Contains(message, minusZero) {
				continue
			}
			lossy := l.lossy[f[1]] || l.lossy[f[2]]
			if severity >= severityNote {
				remarks[fmt.Sprintf("%s (loss %t)", message, lossy)]++
			}
			assert.Less(t, severity, severityError, "frame %s: %s", f[0], message)
			if severity >= severityNote && !lossy {
				suspects = append(suspects, []string{f[0], stream, f[1], f[2], message})
			}
		}
	}
	stood := map[string]int{}
	for _, s := range suspects {
		switch is := streams[s[1]]; {
		case exempt(s[4], is):
		case is.stalled:
			stood[fmt.Sprintf("stream %s between %s and %s", s[1], min(s[2], s[3]), max(s[2], s[3]))]++
		default:
			assert.Fail(t, "a remark in a run without loss", "frame %s, stream %s, %s > %s: %s", s[0], s[1], s[2], s[3], s[4])
		}
	}
	for stream, n := range stood {
		t.Logf("the machine stood still for longer than a retransmission timer: %s has %d remarks", stream, n)
	}
	t.Logf("%d frames", frames)
	for _, m := range slices.Sorted(func(yield func(string) bool) {
		for m := range remarks {
			if !yield(m) {
				return
			}
		}
	}) {
		t.Logf("%6d  %s", remarks[m], m)
	}
}
