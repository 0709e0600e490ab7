package virtual

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// ErrRunning says that virtual time runs already: it runs once at a time, and not inside itself.
var ErrRunning = errors.New("virtual: time runs already")

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

	result := errors.New("virtual: time did not start")
	stdout := os.Stdout
	code := func() int {
		os.Stdout = quiet // testing prints what came of its tests
		defer func() { os.Stdout = stdout }()
		return testing.MainStart(noTests{}, []testing.InternalTest{{Name: "virtual", F: func(t *testing.T) {
			os.Stdout = stdout
			defer func() { os.Stdout = quiet }()
			synctest.Test(t, func(*testing.T) { result = fn() })
		}}}, nil, nil, nil).Run()
	}()
	if code != 0 && result == nil {
		result = fmt.Errorf("virtual: time ended with code %d", code)
	}
	return result
}

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
