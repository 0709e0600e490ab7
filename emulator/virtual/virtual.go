package virtual

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// ErrRunning says that virtual time runs already: it runs once at a time, and not inside itself.
var ErrRunning = errors.New("virtual: time runs already")

// Instant is what to wait longer, in virtual time, for all that is due at the end of the wait to have happened: of a sleep and a timer
// that end at the same instant either may be first.
const Instant = time.Nanosecond

var running sync.Mutex

// Run runs fn in virtual time and returns its error. Time begins at midnight UTC, 2000-01-01, and passes as fast as the
// work in fn allows: whenever all goroutines that fn has started wait for time or for each other, it jumps to the next
// timer. What they do costs no time.
//
// fn must end what it has started: goroutines that are left behind, blocked for ever, end the program with a panic that
// shows them. It must not wait for anything outside, such as a real connection: while it waits, time stands still. A panic
// in fn ends the program.
//
// Run returns ErrRunning while another call has not returned, and an error if virtual time cannot be had.
func Run(fn func() error) error {
	return Each(1, 1, func(int) error { return fn() }, nil)
}

// Each runs fn for 0 to n-1, each in a virtual time of its own that begins at the same midnight, at most atOnce of them at the same
// time, and returns their errors joined. What Run says of fn holds for each; what they share must be safe for use by several
// goroutines, and must hold nothing that belongs to a virtual time, such as a channel that one of them has made. They begin in their
// numbers' order.
//
// done, unless it is nil, is called behind each with what it returned and how long it took, outside virtual time: by one goroutine at a
// time, in the order in which they end.
//
// Each returns ErrRunning while another call, or one of Run, has not returned, and an error if virtual time cannot be had.
func Each(n, atOnce int, fn func(i int) error, done func(i int, err error, took time.Duration)) error {
	if !running.TryLock() {
		return ErrRunning
	}
	defer running.Unlock()
	quiet, err := nowhere()
	if err != nil {
		return fmt.Errorf("virtual: %w", err)
	}
	defer quiet.Close()

	testing.Init()
	if !flag.Parsed() { // else testing reads the program's arguments as its own
		if err := flag.CommandLine.Parse(nil); err != nil {
			return fmt.Errorf("virtual: %w", err)
		}
	}
	defer putAside()()

	results := make([]error, n)
	for i := range results {
		results[i] = errNotStarted
	}
	stdout := os.Stdout
	code := func() int {
		os.Stdout = quiet // testing prints what came of its tests
		defer func() { os.Stdout = stdout }()
		return testing.MainStart(noTests{}, []testing.InternalTest{{Name: "virtual", F: func(t *testing.T) {
			os.Stdout = stdout
			defer func() { os.Stdout = quiet }()
			var next atomic.Int64
			var workers sync.WaitGroup
			var ended sync.Mutex // for done
			for range min(max(atOnce, 1), n) {
				workers.Go(func() {
					for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
						began := time.Now()
						synctest.Test(t, func(*testing.T) { results[i] = fn(i) })
						if done != nil {
							took := time.Since(began)
							ended.Lock()
							done(i, results[i], took)
							ended.Unlock()
						}
					}
				})
			}
			workers.Wait()
		}}}, nil, nil, nil).Run()
	}()
	err = errors.Join(results...)
	if n == 1 {
		err = results[0]
	}
	if code != 0 && err == nil {
		err = fmt.Errorf("virtual: time ended with code %d", code)
	}
	return err
}

var errNotStarted = errors.New("virtual: time did not start")

// putAside sets the flags of package testing to their defaults, in case the program is itself run by go test, and returns
// what sets them back.
func putAside() (restore func()) {
	set := map[string]string{}
	flag.Visit(func(f *flag.Flag) {
		if strings.HasPrefix(f.Name, "test.") {
			set[f.Name] = f.Value.String()
			_ = f.Value.Set(f.DefValue) // every flag takes its default
		}
	})
	return func() {
		for name, value := range set {
			_ = flag.Lookup(name).Value.Set(value) // it was there before
		}
	}
}

// nowhere is a file that takes everything and keeps nothing: os.DevNull, or, in a root without devices, a pipe that is read to its end.
func nowhere() (*os.File, error) {
	f, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err == nil {
		return f, nil
	}
	r, w, wrong := os.Pipe()
	if wrong != nil {
		return nil, err
	}
	go func() {
		defer r.Close()
		_, _ = io.Copy(io.Discard, r)
	}()
	return w, nil
}
