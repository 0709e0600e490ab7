//go:build unix

package main

import (
	"errors"
	"os/signal"
	"syscall"
)

// ignorePipes lets writes to a reader that has gone fail; without it they end the process, its files half written.
func ignorePipes() { signal.Ignore(syscall.SIGPIPE) }

// readerGone says that err is that of a write whose reader has gone.
func readerGone(err error) bool { return errors.Is(err, syscall.EPIPE) }
