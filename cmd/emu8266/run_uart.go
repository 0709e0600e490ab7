package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// uartFlags say who sits at the other end of UART0.
type uartFlags struct {
	UART        string `name:"uart" help:"Put UART0 on a TCP port of this machine (tcp:PORT, tcp:ADDR:PORT; 0 is any port) or on a new terminal (pty), besides stdout. Time is real then." placeholder:"tcp:[ADDR:]PORT|pty"`
	Interactive bool   `short:"i" help:"Type to UART0 on this terminal, key by key; Ctrl-] ends. Time is real then."`
	EOL         string `name:"eol" enum:"crlf,cr,lf" default:"crlf" help:"What the Enter key types with --interactive: crlf, cr or lf." placeholder:"crlf|cr|lf"`
}

// live says that somebody types while the device runs.
func (f uartFlags) live() bool { return f.UART != "" || f.Interactive }

// lineAhead bounds what waits for a peer of the UART that does not read, in bytes; the oldest is lost, as on a line. Choice.
const lineAhead = 64 << 10

// uartLine carries what the device prints to a peer, without ever waiting for it. Who comes gets what was printed before, as far as it is
// kept.
type uartLine struct {
	mu    sync.Mutex // guards what follows
	wake  sync.Cond
	ahead []byte
	over  bool
	peers int  // who are served
	busy  bool // something is being written
}

func newUARTLine() *uartLine {
	l := &uartLine{}
	l.wake.L = &l.mu
	return l
}

// Write never fails and never waits.
func (l *uartLine) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ahead = append(l.ahead, p...)
	if n := len(l.ahead) - lineAhead; n > 0 {
		l.ahead = append(l.ahead[:0], l.ahead[n:]...)
	}
	l.wake.Broadcast()
	return len(p), nil
}

// take waits for something to send; nil when the line or the peer has ended.
func (l *uartLine) take(gone *bool) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.ahead) == 0 && !l.over && !*gone {
		l.wake.Wait()
	}
	if *gone {
		return nil
	}
	p := l.ahead
	l.ahead = nil
	l.busy = len(p) > 0
	l.wake.Broadcast()
	return p
}

// lastWords is how long the end of a run waits for a peer of the UART to take what was printed. Choice.
const lastWords = time.Second

// flush waits until a peer, if there is one, has what was printed.
func (l *uartLine) flush() {
	late := false
	timer := time.AfterFunc(lastWords, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		late = true
		l.wake.Broadcast()
	})
	defer timer.Stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.peers > 0 && (l.busy || len(l.ahead) > 0) && !late {
		l.wake.Wait()
	}
}

// serves counts peers.
func (l *uartLine) serves(change int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.peers += change
	l.busy = l.busy && l.peers > 0
	l.wake.Broadcast()
}

// serve carries both ways between the device's UART and a peer until one of them ends.
func (l *uartLine) serve(peer io.ReadWriter, uart io.Writer) {
	l.serves(1)
	defer l.serves(-1)
	gone := false
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for p := l.take(&gone); len(p) > 0; p = l.take(&gone) {
			if _, err := peer.Write(p); err != nil {
				return
			}
		}
	}()
	_, _ = io.Copy(uart, peer)
	l.mu.Lock()
	gone = true
	l.wake.Broadcast()
	l.mu.Unlock()
	<-ended
}

// end lets those who wait go.
func (l *uartLine) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	l.wake.Broadcast()
}

// checkUART says what is wrong with the flags before anything runs.
func (f uartFlags) check() error {
	kind, at, _ := strings.Cut(f.UART, ":")
	switch {
	case f.Interactive && !term.IsTerminal(int(os.Stdin.Fd())):
		return usagef("--interactive needs a terminal as stdin: --input - types what a pipe brings")
	case f.UART == "" || f.UART == "pty":
		return nil
	case kind != "tcp":
		return usagef("--uart %s: give tcp:PORT, as in tcp:4000, or pty", f.UART)
	}
	if _, err := uartAddr(at); err != nil {
		return usagef("--uart %s: %v", f.UART, err)
	}
	return nil
}

// uartAddr is the address to listen at: this machine's own unless another is said.
func uartAddr(at string) (string, error) {
	addr, number := "127.0.0.1", at
	if strings.Contains(at, ":") {
		var err error
		if addr, number, err = net.SplitHostPort(at); err != nil {
			return "", fmt.Errorf("%w: give tcp:PORT or tcp:ADDR:PORT", err)
		}
		if addr == "" {
			addr = "127.0.0.1"
		}
	}
	n, err := net.LookupPort("tcp", number)
	if err != nil || n < 0 {
		return "", fmt.Errorf("%q is no port: give a number from 0 to 65535", number)
	}
	return net.JoinHostPort(addr, fmt.Sprint(n)), nil
}

