package vnet

import (
	"net"
	"net/netip"
	"slices"
	"syscall"
)

// membership is a host's in one multicast group.
type membership struct {
	wanted int  // joins without a leave
	joined bool // the stack's
}

// JoinGroup makes the host a member of a multicast group: a socket with the datagrams' port then hears what is sent to it, and a peer
// for SSDP or mDNS can be written. The host reports the membership by IGMP at the end of the instant. Each call needs a LeaveGroup.
// syscall.EINVAL for an address that is not an IPv4 group, and for 224.0.0.1, of which every host is a member.
func (h *Host) JoinGroup(group netip.Addr) error {
	h.net.enter()
	defer h.net.mu.Unlock()
	if err := h.joinGroup(group.Unmap()); err != nil {
		return opError("join", "udp", nil, nil, err)
	}
	return nil
}

// LeaveGroup takes one JoinGroup back. syscall.EADDRNOTAVAIL if the host is no member.
func (h *Host) LeaveGroup(group netip.Addr) error {
	h.net.enter()
	defer h.net.mu.Unlock()
	if err := h.leaveGroup(group.Unmap()); err != nil {
		return opError("leave", "udp", nil, nil, err)
	}
	return nil
}

func (h *Host) joinGroup(group netip.Addr) error {
	switch {
	case h.closed:
		return net.ErrClosed
	case !isGroup(group):
		return syscall.EINVAL
	}
	m := h.groups[group]
	if m == nil {
		m = &membership{}
		h.groups[group] = m
	}
	m.wanted++
	h.call()
	return nil
}

func (h *Host) leaveGroup(group netip.Addr) error {
	m := h.groups[group]
	switch {
	case h.closed:
		return net.ErrClosed
	case m == nil || m.wanted == 0:
		return syscall.EADDRNOTAVAIL
	}
	m.wanted--
	h.call()
	return nil
}

// isGroup says whether a host can join the address.
func isGroup(a netip.Addr) bool {
	return a.Is4() && a.IsMulticast() && a != netip.AddrFrom4([4]byte{224, 0, 0, 1})
}

// carryOutGroups joins and leaves, in the order of the groups.
func (h *Host) carryOutGroups() {
	var changed []netip.Addr
	for a, m := range h.groups {
		if m.joined != (m.wanted > 0) {
			changed = append(changed, a)
		} else if !m.joined {
			delete(h.groups, a)
		}
	}
	slices.SortFunc(changed, netip.Addr.Compare)
	for _, a := range changed {
		if m := h.groups[a]; m.wanted > 0 {
			m.joined = h.stack.JoinGroup(netip.Addr{}, a) == nil
		} else {
			_ = h.stack.LeaveGroup(netip.Addr{}, a)
			delete(h.groups, a)
		}
	}
}
