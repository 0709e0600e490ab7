package soc

import (
	"strconv"

	"github.com/emu8266/emu8266/emulator/trace"
)

// failedCall is an order that a call does nothing.
type failedCall struct {
	n      int // how many calls are left until it
	result int32
}

// FailCall lets the n-th call from now of a function do nothing and return result; n of 0 takes the orders for it back.
func (d *Device) FailCall(function string, result int32, n int) {
	_ = d.Do(func() {
		if n <= 0 {
			delete(d.failCalls, function)
			return
		}
		if d.failCalls == nil {
			d.failCalls = map[string][]failedCall{}
		}
		d.failCalls[function] = append(d.failCalls[function], failedCall{n, result})
	})
}

// CallsFail reports whether there are such orders.
func (m *System) CallsFail() bool { return len(m.d.failCalls) > 0 }

// FailedCall says whether this call is the one that an order means. Where several mean it the first counts.
func (m *System) FailedCall(function string) (result int32, failed bool) {
	orders := m.d.failCalls[function]
	left := orders[:0]
	for _, o := range orders {
		if o.n--; o.n > 0 {
			left = append(left, o)
		} else if !failed {
			result, failed = o.result, true
		}
	}
	if len(orders) > 0 && len(left) == 0 {
		delete(m.d.failCalls, function)
	} else if len(orders) > 0 {
		m.d.failCalls[function] = left
	}
	if failed {
		at := m.CallSite()
		m.Note(trace.Event{Source: trace.SourceAPI, Kind: trace.KindCall, Name: function, Where: at, Text: "made to fail"})
		m.Note(trace.Event{Source: trace.SourceAPI, Kind: trace.KindReturn, Name: function, Where: at, Text: strconv.Itoa(int(result)),
			Value: int64(result)})
	}
	return result, failed
}
