package espconn

import (
	"fmt"
	"time"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// Option is a set of espconn_option bits (espconn.md 1.2).
type Option = uint8

// The options of SetOpt and ClearOpt (espconn.md 5.15).
const (
	REUSEADDR  Option = 0x01
	NODELAY    Option = 0x02
	COPY       Option = 0x04
	KEEPALIVE  Option = 0x08
	MANUALRECV Option = 0x10
)

// Levels of SetKeepalive (espconn.md 1.2).
const (
	KEEPIDLE   = 0 // seconds of silence before the first probe, 120 at first
	KEEPINTVL  = 1 // seconds between probes, 10 at first
	KEEPCNT    = 2 // probes without an answer until the connection is given up, 9 at first
	keepLevels = 3
)

// keepDefault is keepalive before anybody sets it.
var keepDefault = [3]int32{120, 10, 9}

// tcpOptions are the options of a connection. They stand in the record of every one; those of a secure connection of mbedTLS, which has
// no PCB, and of a UDP espconn have no effect.
type tcpOptions struct {
	set  Option
	keep [3]int32 // keepalive: idle s, interval s, count
}

// manual tells whether the firmware fetches what came (MANUALRECV).
func (o *tcpOptions) manual(p Profile) bool { return o.set&MANUALRECV != 0 && !p.NoManualRecv }

// apply has TCP do what the options say of keepalive.
func (o *tcpOptions) apply(t *netstack.TCB, on bool) {
	t.SetKeepalive(on, time.Duration(o.keep[KEEPIDLE])*time.Second, time.Duration(o.keep[KEEPINTVL])*time.Second, int(o.keep[KEEPCNT]))
}

// optionTarget finds the options for a call, and the TCB that they act on, if there is one. Whatever the espconn is in use as, as long as
// it says that it is a TCP one (espconn.md 5.15).
func (a *API) optionTarget(c Ref) (*tcpOptions, *netstack.TCB, Err) {
	if e := a.notTCP(c); e != OK {
		return nil, nil, e
	}
	k := a.connOf(c)
	if k == nil {
		return nil, nil, a.unconnected()
	}
	o, t := k.tcpOptions()
	return o, t, OK
}

// SetOpt is espconn_set_opt: options of a connection, to be set in its connect callback or later; they end with it.
// NODELAY switches Nagle off, KEEPALIVE switches keepalive on. ARG for NULL, another type and an espconn without a
// connection (espconn.md 5.15).
func (a *API) SetOpt(c Ref, opt Option) Err {
	return a.call("espconn_set_opt", c, fmt.Sprintf("0x%02x", opt), func() Err {
		o, t, e := a.optionTarget(c)
		if e != OK {
			return e
		}
		o.set |= opt
		if t != nil && o.set&NODELAY != 0 {
			t.SetNagle(false)
		}
		if t != nil && o.set&KEEPALIVE != 0 {
			o.apply(t, true)
		}
		return OK
	})
}

// ClearOpt is espconn_clear_opt. Whatever is cleared, without NODELAY Nagle is switched on, which it is not before
// (espconn.md 5.15). Results as SetOpt.
func (a *API) ClearOpt(c Ref, opt Option) Err {
	return a.call("espconn_clear_opt", c, fmt.Sprintf("0x%02x", opt), func() Err {
		o, t, e := a.optionTarget(c)
		if e != OK {
			return e
		}
		o.set &^= opt
		if t != nil && o.set&KEEPALIVE == 0 {
			o.apply(t, false)
		}
		if t != nil && o.set&NODELAY == 0 {
			t.SetNagle(true)
		}
		return OK
	})
}

// SetKeepalive is espconn_set_keepalive: one figure of keepalive on a connection that has the option KEEPALIVE. ARG for
// NULLs, another type or level, an espconn without a connection, and without the option (espconn.md 5.15).
// Choice: a figure below 0 leaves what TCP has.
func (a *API) SetKeepalive(c Ref, level uint8, optarg *int32) Err {
	return a.keepaliveCall("espconn_set_keepalive", c, level, optarg, func(o *tcpOptions, t *netstack.TCB) {
		o.keep[level] = *optarg
		o.apply(t, true)
	})
}

// GetKeepalive is espconn_get_keepalive: it writes the figure to optarg. Results as SetKeepalive.
func (a *API) GetKeepalive(c Ref, level uint8, optarg *int32) Err {
	return a.keepaliveCall("espconn_get_keepalive", c, level, optarg, func(o *tcpOptions, _ *netstack.TCB) { *optarg = o.keep[level] })
}

// keepaliveCall makes the checks of a keepalive call: with the option and without a TCB nothing is done, and the level does not matter.
func (a *API) keepaliveCall(name string, c Ref, level uint8, optarg *int32, do func(*tcpOptions, *netstack.TCB)) Err {
	return a.call(name, c, fmt.Sprint(level), func() Err {
		if optarg == nil {
			return a.null(theFigure)
		}
		o, t, e := a.optionTarget(c)
		switch {
		case e != OK:
			return e
		case o.set&KEEPALIVE != 0 && t == nil:
			return OK
		case level >= keepLevels:
			return a.because(ARG, boundedtls.Cause{ID: CauseLevel, Have: int(level), Object: "ESPCONN_KEEPIDLE, KEEPINTVL, KEEPCNT"})
		case t == nil && a.secureOf(c) != nil:
			return a.because(ARG, boundedtls.Cause{ID: CauseOnSecure})
		case o.set&KEEPALIVE == 0:
			return a.because(ARG, boundedtls.Cause{ID: CauseNoKeepalive})
		}
		do(o, t)
		return OK
	})
}
