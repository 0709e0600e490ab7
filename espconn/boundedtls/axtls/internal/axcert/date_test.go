package axcert

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestCalendar: the seconds of the device's calendar, as it prints them, beside the true ones (axtls.md 10).
func TestCalendar(t *testing.T) {
	for _, c := range []struct {
		y, m, d int
		off     int64  // days
		printed uint32 // 0: not measured
	}{
		{1950, 1, 1, 1, 3663901696}, {1964, 1, 1, 1, 0}, {1965, 1, 1, 0, 0}, {1966, 1, 1, 1, 0}, {1969, 12, 31, 0, 0}, {1970, 1, 1, 0, 0},
		{1972, 2, 29, 0, 0}, {1972, 3, 1, 0, 0}, {2038, 1, 19, 0, 0}, {2100, 2, 28, 0, 0}, {2101, 1, 1, 1, 0}, {2130, 1, 1, 1, 754248704},
		{2201, 1, 1, 2, 0},
	} {
		got := seconds(c.y, c.m, c.d, 0, 0, 0)
		want := time.Date(c.y, time.Month(c.m), c.d, 0, 0, 0, 0, time.UTC).Unix() + c.off*24*60*60
		assert.Equal(t, want, got, "%d-%02d-%02d", c.y, c.m, c.d)
		if c.printed != 0 {
			assert.Equal(t, c.printed, uint32(got))
		}
	}
	// The true calendar agrees from 1969 to February 2100.
	for d := time.Date(1969, 1, 1, 12, 0, 0, 0, time.UTC); d.Year() < 2100; d = d.AddDate(0, 0, 1) {
		if got := seconds(d.Year(), int(d.Month()), d.Day(), 12, 0, 0); got != d.Unix() {
			t.Fatalf("%v: %d, true %d", d, got, d.Unix())
		}
	}
}

// TestDatesAtTheEdges: the first and the last second of a certificate count (axtls.md 3).
func TestDatesAtTheEdges(t *testing.T) {
	c := &Certificate{NotBefore: 100, NotAfter: 200}
	for now, want := range map[uint32]Fault{99: NotYetValid, 100: OK, 150: OK, 200: OK, 201: Expired} {
		for _, wrap := range []bool{false, true} {
			k := Check{Wrap32: wrap}
			assert.Equal(t, want, k.dates(c, now), "at %d", now)
		}
	}
}
