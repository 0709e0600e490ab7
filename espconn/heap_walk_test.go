package espconn_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// played replays a case that is written in the language of the golden traces.
func played(t *testing.T, text string) (lines, heaps []string) {
	c := &oracleCase{}
	require.NoError(t, json.Unmarshal([]byte(text), c), text)
	synctest.Test(t, func(t *testing.T) { lines, heaps = replay(t, c) })
	return lines, heaps
}

// heapWalk is a call that is made with less and less memory.
type heapWalk struct {
	call   string
	at     int // ms
	before string
	peers  string
	want   string // "least free bytes: result [state before, after]" for each change of the result, from the top down
}

// run makes the call with every free heap from top down to 0 in steps of 8. What is free may be in several pieces, and
// filling stops when the last block does not fit: the figure is what really was free.
func (w heapWalk) run(t *testing.T, top int) string { return w.walk(t, top, played) }

// walk does so on the device that a player has.
func (w heapWalk) walk(t *testing.T, top int, played func(*testing.T, string) (lines, heaps []string)) string {
	results := map[int]string{}
	for leave := top; leave >= 0; leave -= 8 {
		lines, heaps := played(t, fmt.Sprintf(`{"Objects": [
			{"Name": "c1", "Type": "tcp", "Remote": "10.0.0.9:80", "local_port": 4000, "Callbacks": "cxdrs"},
			{"Name": "c2", "Type": "tcp", "Remote": "10.0.0.9:80", "local_port": 4001, "Callbacks": "cxdrs"},
			{"Name": "s1", "Type": "tcp", "local_port": 80, "Callbacks": "cxdrs"},
			{"Name": "u1", "Type": "udp", "Remote": "10.0.0.9:9", "local_port": 7000, "Callbacks": "rs"}],
			"Device": [{"When": "start", "Do": [%s]}, {"When": "at %d", "Do": ["heap_fill %d", %q]}], "Peers": [%s], "Until": %d}`,
			w.before, w.at, leave, w.call, w.peers, w.at))
		free, result := -1, ""
		for i, line := range lines {
			if strings.Contains(line, " heap_fill ") {
				_, after, _ := strings.Cut(heaps[i], " ")
				free, _ = strconv.Atoi(after)
			}
			if _, rest, ok := strings.Cut(line+" ", " "+w.call+" "); ok {
				result = strings.TrimSpace(strings.TrimPrefix(rest, "= ")) // empty, if it is an exception
			} else if strings.HasSuffix(line, " fault") {
				result = "fault"
			} else if _, text, ok := strings.Cut(line, " print "); ok && result != "" && !strings.HasPrefix(text, "E:M") {
				result += ", " + text
			}
		}
		results[free] = result
	}
	var out []string
	all := slices.Sorted(maps.Keys(results))
	for i := len(all) - 1; i >= 0; i-- {
		if i == 0 || results[all[i-1]] != results[all[i]] {
			out = append(out, fmt.Sprint(all[i], ": ", results[all[i]]))
		}
	}
	return strings.Join(out, "; ")
}

