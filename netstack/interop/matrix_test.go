package interop

import (
	"net/netip"
	"testing"
)

// gVisor's stack: every scenario, both roles, with the device's and with the host's profile.
func TestGvisor(t *testing.T) {
	l := newTestbed(t)
	l.peer = attachGvisor(t, l.net, netip.MustParseAddr("10.9.0.1"))
	t.Run("matrix", l.matrix)
	judge(t, l)
}
