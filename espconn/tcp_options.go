package espconn

import (
	"fmt"
	"time"

	"github.com/emu8266/emu8266/espconn/boundedtls"
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

// optionTarget finds the connection of an option call. A nil connection with OK stands for a secure one, on which options have no
// effect.
func (a *API) optionTarget(c Ref) (*plainConn, Err) {
	if e := a.notTCP(c); e != OK {
		return nil, e
	}
	if a.secureOf(c) != nil {
		return nil, OK
	}
	pc := a.plainOf(c)
	if pc == nil {
		return nil, a.unconnected()
	}
	return pc, OK
}

// SetOpt is espconn_set_opt: options of a connection, to be set in its connect callback or later; they end with it.
// NODELAY switches Nagle off, KEEPALIVE switches keepalive on. ARG for NULL, another type and an espconn without a
// connection (espconn.md 5.15).
func (a *API) SetOpt(c Ref, opt Option) Err {
	return a.call("espconn_set_opt", c, fmt.Sprintf("0x%02x", opt), func() Err {
		pc, e := a.optionTarget(c)
		switch {
		case e != OK:
			return e
		case pc == nil:
			return OK
		}
		pc.options |= opt
		if pc.tcb == nil {
			return OK
		}
		if pc.options&NODELAY != 0 {
			pc.tcb.SetNagle(false)
		}
		if pc.options&KEEPALIVE != 0 {
			pc.keepalive(true)
		}
		return OK
	})
}

// ClearOpt is espconn_clear_opt. Whatever is cleared, without NODELAY Nagle is switched on, which it is not before
// (espconn.md 5.15). Results as SetOpt.
func (a *API) ClearOpt(c Ref, opt Option) Err {
	return a.call("espconn_clear_opt", c, fmt.Sprintf("0x%02x", opt), func() Err {
		pc, e := a.optionTarget(c)
		switch {
		case e != OK:
			return e
		case pc == nil:
			return OK
		}
		pc.options &^= opt
		if pc.tcb == nil {
			return OK
		}
		if pc.options&KEEPALIVE == 0 {
			pc.keepalive(false)
		}
		if pc.options&NODELAY == 0 {
			pc.tcb.SetNagle(true)
		}
		return OK
	})
}

func (pc *plainConn) keepalive(on bool) {
	pc.tcb.SetKeepalive(on, time.Duration(pc.keep[KEEPIDLE])*time.Second, time.Duration(pc.keep[KEEPINTVL])*time.Second,
		int(pc.keep[KEEPCNT]))
}

// SetKeepalive is espconn_set_keepalive: one figure of keepalive on a connection that has the option KEEPALIVE. ARG for
// NULLs, another type or level, an espconn without a connection, and without the option (espconn.md 5.15).
// Choice: a figure below 1 leaves what TCP has.
func (a *API) SetKeepalive(c Ref, level uint8, optarg *int32) Err {
	return a.keepaliveCall("espconn_set_keepalive", c, level, optarg, func(pc *plainConn) {
		pc.keep[level] = *optarg
		if pc.tcb != nil {
			pc.keepalive(true)
		}
	})
}

// GetKeepalive is espconn_get_keepalive: it writes the figure to optarg. Results as SetKeepalive.
func (a *API) GetKeepalive(c Ref, level uint8, optarg *int32) Err {
	return a.keepaliveCall("espconn_get_keepalive", c, level, optarg, func(pc *plainConn) { *optarg = pc.keep[level] })
}

func (a *API) keepaliveCall(name string, c Ref, level uint8, optarg *int32, do func(*plainConn)) Err {
	return a.call(name, c, fmt.Sprint(level), func() Err {
		switch {
		case optarg == nil:
			return a.null(theFigure)
		case level >= keepLevels:
			return a.because(ARG, boundedtls.Cause{ID: CauseLevel, Have: int(level), Object: "ESPCONN_KEEPIDLE, KEEPINTVL, KEEPCNT"})
		}
		pc, e := a.optionTarget(c)
		switch {
		case e != OK:
			return e
		case pc == nil:
			return a.because(ARG, boundedtls.Cause{ID: CauseOnSecure})
		case pc.options&KEEPALIVE == 0:
			return a.because(ARG, boundedtls.Cause{ID: CauseNoKeepalive})
		}
		do(pc)
		return OK
	})
}
