package scenario

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
)

// screenMax bounds what is kept of what the device prints, in bytes; the oldest half goes. Choice.
const screenMax = 4 << 20

// screen is the terminal at the device's UART0: what it printed, and who waits for more. The zero value is ready.
type screen struct {
	mu   sync.Mutex // guards what follows
	text []byte
	read int           // behind what the last wait has found
	more chan struct{} // closed by the next byte; nil: nobody waits
}

// Write takes what the device prints.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.text)+len(p) > screenMax {
		gone := len(s.text) / 2
		s.text = append(s.text[:0], s.text[gone:]...)
		s.read = max(0, s.read-gone)
	}
	s.text = append(s.text, p...)
	if s.more != nil {
		close(s.more)
		s.more = nil
	}
	return len(p), nil
}

// String returns what was printed.
func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.text)
}

// find looks for the first of some texts behind the one that was found last, and says what to wait for if none is there.
func (s *screen) find(texts []string) (found bool, more <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first, end := -1, 0
	for _, t := range texts {
		if i := bytes.Index(s.text[s.read:], []byte(t)); i >= 0 && (first < 0 || i < first) {
			first, end = i, i+len(t)
		}
	}
	if first >= 0 {
		s.read += end
		return true, nil
	}
	if s.more == nil {
		s.more = make(chan struct{})
	}
	return false, s.more
}

// wait returns when one of the texts was printed behind the one that the last wait has found.
func (s *screen) wait(ctx context.Context, texts []string) error {
	for {
		found, more := s.find(texts)
		if found {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return fmt.Errorf("it was not printed; since the text before: %q", s.unread())
		}
	}
}

// unreadMax is how much of the unread output an error shows, in bytes.
const unreadMax = 400

// unread returns the end of what was printed since the last wait.
func (s *screen) unread() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.text[s.read:]
	if n := len(b) - unreadMax; n > 0 {
		return "..." + strings.ToValidUTF8(string(b[n:]), "?")
	}
	return strings.ToValidUTF8(string(b), "?")
}

// uart types to the device, or waits for what it prints.
func (r *runner) uart(args []string) error {
	if len(args) < 2 {
		return errWords
	}
	if err := oneOf(args[0], "send", "wait"); err != nil {
		return err
	}
	texts, rest, err := either(args[1:])
	if err != nil {
		return err
	}
	if args[0] == "send" {
		if len(args) > 2 {
			return errWords
		}
		_, err := r.dev.UART().Write([]byte(texts[0]))
		return err
	}
	for _, t := range texts {
		if t == "" {
			return mistake("a text is wanted")
		}
	}
	ctx, cancel, err := waiting(rest)
	if err != nil {
		return err
	}
	defer cancel()
	return r.screen.wait(ctx, texts)
}

// either reads TEXT [or TEXT]..., and returns what comes behind.
func either(words []string) (texts, rest []string, err error) {
	for {
		t, err := text(words[0])
		if err != nil {
			return nil, nil, err
		}
		texts = append(texts, t)
		if len(words) < 3 || words[1] != "or" {
			return texts, words[1:], nil
		}
		words = words[2:]
	}
}
