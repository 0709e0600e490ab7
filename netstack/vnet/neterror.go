package vnet

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"

	"github.com/emu8266/emu8266/netstack"
)

// errNetworkClosed is what calls on a closed network give.
var errNetworkClosed = &net.OpError{Op: "use", Net: "vnet", Err: net.ErrClosed}

// timeoutError is the error of a dial whose context ran out, with the text and the behaviour of package net's.
type timeoutError struct{}

func (timeoutError) Error() string   { return "i/o timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }
func (timeoutError) Is(target error) bool {
	return target == context.DeadlineExceeded || target == os.ErrDeadlineExceeded
}

// isRefused says that the peer of a UDP socket has answered port unreachable.
func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// contextError turns a context's error into what package net returns for it.
func contextError(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return timeoutError{}
	}
	return ctx.Err()
}

// socketError turns an engine's error into the one a real socket gives for it in the system call call.
func socketError(call string, err error) error {
	var number syscall.Errno
	switch {
	case errors.Is(err, netstack.ErrReset):
		number = syscall.ECONNRESET
		if call == "connect" {
			number = syscall.ECONNREFUSED
		}
	case errors.Is(err, netstack.ErrAborted), errors.Is(err, netstack.ErrTimeout):
		number = syscall.ETIMEDOUT
	case errors.Is(err, netstack.ErrRoute):
		number = syscall.EHOSTUNREACH
	case errors.Is(err, netstack.ErrInUse):
		number = syscall.EADDRINUSE
	case errors.Is(err, netstack.ErrMem):
		number = syscall.ENOBUFS
	case errors.Is(err, netstack.ErrClosed):
		return net.ErrClosed
	default:
		return err
	}
	return os.NewSyscallError(call, number)
}

// opError wraps an error as package net does: io.EOF stays bare.
func opError(op, network string, source, addr net.Addr, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: network, Source: source, Addr: addr, Err: err}
}

func tcpAddr(a netip.AddrPort) net.Addr {
	if !a.IsValid() {
		return nil
	}
	return net.TCPAddrFromAddrPort(a)
}

func udpAddr(a netip.AddrPort) net.Addr {
	if !a.IsValid() {
		return nil
	}
	return net.UDPAddrFromAddrPort(a)
}
