package scenario

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	mqtt "github.com/mochi-mqtt/server/v2"
)

// world is what the machines of the network know and have been told. Its methods may be called from any goroutine.
type world struct {
	mu        sync.Mutex // guards what follows
	names     map[string]string
	pages     map[string]page
	replies   []reply
	datagrams []string // that machines have heard
	received  []byte   // of TCP and TLS servers
	requests  []string // of HTTP servers
	brokers   map[netip.AddrPort]*mqtt.Server
	topics    []topic // what MQTT brokers were told
}

// worldMax bounds what is kept of what servers were told, in bytes of a stream and in requests. Choice.
const worldMax = 1 << 20

// reply is what a server answers to a text.
type reply struct{ to, with string }

// page is what an HTTP server says for a path.
type page struct {
	status int
	kind   string
	body   string
	do     string // silent: it never answers; close: the connection ends
}

var (
	errNobody    = errors.New("nobody is connected")
	errNoAddress = errors.New("the device has no address")
)

// lookup is the name server's. A name that no line tells does not exist.
func (w *world) lookup(ctx context.Context, name string) (netip.Addr, error) {
	w.mu.Lock()
	what := w.names[strings.TrimSuffix(name, ".")]
	w.mu.Unlock()
	switch what {
	case "", "none":
		return netip.Addr{}, &net.DNSError{Name: name, IsNotFound: true}
	case "fails":
		return netip.Addr{}, &net.DNSError{Name: name, Err: "server failure"}
	case "silent":
		<-ctx.Done()
		return netip.Addr{}, &net.DNSError{Name: name, IsTimeout: true}
	}
	return netip.ParseAddr(what)
}

// Write notes what a server was sent.
func (w *world) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.received = append(w.received, b[:min(len(b), max(0, worldMax-len(w.received)))]...)
	return len(b), nil
}

// answer finds in what is pending what a server answers. It returns what is pending still.
func (w *world) answer(pending []byte) (left []byte, answers []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		first, end := -1, 0
		var with string
		for _, rule := range w.replies {
			if i := strings.Index(string(pending), rule.to); i >= 0 && (first < 0 || i < first) {
				first, end, with = i, i+len(rule.to), rule.with
			}
		}
		if first < 0 {
			break
		}
		answers = append(answers, with)
		pending = pending[end:]
	}
	if n := len(pending) - 4096; n > 0 {
		pending = pending[n:]
	}
	return pending, answers
}

// reply tells what TCP and TLS servers answer.
func (r *runner) reply(args []string) error {
	if len(args) != 2 {
		return errWords
	}
	to, err := text(args[0])
	if err != nil {
		return err
	}
	with, err := text(args[1])
	if err != nil {
		return err
	}
	if to == "" {
		return mistake("a text is wanted")
	}
	r.world.mu.Lock()
	r.world.replies = append(r.world.replies, reply{to, with})
	r.world.mu.Unlock()
	return nil
}

// page tells what HTTP servers say for a path.
func (r *runner) page(args []string) error {
	if len(args) == 0 || !strings.HasPrefix(args[0], "/") {
		return mistake("a path that begins with / is wanted")
	}
	p := page{status: http.StatusOK, kind: "text/plain"}
	var words []string
	body := false
	for _, a := range args[1:] {
		key, _, ok := strings.Cut(a, "=")
		if ok && oneOf(key, "status", "type", "do") == nil {
			words = append(words, a)
			continue
		}
		if body {
			return errWords
		}
		body = true
		var err error
		if p.body, err = text(a); err != nil {
			return err
		}
	}
	o, err := options(words, "status", "type", "do")
	if err != nil {
		return err
	}
	if v := o["status"]; v != "" {
		n, err := number(v, 100, 599)
		if err != nil {
			return err
		}
		p.status = int(n)
	}
	if v := o["type"]; v != "" {
		p.kind = v
	}
	if p.do = o["do"]; p.do != "" {
		if err := oneOf(p.do, "silent", "close"); err != nil {
			return err
		}
	}
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	if r.world.pages == nil {
		r.world.pages = map[string]page{}
	}
	r.world.pages[args[0]] = p
	return nil
}

// expectReceived looks for a text among what TCP and TLS servers were sent.
func (r *runner) expectReceived(args []string) error {
	t, err := text(args[0])
	if err != nil {
		return err
	}
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	if len(args) > 1 {
		fits, err := compared(args[1])
		if err != nil {
			return err
		}
		if n := strings.Count(string(r.world.received), t); t == "" || !fits(uint64(n)) {
			return fmt.Errorf("the servers received it %d times", n)
		}
		return nil
	}
	if !strings.Contains(string(r.world.received), t) {
		return fmt.Errorf("the servers received %q until now: a wait before this line gives it time", end(string(r.world.received)))
	}
	return nil
}

// expectRequest looks for a text among the requests to HTTP servers.
func (r *runner) expectRequest(want string) error {
	t, err := text(want)
	if err != nil {
		return err
	}
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	for _, q := range r.world.requests {
		if strings.Contains(q, t) {
			return nil
		}
	}
	return fmt.Errorf("the requests were %q", r.world.requests)
}

// end returns the end of a text, for an error.
func end(s string) string {
	if n := len(s) - unreadMax; n > 0 {
		return "..." + s[n:]
	}
	return s
}