// TestHeapWalk: a call counts what it takes for a moment, not only what stays, so its result changes only at sums of the
// device's blocks (lwip.md 16).
func TestHeapWalk(t *testing.T) {
	const peer = `{"Name": "p1", "IP": "10.0.0.9", "Kind": "tcp", "Port": 80}`
	for _, w := range []heapWalk{
		// Record 128, PCB 192, SYN 136 and its segment 40; without memory for the SYN the connection stays listed. The timer's
		// record, the ARP request and the packet that waits for its answer are missed without a word.
		{call: "espconn_connect c1", want: "496: 0 [0 1]; 320: -1 [0 1]; 0: -1 [0 0]"},
		// Record 128, a full PCB 192, and the listening one 56 while that is there.
		{call: "espconn_accept s1", want: "376: 0 [0 2]; 0: -1 [0 0]"},
		// PCB 56, record 128.
		{call: "espconn_create u1", want: "184: 0 [0 0]; 0: -1 [0 0]"},
		// The send's record 40, a segment of full length 1,592 and 40.
		{call: "espconn_send c1 10", at: 400, before: `"espconn_connect c1"`, peers: peer, want: "1672: 0 [3 4]; 0: -1 [3 4]"},
		// FIN 128 and 40; a connection that cannot be closed stays.
		{call: "espconn_disconnect c1", at: 400, before: `"espconn_connect c1"`, peers: peer, want: "168: 0 [3 6]; 0: 0 [3 3]"},
		// The reset is missed but for its line.
		{call: "espconn_abort c1", at: 400, before: `"espconn_connect c1"`, peers: peer, want: "0: 0 [3 6]"},
		// A PCB that is not there is the oldest connection's, which is aborted for it, if its reset has left nothing of that free.
		{call: "espconn_accept s1", at: 400, before: `"espconn_connect c1"`, want: "376: 0 [0 2]; 320: -1 [0 0]; 128: 0 [0 2]; 0: -1 [0 0]"},
		{call: "espconn_accept s1", at: 400, before: `"espconn_connect c1"`, peers: peer,
			want: "376: 0 [0 2]; 320: -1 [0 0]; 184: 0 [0 2]; 0: -1 [0 0]"},
		{call: "espconn_connect c2", at: 400, before: `"espconn_connect c1"`,
			want: "496: 0 [0 1]; 256: -1 [0 1]; 128: 0 [0 1]; 0: -1 [0 0]"},
		// The datagram 144; its copy 128 and the entry of the ARP queue 24, for which there must be more than 32 behind the copy.
		{call: "espconn_sendto u1 10", at: 100, before: `"espconn_create u1"`, want: "312: 0 [0 3]; 144: -1 [0 3]; 0: -1 [0 0]"},
		{call: "espconn_delete u1", at: 100, before: `"espconn_create u1"`, want: "0: 0 [0 0]"},
		// The question is missed without a word.
		{call: `espconn_gethostbyname c1 "a.de"`, want: "0: -5 [0 0]"},
		// Record 120, TLS block 1,312, certificate holder 648; netconn 48, without which the SDK reads through NULL; PCB 192. A
		// listening PCB 56 that is missing is not noticed.
		{call: "espconn_secure_accept s1",
			want: "2320: 0 [0 2]; 2128: -1 [0 0], Create Socket Failed!; 2080: fault; 0: -1 [0 0]"},
		// Header 32, content 752.
		{call: "espconn_secure_set_default_certificate own2048.der", want: "784: 1; 0: 0"},
	} {
		t.Run(strings.Fields(w.call)[0], func(t *testing.T) { assert.Equal(t, w.want, w.run(t, 2600)) })
	}
	t.Run("espconn_secure_connect", func(t *testing.T) { // 16,384 is the gate: what it takes is less
		w := heapWalk{call: "espconn_secure_connect c1", want: "16392: 0 [0 1]; 0: -1 [0 0]"}
		assert.Equal(t, w.want, w.run(t, 16600))
	})
}

