package espconn

import (
	"fmt"
	"time"
)

// Levels of SetKeepalive (espconn.md 1.2).
const (
	KEEPIDLE   = 0 // seconds of silence before the first probe, 120 at first
	KEEPINTVL  = 1 // seconds between probes, 10 at first
	KEEPCNT    = 2 // probes without an answer until the connection is given up, 9 at first
	keepLevels = 3
)

// optionTarget finds the connection of an option call. The second result is false when the call ends with ARG; a nil link
// then stands for a secure connection, on which options have no effect.
func (a *API) optionTarget(c Ref, name string) (*link, bool) {
	if isNull(c) || c.Load().Type != TypeTCP {
		return nil, false
	}
	if a.find(c) != nil {
		return nil, !a.mixed(c, name, false)
	}
	l := a.link(c)
	return l, l != nil
}

// SetOpt is espconn_set_opt: options of a connection, to be set in its connect callback or later; they end with it.
// NODELAY switches Nagle off, KEEPALIVE switches keepalive on. ARG for NULL, another type and an espconn without a
// connection (espconn.md 5.15).
func (a *API) SetOpt(c Ref, opt Option) Err {
	const name = "espconn_set_opt"
	return a.call(name, c, fmt.Sprintf("0x%02x", opt), func() Err {
		l, ok := a.optionTarget(c, name)
		switch {
		case !ok:
			return ARG
		case l == nil:
			return OK
		}
		l.options |= opt
		if l.tcb == nil {
			return OK
		}
		if l.options&NODELAY != 0 {
			l.tcb.SetNagle(false)
		}
		if l.options&KEEPALIVE != 0 {
			l.keepalive(true)
		}
		return OK
	})
}

// ClearOpt is espconn_clear_opt. Whatever is cleared, without NODELAY Nagle is switched on, which it is not before
// (espconn.md 5.15). Results as SetOpt.
func (a *API) ClearOpt(c Ref, opt Option) Err {
	const name = "espconn_clear_opt"
	return a.call(name, c, fmt.Sprintf("0x%02x", opt), func() Err {
		l, ok := a.optionTarget(c, name)
		switch {
		case !ok:
			return ARG
		case l == nil:
			return OK
		}
		l.options &^= opt
		if l.tcb == nil {
			return OK
		}
		if l.options&KEEPALIVE == 0 {
			l.keepalive(false)
		}
		if l.options&NODELAY == 0 {
			l.tcb.SetNagle(true)
		}
		return OK
	})
}

func (l *link) keepalive(on bool) {
	l.tcb.SetKeepalive(on, time.Duration(l.keep[KEEPIDLE])*time.Second, time.Duration(l.keep[KEEPINTVL])*time.Second, int(l.keep[KEEPCNT]))
}

// SetKeepalive is espconn_set_keepalive: one figure of keepalive on a connection that has the option KEEPALIVE. ARG for
// NULLs, another type or level, an espconn without a connection, and without the option (espconn.md 5.15).
// Choice: a figure below 1 leaves what TCP has.
func (a *API) SetKeepalive(c Ref, level uint8, optarg *int32) Err {
	return a.keepaliveCall("espconn_set_keepalive", c, level, optarg, func(l *link) {
		l.keep[level] = *optarg
		if l.tcb != nil {
			l.keepalive(true)
		}
	})
}

// GetKeepalive is espconn_get_keepalive: it writes the figure to optarg. Results as SetKeepalive.
func (a *API) GetKeepalive(c Ref, level uint8, optarg *int32) Err {
	return a.keepaliveCall("espconn_get_keepalive", c, level, optarg, func(l *link) { *optarg = l.keep[level] })
}

func (a *API) keepaliveCall(name string, c Ref, level uint8, optarg *int32, do func(*link)) Err {
	return a.call(name, c, fmt.Sprint(level), func() Err {
		if optarg == nil || level >= keepLevels {
			return ARG
		}
		l, ok := a.optionTarget(c, name)
		if !ok || l == nil || l.options&KEEPALIVE == 0 {
			return ARG
		}
		do(l)
		return OK
	})
}
