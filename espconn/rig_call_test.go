package espconn_test

import (
	"net/netip"
	"testing"

	"github.com/emu8266/emu8266/espconn"
	"github.com/stretchr/testify/assert"
)

// callRig is an API over a device without a network peer: for calls that need no connection.
type callRig struct {
	*bareEnv
	*espconn.API
}

func newCallRig(p espconn.Profile) *callRig {
	e := newBareEnv()
	return &callRig{e, espconn.New(e, p)}
}

func (rig *callRig) certificates() {
	rig.SecureSetDefaultCertificate([]byte{1})
	rig.SecureSetDefaultPrivateKey([]byte{1})
}

func (rig *callRig) connect() int { return int(rig.SecureConnect(tcp("10.0.0.9", 443, 0))) }

// result runs fn and returns its result, or crashed.
func result(fn func() int) (got int) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(crash); !ok {
				panic(r)
			}
			got = crashed
		}
	}()
	return fn()
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// crashed stands for a fatal exception in the tables of results.
const crashed = 1000

// plainCallRig is a stepRig with one espconn of each kind: a client in SYN_SENT, a server, UDP, and one of each that nobody knows.
type plainCallRig struct {
	*stepRig
	client, server, udp, newTCP, newUDP, invalid *espconn.Espconn
}

func newPlainCallRig(t *testing.T, p espconn.Profile) *plainCallRig {
	rig := &plainCallRig{
		stepRig: newStepRig(t, p), client: tcp("10.0.0.9", 80, 4000), server: tcp("", 0, 80), udp: udpConn("10.0.0.9", 9, 7000),
		newTCP: tcp("10.0.0.9", 80, 4001), newUDP: udpConn("10.0.0.9", 9, 7001), invalid: tcp("10.0.0.9", 80, 1),
	}
	rig.invalid.Type = espconn.TypeInvalid
	assert.Equal(t, espconn.OK, rig.api.Connect(rig.client))
	assert.Equal(t, espconn.OK, rig.api.Accept(rig.server))
	assert.Equal(t, espconn.OK, rig.api.Create(rig.udp))
	return rig
}

// abortAll leaves no connection whose PCB lwIP could take, nor the gaps where they were.
func abortAll(rig *plainCallRig) {
	for _, t := range rig.stack.TCBs() {
		t.Abort()
	}
	for len(rig.heap.gaps) > 1 {
		rig.heap.Alloc(rig.heap.gaps[0].size-blockHead, "ballast")
	}
}

// udpConn returns an espconn of type UDP.
func udpConn(remote string, port, localPort int) *espconn.Espconn {
	u := &espconn.UDP{RemotePort: port, LocalPort: localPort}
	if remote != "" {
		u.RemoteIP = netip.MustParseAddr(remote).As4()
	}
	return &espconn.Espconn{Type: espconn.TypeUDP, Proto: espconn.Proto{UDP: u}}
}
