package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// twiceAfter is how long after the first Ctrl-C or SIGTERM another one counts as a second one: some programs, such as timeout,
// send it twice. Choice.
const twiceAfter = time.Second

// leaveMax is how long a command may take to end by itself. Choice.
const leaveMax = 10 * time.Second

// interrupts are Ctrl-C, SIGTERM, and a reader of our output that has gone away: whatever the command is at, it has to end.
// Commands that can end by themselves take a context; the others are ended here, as soon as no file is half written.
var interrupts struct {
	sync.Mutex
	out    io.Writer // our own words
	taken  bool      // the command ends by itself
	cancel context.CancelFunc
	first  time.Time // when the first one came
	reads  int       // of input files under way, which may wait for ever: for the writer of a pipe; an output may for its reader
}

// reads says that a file is being read or opened, until what it returns is called: an interruption ends the process meanwhile, as
// nothing has begun yet.
func reads() (done func()) {
	count := func(n int) {
		interrupts.Lock()
		defer interrupts.Unlock()
		interrupts.reads += n
	}
	count(1)
	return func() { count(-1) }
}

// readerGoes tells that a reader of our output has gone. Who writes may do so in virtual time; what ends the command must not.
var readerGoes = make(chan struct{}, 1)

// writing is held while a command writes a file, or several that belong together: nothing but a second Ctrl-C ends the process
// meanwhile.
var writing sync.Mutex

// watchInterrupts begins to listen. What is said of an interruption goes to out.
func watchInterrupts(out io.Writer) {
	interrupts.Lock()
	interrupts.out = out
	interrupts.Unlock()
	ignorePipes()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		for {
			select {
			case <-signals:
				go interrupt("emu8266: interrupted\n")
			case <-readerGoes:
				go interrupt("")
			}
		}
	}()
}

// interruptible returns a context that ends with an interruption. A second one ends the process.
func interruptible() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	ctx.Done() // makes its channel here: one that is made in virtual time cannot be closed from outside
	interrupts.Lock()
	defer interrupts.Unlock()
	interrupts.taken, interrupts.cancel = true, cancel
	return ctx, func() {
		interrupts.Lock()
		defer interrupts.Unlock()
		interrupts.taken = false // what is left is the end of the command
		cancel()
	}
}

// endsByItself says that the command was one that ends by itself when it is interrupted, and says so with its exit code.
func endsByItself() bool {
	interrupts.Lock()
	defer interrupts.Unlock()
	return interrupts.cancel != nil
}

// awaitsInput gives a command time to end by itself, leaveMax at most, and reports whether it went on to wait for a file instead, because
// the interruption came just before it began to: for a second without a break.
func awaitsInput() bool {
	const step = leaveMax / 100
	waits := time.Duration(0)
	for range leaveMax / step {
		time.Sleep(step)
		interrupts.Lock()
		if waits += step; interrupts.reads == 0 {
			waits = 0
		}
		interrupts.Unlock()
		if waits >= time.Second {
			return true
		}
	}
	return false
}

// interrupt ends the command. Where it cannot end by itself, text says why the process does.
func interrupt(text string) {
	interrupts.Lock()
	out, taken, cancel, first := interrupts.out, interrupts.taken && interrupts.reads == 0, interrupts.cancel, interrupts.first
	if first.IsZero() {
		interrupts.first = time.Now()
	}
	interrupts.Unlock()
	switch {
	case first.IsZero() && taken:
		cancel()
		if !awaitsInput() { // the process ends before that
			text = fmt.Sprintf("emu8266: interrupted, and did not end within %v\n", leaveMax)
		}
	case first.IsZero():
		writing.Lock()
	case time.Since(first) < twiceAfter:
		return
	}
	fmt.Fprint(out, text)
	os.Exit(exitFailed)
}
