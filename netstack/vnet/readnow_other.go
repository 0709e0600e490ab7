//go:build !unix

package vnet

import "errors"

// canReadNow tells whether readNow works on this system. Choice: elsewhere clients of a forwarded port may reach the device in
// another order than they came, when they come within microseconds.
const canReadNow = false

var errWouldWait = errors.New("vnet: nothing has come")

func resetNow(uintptr) bool { return false }

func readNow(uintptr, []byte) (int, error) { return 0, errWouldWait }
