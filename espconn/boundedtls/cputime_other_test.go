//go:build !unix

package boundedtls_test

import "time"

var processStart = time.Now()

// cpuTime is the time that has passed, for lack of a portable count of CPU time.
func cpuTime() time.Duration { return time.Since(processStart) }