// uartDoor is what --uart opens.
type uartDoor struct {
	line  *uartLine
	close func() error
}

// open opens what --uart says; nil without it. uart returns the device's end as soon as there is one.
func (f uartFlags) open(con *console, uart func() io.Writer) (*uartDoor, error) {
	switch {
	case f.UART == "":
		return nil, nil
	case f.UART == "pty":
		return openPTY(con, uart)
	}
	at, err := uartAddr(strings.TrimPrefix(f.UART, "tcp:"))
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		return nil, fmt.Errorf("--uart: %w; choose another port, or 0 for any", err)
	}
	fmt.Fprintf(con.err, "UART0 is at tcp %s\n", l.Addr())
	return listenUART(l, uart), nil
}

// listenUART serves one peer at a time: a serial line has two ends. Further ones are closed at once.
func listenUART(l net.Listener, uart func() io.Writer) *uartDoor {
	line := newUARTLine()
	var mu sync.Mutex // guards busy
	var busy net.Conn
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			taken := busy != nil
			if !taken {
				busy = c
			}
			mu.Unlock()
			if taken {
				_ = c.Close()
				continue
			}
			all.Go(func() {
				line.serve(c, uart())
				_ = c.Close()
				mu.Lock()
				busy = nil
				mu.Unlock()
			})
		}
	})
	return &uartDoor{line: line, close: func() error {
		line.flush()
		err := l.Close()
		line.end()
		mu.Lock()
		if busy != nil {
			_ = busy.Close()
		}
		mu.Unlock()
		all.Wait()
		return err
	}}
}

// openPTY makes a terminal whose other end programs open as a serial port.
func openPTY(con *console, uart func() io.Writer) (*uartDoor, error) {
	ours, theirs, err := pty.Open()
	if errors.Is(err, pty.ErrUnsupported) {
		return nil, usagef("--uart pty: this system has none: use tcp:PORT")
	}
	if err != nil {
		return nil, fmt.Errorf("--uart pty: %w", err)
	}
	if _, err := term.MakeRaw(int(theirs.Fd())); err != nil {
		return nil, errors.Join(fmt.Errorf("--uart pty: %w", err), ours.Close(), theirs.Close())
	}
	fmt.Fprintf(con.err, "UART0 is at %s\n", theirs.Name())
	line := newUARTLine()
	go line.serve(ours, uart()) // ends with the process: reading a terminal cannot be broken off
	return &uartDoor{line: line, close: func() error {
		line.flush()
		line.end()
		return theirs.Close()
	}}, nil
}

// quitKey is Ctrl-], as in telnet and most serial monitors.
const quitKey = 0x1D

// enter is what the Enter key types, by --eol. A terminal alone sends CR, which firmware that reads lines up to LF takes for nothing.
// Choice: both unless told otherwise, as the monitors of PlatformIO and pySerial have it.
var enter = map[string]string{"crlf": "\r\n", "cr": "\r", "lf": "\n"}

// interact makes this terminal the device's: each key goes to it, and what it prints may move the cursor. quit is called for Ctrl-].
// The returned function gives the terminal back.
func (f uartFlags) interact(con *console, uart func() io.Writer, quit func()) (restore func() error, err error) {
	stdin := int(os.Stdin.Fd())
	before, err := term.MakeRaw(stdin)
	if err != nil {
		return nil, fmt.Errorf("--interactive: %w", err)
	}
	for _, w := range []io.Writer{con.out, con.err} {
		if e, ok := w.(*escaper); ok {
			e.raw()
		}
	}
	fmt.Fprintf(con.err, "what you type goes to UART0, Enter as %s (--eol); Ctrl-] ends\n", strings.ToUpper(f.EOL))
	line := []byte(enter[f.EOL])
	go func() { // ends with the process: reading a terminal cannot be broken off
		buf := make([]byte, 256)
		for {
			n, err := os.Stdin.Read(buf)
			for i, c := range buf[:n] {
				if c == quitKey {
					n = i
					err = io.EOF
					break
				}
			}
			if n > 0 {
				_, _ = uart().Write(bytes.ReplaceAll(buf[:n], []byte{'\r'}, line))
			}
			if err != nil {
				quit()
				return
			}
		}
	}()
	return func() error { return term.Restore(stdin, before) }, nil
}
