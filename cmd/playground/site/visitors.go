package site

import (
	"net"
	"net/http"
	"slices"
	"sync"
)

// visitorsMax bounds the connections of a server. Choice: many browsers, and a quarter of the descriptors that a process has on the
// systems that give least (macOS, 256), so that there are some for the files.
const visitorsMax = 64

// Visitors keep the connections of a server from being too many: when one comes beyond that, the one that has been quiet for longest
// is closed. The zero value is for use; Note is the server's ConnState.
type Visitors struct {
	mu   sync.Mutex
	list []net.Conn // in the order of their last change
}

// Note is told of each connection's changes.
func (v *Visitors) Note(c net.Conn, state http.ConnState) {
	v.mu.Lock()
	defer v.mu.Unlock()
	i := slices.Index(v.list, c)
	if i >= 0 {
		v.list = slices.Delete(v.list, i, i+1)
	}
	if state == http.StateNew || i >= 0 && state != http.StateClosed && state != http.StateHijacked { // else it has been closed here
		v.list = append(v.list, c)
	}
	if len(v.list) > visitorsMax {
		_ = v.list[0].Close()
		v.list = slices.Delete(v.list, 0, 1)
	}
}
