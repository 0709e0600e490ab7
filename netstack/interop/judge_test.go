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
	"frame.number", "ip.src", "ip.dst", "tcp.stream", "_ws.expert.severity", "_ws.expert.message", "ip.checksum.status", "tcp.checksum.status", "udp.checksum.status",
	"frame.protocols", "frame.time_epoch", "tcp.seq_raw", "tcp.len",
}

// Severities of tshark's expert information.
const (
	severityError   = 8388608
	severityWarning = 6291456
	severityNote    = 4194304
)

// always are remarks that a slow receiver, or an orderly or an abortive end, makes in a run without loss.
var always = []string{
	"TCP window specified by the receiver is now completely full", "TCP Zero Window", "TCP window update", "TCP keep-alive", "ACK to a TCP keep-alive",
	"TCP Zero Window Probe", "ACK to a TCP Zero Window Probe", "Connection reset", "This frame undergoes the connection closing", "This frame initiates the connection closing",
}

// afterProbe is what tshark 4.0 says of the acknowledgement that follows a zero-window probe whose byte was taken: it does not count the probe as data.
const afterProbe = "ACKed segment that wasn't captured"

// minusZero is tshark's error for a checksum that Linux writes as the other zero of ones' complement, which every receiver takes.
const minusZero = "TCP Checksum 0xffff instead of 0x0000"

// minRTO is the shortest retransmission timeout of the stacks here (Linux and gVisor: 200 ms), less some room.
const minRTO = 0.15 // s

// judge has tshark read a capture: nothing malformed, no wrong checksum, nothing of severity error anywhere; and in the streams of addresses that do not lose, no
// remark of severity note or worse but the ones of always. Retransmissions after a timeout occur there when the machine stood still for longer than a stack's
// retransmission timer; such a stream is reported and left out.
func judge(t *testing.T, l *lab) {
	require.NoError(t, l.capture.Close())
	file := filepath.Join(t.TempDir(), "capture.pcapng")
	if dir := os.Getenv("INTEROP_CAPTURES"); dir != "" {
		file = filepath.Join(dir, t.Name()+".pcapng")
	}
	require.NoError(t, os.WriteFile(file, l.file.b.Bytes(), 0o600))
	args := []string{"-r", file, "-T", "fields", "-E", "separator=\t", "-E", "aggregator=|", "-2"}
	for _, name := range []string{"ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE", "tcp.desegment_tcp_streams:FALSE"} {
		args = append(args, "-o", name)
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
	stalled, probed := map[string]bool{}, map[string]bool{}
	sent := map[string]float64{}
	var suspects [][]string
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		require.Len(t, f, len(fields))
		frames++
		stream := f[3]
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
				stalled[stream] = true
			}
		}
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
			probed[stream] = probed[stream] || strings.Contains(message, "Zero Window")
			lossy := l.lossy[f[1]] || l.lossy[f[2]]
			if severity >= severityNote {
				remarks[fmt.Sprintf("%s (loss %t)", message, lossy)]++
			}
			assert.Less(t, severity, severityError, "frame %s: %s", f[0], message)
			if severity >= severityNote && !lossy && !slices.ContainsFunc(always, func(p string) bool { return strings.Contains(message, p) }) {
				suspects = append(suspects, []string{f[0], stream, f[1], f[2], message})
			}
		}
	}
	for _, s := range suspects {
		if probed[s[1]] && strings.Contains(s[4], afterProbe) {
			continue
		}
		if stalled[s[1]] {
			t.Logf("the machine stood still: frame %s, %s > %s: %s", s[0], s[2], s[3], s[4])
			continue
		}
		assert.Fail(t, "a remark in a run without loss", "frame %s, stream %s, %s > %s: %s", s[0], s[1], s[2], s[3], s[4])
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
