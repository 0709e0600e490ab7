//go:build unix

package vnet

import "syscall"

// canReadNow tells whether readNow works on this system.
const canReadNow = true

// errWouldWait is readNow's error when nothing has come.
const errWouldWait = syscall.EAGAIN

// readNow reads from a socket what has come, without waiting. 0 without error: the peer has closed.
func readNow(fd uintptr, p []byte) (int, error) {
	for {
		n, err := syscall.Read(int(fd), p)
		if err != syscall.EINTR {
			return n, err
		}
	}
}
