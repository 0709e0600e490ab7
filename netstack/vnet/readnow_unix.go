//go:build unix

package vnet

import "syscall"

// canReadNow tells whether readNow works on this system.
const canReadNow = true

// errWouldWait is readNow's error when nothing has come.
const errWouldWait = syscall.EAGAIN

// resetNow tells whether the peer of a socket has reset it, or it is broken otherwise, also when a read says that it has been closed.
func resetNow(fd uintptr) bool {
	code, err := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_ERROR)
	return err == nil && code != 0
}

// readNow reads from a socket what has come, without waiting. 0 without error: the peer has closed.
func readNow(fd uintptr, p []byte) (int, error) {
	for {
		n, err := syscall.Read(int(fd), p)
		if err != syscall.EINTR {
			return n, err
		}
	}
}
