package vnet

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxCaptureBacklog is how much may wait for a capture's writer. Choice: the memory that a long capture may cost at worst. In a bubble
// virtual time waits for a writer that works, so only one that blocks gets there.
const maxCaptureBacklog = 64 << 20

// ErrCaptureOverflow is the error of a capture whose writer did not keep up: 64 MB waited. The file ends there, at the end of a block.
var ErrCaptureOverflow = errors.New("vnet: capture: writer too slow")

// Capture records a network's frames in the pcapng format: one interface per port, named after it; each frame once, where it enters the
// switch, with its fate as comments (lost, duplicated...). Timestamps have nanoseconds. Methods may be called from any goroutine; a nil
// *Capture does nothing.
//
// A slow writer never holds up the network: blocks wait in memory for a goroutine that writes them.
type Capture struct {
	net  *Network
	done chan struct{} // the writing goroutine has ended

	// Guarded by the network's lock.
	ifaces   map[string]uint32
	secrets  []string // lines that came since the last frame
	known    map[string]bool
	comments []remark
	held     pcapngBlock // packets that wait for secrets, see AwaitSecrets
	shakes   *handshakes // nil: nothing waits

	mu      sync.Mutex // guards what follows; taken inside the network's lock
	cond    *sync.Cond
	pending pcapngBlock
	limit   int // of pending
	closed  bool
	err     error
}

// remark is a comment and the instant in which it was added.
type remark struct {
	at   int64
	text string
}

// Capture starts to record into w. It ends with Close, or with the network. w is used by one goroutine at a time and is not closed.
func (n *Network) Capture(w io.Writer) (*Capture, error) {
	n.enter()
	defer n.mu.Unlock()
	if n.closed {
		return nil, errNetworkClosed
	}
	c := &Capture{net: n, limit: maxCaptureBacklog, done: make(chan struct{}), ifaces: make(map[string]uint32),
		known: make(map[string]bool)}
	c.cond = sync.NewCond(&c.mu)
	c.pending.section()
	n.captures = append(n.captures, c)
	n.rearm()
	n.running.Go(func() { c.write(w) })
	return c, nil
}

// write is the goroutine that hands blocks to the writer.
func (c *Capture) write(w io.Writer) {
	defer close(c.done)
	c.mu.Lock()
	defer c.mu.Unlock()
	var spare []byte
	for {
		for len(c.pending.buf) == 0 && !c.closed {
			c.cond.Wait()
		}
		full := c.pending.buf
		if len(full) == 0 {
			return
		}
		c.pending.buf = spare[:0]
		c.mu.Unlock()
		_, err := w.Write(full)
		c.mu.Lock()
		if err != nil {
			if c.err == nil {
				c.err = err
			}
			c.closed = true
			return
		}
		spare = full
	}
}

// Secrets adds lines of a TLS key log ("CLIENT_RANDOM ..."), so that the frames can be decrypted from the file alone. Lines that came
// before are left out.
//
// A reader needs the keys before the first frame that they decrypt. So call Secrets when the key log is written, that is before the first
// encrypted record is handed to TCP: keys come into the file before the frames of the instant in which they were added. That is too late
// for the keys of a server, whose client has sent an encrypted record by then: AwaitSecrets brings them before it.
func (c *Capture) Secrets(keylog []byte) {
	if c == nil {
		return
	}
	c.net.enter()
	defer c.net.mu.Unlock()
	for line := range bytes.Lines(keylog) {
		text := string(bytes.TrimRight(line, "\r\n"))
		if text != "" && !c.known[text] {
			c.known[text] = true
			c.secrets = append(c.secrets, text+"\n")
			if c.shakes != nil {
				c.shakes.learn(text)
			}
		}
	}
}

// AwaitSecrets lets the frames of a TLS handshake, and what comes behind them, wait in memory until Secrets has brought the secrets of its
// client's random, so that they stand in the file before the handshake, whoever learns them and when. Frames wait no longer than a minute
// and no more than 16 MB of them: a handshake that fails has no secrets. Close writes what still waits.
func (c *Capture) AwaitSecrets() {
	if c == nil {
		return
	}
	c.net.enter()
	defer c.net.mu.Unlock()
	if c.shakes == nil {
		c.shakes = newHandshakes()
		for text := range c.known {
			c.shakes.learn(text)
		}
	}
}

// Comment adds a remark to the next frame that is recorded, or to the end of the file if none follows.
func (c *Capture) Comment(text string) {
	if c == nil {
		return
	}
	c.net.enter()
	defer c.net.mu.Unlock()
	c.comments = append(c.comments, remark{c.net.now, text})
}

// Close ends the recording, waits until everything is written and returns the first error of the writer, or ErrCaptureOverflow. Frames that
// were sent at this very instant are not recorded. Calling it again returns the same error.
func (c *Capture) Close() error {
	if c == nil {
		return nil
	}
	n := c.net
	n.enter()
	if i := slices.Index(n.captures, c); i >= 0 {
		n.captures = slices.Delete(n.captures, i, i+1)
		c.mu.Lock()
		c.keys()
		c.pass(len(c.held.buf))
		if texts := c.remarks(); len(texts) > 0 {
			c.pending.remarks(texts)
		}
		c.closed = true
		c.cond.Signal()
		c.mu.Unlock()
	}
	n.mu.Unlock()
	<-c.done
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// frame records a frame; the caller holds the network's lock.
func (c *Capture) frame(port string, at time.Time, data []byte, notes []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	if len(c.pending.buf) > c.limit {
		c.err, c.closed = ErrCaptureOverflow, true
		c.cond.Signal()
		return
	}
	iface, ok := c.ifaces[port]
	if !ok {
		iface = uint32(len(c.ifaces))
		c.ifaces[port] = iface
		c.pending.iface(port)
	}
	c.keys()
	if c.shakes != nil {
		c.shakes.frame(at, data, len(c.held.buf))
	}
	c.held.packet(iface, at, data, append(c.remarks(), notes...))
	if c.shakes == nil {
		c.pass(len(c.held.buf))
	} else {
		c.pass(c.shakes.release(at, len(c.held.buf)))
	}
	c.cond.Signal()
}

// pass hands the first n bytes of the packets that wait to the writer.
func (c *Capture) pass(n int) {
	if n == 0 {
		return
	}
	c.pending.buf = append(c.pending.buf, c.held.buf[:n]...)
	c.held.buf = append(c.held.buf[:0], c.held.buf[n:]...)
}

// remarks takes the comments that wait; those of one instant may have come in any order.
func (c *Capture) remarks() []string {
	if len(c.comments) == 0 {
		return nil
	}
	slices.SortFunc(c.comments, func(a, b remark) int {
		return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.text, b.text))
	})
	var texts []string
	for _, r := range c.comments {
		texts = append(texts, r.text)
	}
	c.comments = nil
	return texts
}

// keys writes the secrets that wait, in a fixed order: several devices may have added theirs at one instant.
func (c *Capture) keys() {
	if len(c.secrets) == 0 {
		return
	}
	slices.Sort(c.secrets)
	c.pending.secrets([]byte(strings.Join(c.secrets, "")))
	c.secrets = nil
}
