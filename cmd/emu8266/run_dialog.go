package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// inputMax bounds what --input reads in advance, in bytes. Choice.
const inputMax = 16 << 20

// unseenMax bounds the output that a dialog keeps for its next wait, in bytes. Choice.
const unseenMax = 64 << 10

// step is a line of a dialog: one of its fields.
type step struct {
	line  int
	wait  string
	send  []byte
	pause time.Duration
}

// dialog plays the terminal on the device's UART: it waits for texts and types.
type dialog struct {
	steps  []step
	mu     sync.Mutex // guards what follows
	cond   *sync.Cond
	unseen []byte // printed since the last text that was waited for
	at     int    // the step under way
	over   bool
	done   chan struct{}
}

func newDialog(steps []step) *dialog {
	d := &dialog{steps: steps, done: make(chan struct{})}
	d.cond = sync.NewCond(&d.mu)
	return d
}

// parseDialog reads the file of --uart-script.
func parseDialog(text string) ([]step, error) {
	var steps []step
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		word, rest, _ := strings.Cut(line, " ")
		s := step{line: n + 1}
		var err error
		switch word {
		case "", "#":
			continue
		case "wait":
			s.wait, err = unescape(rest)
		case "send":
			var t string
			t, err = unescape(rest)
			s.send = []byte(t)
		case "pause":
			s.pause, err = time.ParseDuration(rest)
		default:
			if strings.HasPrefix(word, "#") {
				continue
			}
			err = fmt.Errorf("%q is none of wait, send, pause", word)
		}
		if err == nil && s.wait == "" && len(s.send) == 0 && s.pause <= 0 {
			err = fmt.Errorf("%s what?", word)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// unescape takes a text with or without quotes and with Go's escapes.
func unescape(s string) (string, error) {
	if len(s) < 2 || s[0] != '"' {
		s = `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
	}
	t, err := strconv.Unquote(s)
	if err != nil {
		return "", fmt.Errorf("%s: not a text: use \\n, \\r, \\x1b, \\\\", s)
	}
	return t, nil
}

// Write takes what the device prints.
func (d *dialog) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over {
		return len(p), nil
	}
	d.unseen = append(d.unseen, p...)
	if n := len(d.unseen) - unseenMax; n > 0 {
		d.unseen = append(d.unseen[:0], d.unseen[n:]...)
	}
	d.cond.Broadcast()
	return len(p), nil
}

// play goes through the steps until the end, or until stop.
func (d *dialog) play(uart io.Writer) {
	defer close(d.done)
	for _, s := range d.steps {
		d.mu.Lock()
		for !d.over && s.wait != "" {
			if i := bytes.Index(d.unseen, []byte(s.wait)); i >= 0 {
				d.unseen = append(d.unseen[:0], d.unseen[i+len(s.wait):]...)
				break
			}
			d.cond.Wait()
		}
		over := d.over
		d.mu.Unlock()
		if over {
			return
		}
		if _, err := uart.Write(s.send); err != nil {
			return // the device was closed
		}
		time.Sleep(s.pause)
		d.mu.Lock()
		d.at++
		d.mu.Unlock()
	}
}

// stop ends the dialog and returns the step that it did not finish, nil if it came to its end.
func (d *dialog) stop() *step {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over = true
	d.cond.Broadcast()
	if d.at < len(d.steps) {
		return &d.steps[d.at]
	}
	return nil
}

func (s step) String() string {
	switch {
	case len(s.wait) > shownMax:
		return fmt.Sprintf("wait %q... (%d bytes)", s.wait[:shownMax], len(s.wait))
	case s.wait != "":
		return fmt.Sprintf("wait %q", s.wait)
	case s.pause > 0:
		return fmt.Sprintf("pause %v", s.pause)
	}
	if len(s.send) > shownMax {
		return fmt.Sprintf("send %q... (%d bytes)", s.send[:shownMax], len(s.send))
	}
	return fmt.Sprintf("send %q", s.send)
}

// shownMax bounds what a message shows of a text that was not sent, in bytes. Choice.
const shownMax = 60

// dialog reads --input or --uart-script; nil without them. With live, stdin is read as it comes: in virtual time it must end
// first.
func (c runCmd) dialog(live bool) (*dialog, io.Reader, error) {
	if c.Input != "" && c.UARTScript != "" {
		return nil, nil, usagef("--input and --uart-script both type: give one of them")
	}
	switch {
	case c.UARTScript != "":
		text, err := readPlain(c.UARTScript, textMax)
		if err != nil {
			return nil, nil, usagef("--uart-script: %v", err)
		}
		steps, err := parseDialog(string(text))
		if err != nil {
			return nil, nil, usagef("--uart-script %s: %v", c.UARTScript, err)
		}
		if len(steps) == 0 {
			return nil, nil, usagef("--uart-script %s: there is no line in it: give lines of wait TEXT, send TEXT, pause TIME",
				c.UARTScript)
		}
		return newDialog(steps), nil, nil
	case c.Input == "-" && live:
		return nil, os.Stdin, nil
	case c.Input != "":
		defer reads()()
		in := os.Stdin
		if c.Input != "-" {
			f, err := openFile(c.Input)
			if err != nil {
				return nil, nil, usagef("--input: %v", err)
			}
			defer f.Close()
			in = f
		}
		b, err := io.ReadAll(io.LimitReader(in, inputMax+1))
		switch {
		case err != nil:
			return nil, nil, usagef("--input: %v", err)
		case len(b) > inputMax:
			return nil, nil, usagef("--input: more than %d bytes", inputMax)
		}
		return nil, bytes.NewReader(b), nil
	}
	return nil, nil, nil
}
