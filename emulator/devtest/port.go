package devtest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// Ports of FreePort: below those that Linux, macOS and Windows give to connections and to listeners without a number, so
// that no other test gets one of them between the question and the start of the server.
const firstPort, lastPort = 20000, 32000

var ports struct {
	sync.Mutex
	given map[int]bool
}

// FreePort returns a TCP port of 127.0.0.1 on which nobody listens, for a real server that must be told its port. It
// returns no port twice in one process. Safe for use by several goroutines.
func FreePort(tb TB) int {
	tb.Helper()
	ports.Lock()
	defer ports.Unlock()
	if ports.given == nil {
		ports.given = map[int]bool{}
	}
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if ports.given[port] {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		_ = l.Close()
		ports.given[port] = true
		return port
	}
	tb.Fatalf("devtest: no free port between %d and %d", firstPort, lastPort)
	return 0
}
