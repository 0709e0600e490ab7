//go:build unix

package vnet

import (
	"flag"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fleetDevices is the size of TestFleetScale's larger fleet.
var fleetDevices = flag.Int("fleet", 300, "devices of TestFleetScale; the goals are stated for 2000")

// cpuTime is what the process has computed so far: a figure that other programs on the machine change less than the time of day.
func cpuTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestFleetScale runs ten virtual minutes of one echo every ten seconds with 100 devices and with -fleet devices, checks every byte, and
// reports what a device costs. Times are reported, never asserted.
func TestFleetScale(t *testing.T) {
	var base time.Duration
	for _, devices := range []int{100, *fleetDevices} {
		runtime.GC()
		start, cpu := time.Now(), cpuTime(t)
		_, stats := fleet(t, devices, time.Millisecond)
		wall, cpu := time.Since(start), cpuTime(t)-cpu
		each := cpu / time.Duration(devices)
		if base == 0 {
			base = each
		}
		t.Logf("%d devices: %v, %v of CPU, %v of CPU a device (%.2fx), %d frames, %d delivered", devices, wall.Round(time.Millisecond),
			cpu.Round(time.Millisecond), each.Round(time.Microsecond), float64(each)/float64(base), stats.Frames, stats.Delivered)
	}
}
