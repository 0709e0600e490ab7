//go:build unix

package fleet

import (
	"runtime"
	"syscall"
	"time"
)

// Usage is what this process has used so far: the processors' time, and the most memory that it has had at once, in bytes.
func Usage() (cpu time.Duration, memory int64) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0, 0
	}
	memory = int64(u.Maxrss)
	if runtime.GOOS != "darwin" && runtime.GOOS != "ios" { // which count bytes; the others kibibytes
		memory *= 1024
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), memory
}

// Descriptors is how many files and sockets this process may have open; 0 if that is not known.
func Descriptors() uint64 {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil {
		return 0
	}
	return uint64(l.Cur)
}