// TestNoMemoryLines: each allocation that fails has its line, a secure accept tries the TLS block without the record, too, and a
// listening PCB is tried once (seen: 3.0.6, linked library).
func TestNoMemoryLines(t *testing.T) {
	for _, row := range []struct {
		call   string
		before string
		want   map[int]string // behind the call, by what is free
	}{
		{"espconn_secure_accept s1", "", map[int]string{112: "print E:M 120; print E:M 1312", 120: "print E:M 1312"}},
		{"espconn_abort c1", `"espconn_connect c1"`, map[int]string{
			104: "print E:M 128; disconnect c1 [6 6] remote 10.0.0.9:80",
			128: "tx TCP 4000>p1:80 RA s1 a1 l0 w5840; disconnect c1 [6 6] remote 10.0.0.9:80"}},
		{"espconn_accept s1", "", map[int]string{312: "print E:M 192; print E:M 192; print E:M 192", 328: "print E:M 56", 376: ""}},
	} {
		for leave, want := range row.want {
			lines, heaps := played(t, fmt.Sprintf(`{"Objects": [
				{"Name": "c1", "Type": "tcp", "Remote": "10.0.0.9:80", "local_port": 4000, "Callbacks": "cxdrs"},
				{"Name": "s1", "Type": "tcp", "local_port": 80, "Callbacks": "cxdrs"}],
				"Device": [{"When": "start", "Do": [%s]}, {"When": "at 400", "Do": ["heap_fill %d", %q]}],
				"Peers": [{"Name": "p1", "IP": "10.0.0.9", "Kind": "tcp", "Port": 80}], "Until": 900}`, row.before, leave, row.call))
			at := slices.IndexFunc(lines, func(s string) bool { return strings.Contains(s, " "+row.call+" ") })
			require.Positive(t, at, "%q", lines)
			require.Equal(t, strconv.Itoa(leave), heaps[at-1][strings.LastIndex(heaps[at-1], " ")+1:])
			var behind []string
			for _, s := range lines[at+1 : len(lines)-1] {
				_, s, _ = strings.Cut(s, " ")
				behind = append(behind, s)
			}
			assert.Equal(t, want, strings.Join(behind, "; "), "%s with %d bytes", row.call, leave)
		}
	}
}

// TestFramesNeedMemory: with 640 bytes there is memory for a connection but not for its ARP request, 120. Only when the SYN is
// repeated, a second later, the record of the timer that does so is free, and the request leaves (lwip.md 16).
func TestFramesNeedMemory(t *testing.T) {
	for free, want := range map[int]string{640: "1000", 656: "0"} {
		lines, _ := played(t, fmt.Sprintf(`{"Objects": [{"Name": "c1", "Type": "tcp", "Remote": "10.0.0.9:80", "local_port": 4000,
			"Callbacks": "cx"}], "Device": [{"When": "start", "Do": ["heap_fill %d", "espconn_connect c1"]}],
			"Peers": [{"Name": "p1", "IP": "10.0.0.9", "Kind": "tcp", "Port": 80}], "Until": 1500}`, free))
		asked := slices.IndexFunc(lines, func(s string) bool { return strings.HasSuffix(s, " tx ARP who-has 10.0.0.9") })
		require.Contains(t, lines, "0 espconn_connect c1 = 0 [0 1]")
		require.Positive(t, asked, "%d bytes: %v", free, lines)
		assert.Equal(t, want+" tx ARP who-has 10.0.0.9", lines[asked], "%d bytes free", free)
	}
}

