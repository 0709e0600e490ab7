//go:build !unix

package fleet

import "time"

// Usage is what this process has used so far; zeros: not known here.
func Usage() (cpu time.Duration, memory int64) { return 0, 0 }

// Descriptors is how many files and sockets this process may have open; 0: not known here.
func Descriptors() uint64 { return 0 }
