package chip

import (
	"math"
	"strconv"
	"time"
)

// Span returns a time that something took, as all texts for people have it: "6.25 s", "250 ms", "40 µs". Seconds have two decimals at
// most.
func Span(d time.Duration) string {
	unit, size := " s", time.Second
	switch {
	case d > -time.Millisecond && d < time.Millisecond && d != 0:
		unit, size = " µs", time.Microsecond
	case d > -time.Second && d < time.Second && d != 0:
		unit, size = " ms", time.Millisecond
	}
	const places = 100
	n := math.Round(float64(d)/float64(size)*places) / places
	if size != time.Second {
		n = math.Round(n)
	}
	return strconv.FormatFloat(n, 'f', -1, 64) + unit
}