// TestPiecesLeaveOneByOne: what espconn_send has handed to TCP leaves before the next piece is tried, so the lines of the segment
// that finds no memory come behind the frame of the one before it (seen: 3.0.6, linked library). Pieces are halved down to one byte.
func TestPiecesLeaveOneByOne(t *testing.T) {
	const client = `{"Name": "c1", "Type": "tcp", "Remote": "10.0.0.9:80", "local_port": 4000, "Callbacks": "cxdrs"}`
	const server = `{"Name": "s1", "Type": "tcp", "local_port": 80, "Callbacks": "cxdrs"}`
	const visitor = `"IP": "10.0.0.21", "Port": 5000, "Rules": [{"When": "at 10", "Do": ["connect 80"]}]`
	for _, row := range []struct {
		name, object, start, peer, send string
		last                            string // the frame in front of the lines
	}{
		{"a client", client, `"espconn_connect c1"`, `"IP": "10.0.0.9", "Port": 80`, "espconn_send c1 3000",
			"800 tx TCP 4000>p1:80 PA s1 a1 l1460 w5840"},
		{"copied", client, `"espconn_connect c1", "espconn_set_opt c1 4"`, `"IP": "10.0.0.9", "Port": 80`, "espconn_sent c1 4000",
			"800 tx TCP 4000>p1:80 PA s1 a1 l1460 w5840"},
		{"a server", server, `"espconn_accept s1"`, visitor, "espconn_send s1#1 2921",
			"800 tx TCP 80>p1:5000 PA s1 a1 l1460 w5840"},
	} {
		t.Run(row.name, func(t *testing.T) {
			lines, _ := played(t, fmt.Sprintf(`{"Objects": [%s], "Device": [{"When": "start", "Do": [%s]},
				{"When": "at 800", "Do": ["heap_fill 2960", %q]}], "Peers": [{"Name": "p1", "Kind": "tcp", %s}], "Until": 800}`,
				row.object, row.start, row.send, row.peer))
			at := slices.Index(lines, "800 "+row.send+" = -1 [3 4]")
			require.Positive(t, at, "%v", lines)
			missed := []string{"800 print E:M 1592"} // of two segments the second, then of each half
			want := slices.Concat(missed, []string{row.last}, slices.Repeat(missed, 11))
			assert.Equal(t, want, lines[at+1:len(lines)-1])
		})
	}
}

// TestFailedStartGivesBack: what a function that failed before the handshake had taken is free before the connection is closed:
// whoever sees enough for a FIN in the reconnect callback has seen one leave. The buffers are given back only after that, so
// there is none when the transform, 264, found no memory behind them, and what is left there is less than the FIN's 128.
func TestFailedStartGivesBack(t *testing.T) {
	roles := map[string]string{
		"client": `{"Objects": [{"Name": "c1", "Type": "tcp", "Remote": "10.0.0.9:443", "local_port": 4000, "Callbacks": "cxdrs"}],
			"Device": [{"When": "start", "Do": ["espconn_secure_connect c1"]}, {"When": "at 2", "Do": ["heap_fill %d"]}],
			"Peers": [{"Name": "p1", "IP": "10.0.0.9", "Kind": "tcp", "Port": 443,
			"TLS": {"Role": "server", "Chain": "leaf2048.pem", "Key": "leaf2048.key.pem"}}], "Until": 500}`,
		"server": `{"Objects": [{"Name": "s1", "Type": "tcp", "local_port": 443, "Callbacks": "cxdrs"}],
			"Device": [{"When": "start", "Do": ["espconn_secure_set_default_certificate own2048.der",
			"espconn_secure_set_default_private_key leaf2048.key.der", "espconn_secure_accept s1"]},
			{"When": "at 12", "Do": ["heap_fill %d"]}],
			"Peers": [{"Name": "p1", "IP": "10.0.0.21", "Kind": "tcp", "Port": 5000, "TLS": {"Role": "client"},
			"Rules": [{"When": "at 10", "Do": ["connect 443"]}]}], "Until": 500}`,
	}
	for role, text := range roles {
		closed := 0
		for fill := 4000; fill <= 16000; fill += 250 {
			lines, heaps := played(t, fmt.Sprintf(text, fill))
			for i, line := range lines {
				free, _ := strconv.Atoi(heaps[i])
				if !strings.Contains(line, " reconnect c1 err -127 ") && !strings.Contains(line, " reconnect s1 err -127 ") || free < 200 {
					continue
				}
				behind := slices.ContainsFunc(lines, func(s string) bool { return strings.HasSuffix(s, " E:M 264") })
				sent := slices.ContainsFunc(lines[:i], func(s string) bool {
					return strings.Contains(s, " tx TCP ") && strings.Contains(s, " FA ")
				})
				assert.True(t, sent || behind, "%s, %d: %d bytes were free and no FIN left:\n%s", role, fill, free,
					strings.Join(lines, "\n"))
				closed++
			}
		}
		assert.Greater(t, closed, 10, role)
	}
}
