//go:build unix

package boundedtls_test

import (
	"syscall"
	"time"
)

// cpuTime returns the CPU time that the process has used: other programs on the machine do not count.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
