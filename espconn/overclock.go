package espconn

// overclock raises the CPU to 160 MHz for a handshake, or sets it back after one that succeeded: after a failed one it
// stays there (tls.md 5.8). Env.Overclock hears of it if there is one.
func (a *API) overclock(on bool) {
	if c, ok := a.env.(interface{ Overclock(on bool) }); ok {
		c.Overclock(on)
	}
}
