//go:build !unix

package lx106

import "time"

var began = time.Now()

// cpuTime is not known here: the clock stands for it.
func cpuTime() time.Duration { return time.Since(began) }
