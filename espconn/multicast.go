package espconn

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// IgmpJoin is espconn_igmp_join: what is sent to the multicast group is received, on the interface with the address
// hostIP, or on all for 0.0.0.0. MEM for every failure: no multicast address, 224.0.0.1, no such interface
// (espconn.md 5.19).
func (a *API) IgmpJoin(hostIP, multicastIP [4]byte) Err {
	return a.igmp("espconn_igmp_join", hostIP, multicastIP, a.env.Stack().JoinGroup, CauseGroup)
}

// IgmpLeave is espconn_igmp_leave, which takes one IgmpJoin back. MEM for every failure, as when the group was not joined
// (espconn.md 5.19).
func (a *API) IgmpLeave(hostIP, multicastIP [4]byte) Err {
	return a.igmp("espconn_igmp_leave", hostIP, multicastIP, a.env.Stack().LeaveGroup, CauseNotMember)
}

func (a *API) igmp(name string, hostIP, multicastIP [4]byte, do func(host, group netip.Addr) error, why CauseID) Err {
	host, group := netip.AddrFrom4(hostIP), netip.AddrFrom4(multicastIP)
	return a.call(name, nil, fmt.Sprintf("%v, %v", host, group), func() Err {
		switch err := do(host, group); {
		case err == nil:
			return OK
		case errors.Is(err, netstack.ErrMem):
			return a.noMemory()
		}
		return a.because(MEM, boundedtls.Cause{ID: why, Object: group.String()})
	})
}
