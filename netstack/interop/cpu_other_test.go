//go:build !unix

package interop

import "time"

var began = time.Now()

// cpuTime is the clock where the CPU's time is not known.
func cpuTime() time.Duration { return time.Since(began) }
