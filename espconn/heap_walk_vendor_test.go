package espconn_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/espconn/internal/linked"
)

// sameHeap is how much is left free first on both sides: the program that somebody has linked has a smaller heap than ours, and what is
// filled up would end in other pieces.
const sameHeap = 40000

// afterCall is how long a walk of TestHeapWalkVendor looks at what follows a call, in ms.
const afterCall = 2500

// TestHeapWalkVendor makes calls with less and less memory on the vendor's own libraries and on our stack: the results change at the same
// figures, and what follows, callbacks, frames and lines, is the same.
func TestHeapWalkVendor(t *testing.T) {
	program, err := elf.LoadVendorFile(linked.File(t, "306-replay-mbedtls.out"))
	require.NoError(t, err)
	vendor := func(t *testing.T, text string) (lines, heaps []string) {
		c := &oracleCase{}
		require.NoError(t, json.Unmarshal([]byte(text), c), text)
		synctest.Test(t, func(t *testing.T) { lines, heaps = replayVendor(t, c, program) })
		return lines, heaps
	}
	const (
		peer    = `{"Name": "p1", "IP": "10.0.0.9", "Kind": "tcp", "Port": 80}`
		silent  = `{"Name": "p1", "IP": "10.0.0.9", "Kind": "tcp", "Port": 80, "Rules": [{"When": "at 300", "Do": ["mute"]}]}`
		talks   = `{"Name": "p1", "IP": "10.0.0.9", "Kind": "tcp", "Port": 80, "Rules": [{"When": "at 450", "Do": ["send 700"]}]}`
		visitor = `{"Name": "p2", "IP": "10.0.0.21", "Kind": "tcp", "Port": 5000, "Rules": [{"When": "at 450", "Do": ["connect 80"]}]}`
		up      = `"espconn_connect c1"`
		alive   = up + `, "espconn_set_opt c1 8", "espconn_set_keepalive c1 0 1", "espconn_set_keepalive c1 1 1", "espconn_set_keepalive c1 2 1"`
		held    = up + `, "espconn_recv_hold c1"`
		open    = `"espconn_accept s1"`
		bound   = `"espconn_create u1"`
		secure  = `"espconn_secure_connect c1"`
		sealed  = `{"Name": "p1", "IP": "10.0.0.9", "Kind": "tcp", "Port": 80, "TLS": {"Role": "server", "Chain": "leaf2048.pem",
			"Key": "leaf2048.key.pem"}, "Rules": [{"When": "at 1100", "Do": ["tls_send 300"]}]}`
		owned = `"espconn_secure_set_default_certificate own2048.der", "espconn_secure_set_default_private_key leaf2048.key.der"`
	)
	for _, w := range []struct {
		heapWalk
		top int // walked from; 2,600, if 0
	}{
		{heapWalk: heapWalk{call: "espconn_connect c1"}},
		{heapWalk: heapWalk{call: "espconn_connect c1", peers: peer}},
		{heapWalk: heapWalk{call: "espconn_connect c2", at: 400, before: up}},
		{heapWalk: heapWalk{call: "espconn_connect c2", at: 400, before: up, peers: peer}},
		{heapWalk: heapWalk{call: "espconn_accept s1"}},
		{heapWalk: heapWalk{call: "espconn_accept s1", at: 400, peers: visitor}},
		{heapWalk: heapWalk{call: "espconn_accept s1", at: 400, before: up}},
		{heapWalk: heapWalk{call: "espconn_accept s1", at: 400, before: up, peers: peer}},
		{heapWalk: heapWalk{call: "get s1", at: 400, before: open, peers: visitor}},
		{heapWalk: heapWalk{call: "espconn_create u1"}},
		{heapWalk: heapWalk{call: "espconn_send c1 10", at: 400, before: up, peers: peer}},
		{heapWalk: heapWalk{call: "espconn_send c1 2000", at: 400, before: up, peers: peer}},
		{heapWalk: heapWalk{call: "espconn_sent c1 10", at: 400, before: up, peers: peer}},
		{heapWalk: heapWalk{call: "espconn_set_opt c1 8", at: 400, before: up, peers: talks}},
		{heapWalk: heapWalk{call: "espconn_set_opt s1 8", at: 400, before: open}},
		{heapWalk: heapWalk{call: "get c1", at: 400, before: up, peers: talks}},
		{heapWalk: heapWalk{call: "get c1", at: 400, before: alive, peers: silent}},
		{heapWalk: heapWalk{call: "espconn_recv_hold c1", at: 400, before: up, peers: talks}},
		{heapWalk: heapWalk{call: "espconn_recv_unhold c1", at: 800, before: held, peers: talks}},
		{heapWalk: heapWalk{call: "espconn_disconnect c1", before: up}},
		{heapWalk: heapWalk{call: "espconn_disconnect c1", at: 400, before: up, peers: peer}},
		{heapWalk: heapWalk{call: "espconn_disconnect c1", at: 600, before: held, peers: talks}},
		{heapWalk: heapWalk{call: "espconn_disconnect s1#1", at: 600, before: open, peers: visitor}},
		{heapWalk: heapWalk{call: "espconn_abort c1", before: up}},
		{heapWalk: heapWalk{call: "espconn_abort c1", at: 400, before: up, peers: peer}},
		{heapWalk: heapWalk{call: "espconn_abort c1", at: 600, before: up, peers: talks}},
		{heapWalk: heapWalk{call: "espconn_sendto u1 10", at: 100, before: bound}},
		{heapWalk: heapWalk{call: "espconn_sendto u1 10", at: 100, before: bound, peers: peer}},
		{heapWalk: heapWalk{call: "espconn_sendto u1 1400", at: 100, before: bound}},
		{heapWalk: heapWalk{call: "espconn_send u1 10", at: 100, before: bound}},
		{heapWalk: heapWalk{call: "espconn_delete u1", at: 100, before: bound}},
		{heapWalk: heapWalk{call: "espconn_delete s1", at: 100, before: open}},
		{heapWalk: heapWalk{call: "espconn_delete s1", at: 600, before: open, peers: visitor}},
		{heapWalk: heapWalk{call: `espconn_gethostbyname c1 "a.de"`}},
		{heapWalk: heapWalk{call: "espconn_get_connection_info c1", at: 400, before: up, peers: peer}},
		{heapWalk: heapWalk{call: "espconn_set_keepalive c1 1 3", at: 400, before: up, peers: peer}},
		{heapWalk: heapWalk{call: "espconn_regist_time s1 5 0", at: 100, before: open}},
		{heapWalk: heapWalk{call: "espconn_tcp_set_buf_count c1 4", at: 400, before: up, peers: peer}},
		{heapWalk: heapWalk{call: "espconn_tcp_set_max_con_allow s1 4", at: 400, before: open}},
		{heapWalk: heapWalk{call: "espconn_secure_connect c1", at: 100}, top: 19000},
		{heapWalk: heapWalk{call: "espconn_secure_connect c1", at: 100, peers: peer}, top: 19000},
		{heapWalk: heapWalk{call: "espconn_secure_accept s1"}},
		{heapWalk: heapWalk{call: "espconn_secure_accept s1", before: owned}},
		{heapWalk: heapWalk{call: "espconn_secure_accept s1", at: 400, before: up, peers: peer}},
		{heapWalk: heapWalk{call: "espconn_secure_delete s1", at: 100, before: owned + `, "espconn_secure_accept s1"`}},
		{heapWalk: heapWalk{call: "espconn_secure_disconnect c1", at: 100, before: `"espconn_secure_connect c1"`}},
		{heapWalk: heapWalk{call: "espconn_secure_send c1 10", at: 400, before: up, peers: peer}},
		{heapWalk: heapWalk{call: "espconn_secure_set_default_certificate own2048.der"}},
		{heapWalk: heapWalk{call: "espconn_secure_set_default_private_key leaf2048.key.der"}},
		{heapWalk: heapWalk{call: "espconn_secure_ca_enable 1 100"}},
		{heapWalk: heapWalk{call: "espconn_secure_cert_req_enable 1 100"}},
		{heapWalk: heapWalk{call: "espconn_secure_set_size 1 4096"}},
		{heapWalk: heapWalk{call: "espconn_secure_send c1 10", at: 1000, before: secure, peers: sealed}},
		{heapWalk: heapWalk{call: "espconn_secure_send c1 1024", at: 1000, before: secure, peers: sealed}, top: 3400},
		{heapWalk: heapWalk{call: "espconn_secure_disconnect c1", at: 1000, before: secure, peers: sealed}},
		{heapWalk: heapWalk{call: "espconn_recv_hold c1", at: 1000, before: secure, peers: sealed}},
	} {
		t.Run(w.call, func(t *testing.T) {
			w.before = strings.TrimSuffix(fmt.Sprintf(`"heap_fill %d", %s`, sameHeap, w.before), ", ")
			// seen makes a walk and adds what follows the call to its results, by what was free.
			seen := func(of func(*testing.T, string) (lines, heaps []string)) (results string, follows map[string]string) {
				follows = map[string]string{}
				results = w.walk(t, max(w.top, 2600), func(t *testing.T, text string) (lines, heaps []string) {
					var m map[string]any
					require.NoError(t, json.Unmarshal([]byte(text), &m), text)
					m["Until"] = w.at + afterCall
					b, err := json.Marshal(m)
					require.NoError(t, err)
					lines, heaps = of(t, string(b))
					for i, line := range lines {
						if strings.Contains(line, " heap_fill ") && !strings.HasSuffix(line, fmt.Sprint(" ", sameHeap)) {
							_, free, _ := strings.Cut(heaps[i], " ")
							follows[free] = strings.Join(lines[i+1:], "\n")
						}
					}
					return lines, heaps
				})
				return results, follows
			}
			want, wantFollows := seen(vendor)
			got, gotFollows := seen(played)
			assert.Equal(t, want, got)
			assert.Equal(t, slices.Sorted(maps.Keys(wantFollows)), slices.Sorted(maps.Keys(gotFollows)), "what was left free")
			bad := 0
			for free, lines := range wantFollows {
				if ours := gotFollows[free]; ours != lines {
					if bad++; bad < 3 {
						t.Errorf("with %s free\nvendor:\n%s\nours:\n%s", free, lines, ours)
					}
				}
			}
			t.Logf("%d of %d differ", bad, len(wantFollows))
		})
	}
}
