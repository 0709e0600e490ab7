package engines_test

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/emu8266/emu8266/espconn/badpeer"
)

// addr is an address of the network as the firmware has it in a word.
func addr(last uint32) uint32 { return 10 | last<<24 }

// The peer, and an address where nobody is.
var (
	peerAddr   = addr(7)
	nobodyAddr = addr(99)
)

// generator draws scenarios.
type generator struct {
	*rand.Rand
	s scenario
}

// generate draws the scenario of a seed.
func generate(seed uint64) scenario {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 18))}
	g.s = scenario{Seed: seed, Seconds: 30}
	for range 1 + g.IntN(3) {
		g.s.Servers = append(g.s.Servers, g.server())
	}
	for slot := range uint8(1 + g.IntN(3)) {
		switch g.IntN(10) {
		case 0, 1, 2, 3:
			g.client(slot)
		case 4, 5, 6:
			g.listener(slot)
		case 7, 8:
			g.datagrams(slot)
		default:
			g.lookup(slot)
		}
	}
	for range g.IntN(8) {
		g.anything()
	}
	switch g.IntN(8) {
	case 0:
		g.s.Loss = 0.05
	case 1:
		g.s.Double = 0.2
	case 2:
		g.s.Reorder = 0.2
	}
	if g.IntN(6) == 0 {
		g.s.Heap = 8 * uint32(250+g.IntN(2500))
	}
	switch g.IntN(8) { // last: what was drawn before stays what it was
	case 0:
		g.clock()
	case 1:
		g.service()
	}
	if g.IntN(6) == 0 {
		g.s.Fail = &shortage{At: 4100 + g.IntN(6000), Nth: 1 + g.IntN(30)} // after the reports of IGMP, whose times are drawn
		if g.s.announces() {
			g.s.Fail.At += 12500
		}
	}
	if len(g.s.Steps) > stepsMax {
		g.s.Steps = g.s.Steps[:stepsMax]
	}
	return g.s
}

func (g *generator) one(of ...int) int { return of[g.IntN(len(of))] }

// bytes draws a length: often one at a limit.
func (g *generator) bytes() int {
	switch g.IntN(4) {
	case 0:
		return g.one(0, 1, 2, 255, 256, 512, 536, 1023, 1024, 1025, 1459, 1460, 1461, 1472, 1473, 2048, 2919, 2920, 2921, 4096, 5840, 8192)
	case 1:
		return g.IntN(8193)
	}
	return 1 + g.IntN(600)
}

func (g *generator) server() server {
	kinds := []kind{echo, echo, talks, hangUp, reset, deaf, farewell, half}
	s := server{Kind: kinds[g.IntN(len(kinds))], Bytes: g.bytes(), Delay: g.one(0, 0, 0, 5, 300, 2000)}
	switch g.IntN(6) {
	case 0:
		s.UDP = true
	case 1, 2:
		s.TLS = &peer{Chain: g.one(0, 0, 1500, 2300, 4200)}
		if g.IntN(3) == 0 {
			s.TLS.Behavior = badpeer.Behavior{Record: 1 + g.IntN(6), Then: badpeer.Then(g.IntN(3)),
				Piece: g.one(0, 0, 1, 100, 700), Delay: time.Duration(g.one(0, 0, 1, 50)) * time.Millisecond}
			if s.TLS.Behavior.Piece == 1 {
				s.TLS.Behavior.Delay = 0
			}
		}
	}
	return s
}

func (g *generator) step(s step) { g.s.Steps = append(g.s.Steps, s) }

// begin draws when a slot begins.
func (g *generator) begin() step {
	switch g.IntN(5) {
	case 0:
		return step{When: atTime, Nth: uint16(g.IntN(1000))}
	case 1:
		return step{When: atTime, Nth: uint16(g.IntN(3000))}
	}
	return step{When: onIP, Nth: 1}
}

// client lets a slot connect to a server, and do something with the connection.
func (g *generator) client(slot uint8) {
	n := g.IntN(len(g.s.Servers))
	secure := g.s.Servers[n].TLS != nil != (g.IntN(12) == 0)
	s := g.begin()
	s.Slot, s.Call, s.B, s.C = slot, doConnect, peerAddr, uint32(1000+n)
	switch g.IntN(12) {
	case 0:
		s.B = nobodyAddr
	case 1:
		s.C = 999 // refused
	case 2:
		s.B = 0x08080808
	}
	if g.IntN(4) == 0 {
		s.C |= uint32(5000+g.IntN(3)) << 16
	}
	if secure {
		s.Call = doSecureConnect
		if g.IntN(2) == 0 {
			g.step(step{When: atTime, Nth: 1, Call: doSetSize, Slot: slot, A: uint16(g.one(1, 1, 1, 2, 3)),
				B: uint32(g.one(1, 512, 2048, 4096, 5120, 8192))})
		}
	}
	g.step(s)
	g.talk(slot, secure)
}

// talk lets a connected slot send, and end.
func (g *generator) talk(slot uint8, secure bool) {
	send, end := doSend, doDisconnect
	if secure {
		send, end = doSecureSend, doSecureDisconnect
	}
	option := func(s step) {
		s.Slot, s.From = slot, slot
		g.step(s)
	}
	if g.IntN(3) == 0 {
		option(step{When: onConnect, Nth: 1, Call: doSetOpt, A: uint16(g.one(1, 2, 4, 8, 12, 15, 16))})
	}
	if g.IntN(5) == 0 {
		option(step{When: onConnect, Nth: 1, Call: doRegistTime, A: uint16(g.IntN(2)), B: uint32(g.one(0, 1, 5, 7200))})
	}
	for range g.one(0, 1, 1, 1, 2) {
		option(step{When: onConnect, Nth: 1, Call: send, A: uint16(g.bytes()), B: g.Uint32() % 64})
	}
	for n := range g.IntN(4) {
		option(step{When: onSent, Nth: uint16(n + 1), Call: send, A: uint16(g.bytes()), B: g.Uint32() % 64})
	}
	if g.IntN(4) == 0 {
		option(step{When: onRecv, Nth: uint16(1 + g.IntN(3)), Call: doHold})
		option(step{When: atTime, Nth: uint16(300 + g.IntN(800)), Call: doUnhold})
	}
	switch g.IntN(6) {
	case 0:
		option(step{When: onRecv, Nth: uint16(1 + g.IntN(3)), Call: end})
	case 1:
		option(step{When: onSent, Nth: uint16(1 + g.IntN(3)), Call: end})
	case 2, 3:
		option(step{When: atTime, Nth: uint16(200 + g.IntN(1800)), Call: end})
	case 4:
		option(step{When: atTime, Nth: uint16(200 + g.IntN(1800)), Call: doAbort})
	}
	option(step{When: when(g.one(int(onDisconnect), int(onReconnect))), Nth: 1,
		Call: call(g.one(int(doState), int(doHeap), int(doDelete), int(doConnectionInfo)))})
}

// listener lets a slot listen, and visitors come.
func (g *generator) listener(slot uint8) {
	s := g.begin()
	s.Slot, s.Call, s.A = slot, doAccept, uint16(g.one(80, 80, 81, 8080))
	if s.When == atTime {
		s.Nth %= 1000
	}
	g.step(s)
	if g.IntN(4) == 0 {
		g.step(step{When: onIP, Nth: 1, Call: doRegistTime, Slot: slot, B: uint32(g.one(0, 1, 3, 60, 7201))})
	}
	if g.IntN(5) == 0 {
		g.step(step{When: onIP, Nth: 1, Call: doSetAllow, Slot: slot, A: uint16(g.IntN(7))})
	}
	for n := range 1 + g.IntN(4) {
		v := visitor{At: 2500 + g.IntN(12000), Port: s.A, Stay: g.IntN(9000), Reset: g.IntN(4) == 0}
		for range g.IntN(4) {
			v.Sends = append(v.Sends, max(1, g.bytes()))
		}
		g.s.Visitors = append(g.s.Visitors, v)
		if n < 3 && g.IntN(4) > 0 {
			g.talk(firstClient+uint8(n), false)
		}
	}
	if g.IntN(4) == 0 {
		g.step(step{When: atTime, Nth: uint16(500 + g.IntN(1500)), Call: doDelete, Slot: slot})
	}
}

// datagrams lets a slot exchange datagrams.
func (g *generator) datagrams(slot uint8) {
	s := g.begin()
	n := g.IntN(len(g.s.Servers))
	s.Slot, s.Call, s.A, s.B, s.C = slot, doCreate, uint16(5000+g.IntN(3)), peerAddr, uint32(1000+n)
	if g.IntN(8) == 0 {
		s.B = nobodyAddr
	}
	g.step(s)
	for range 1 + g.IntN(3) {
		send := call(g.one(int(doSendto), int(doSend)))
		g.step(step{When: atTime, Nth: uint16(250 + g.IntN(1000)), Call: send, Slot: slot, A: uint16(g.bytes())})
	}
	if g.IntN(3) == 0 {
		g.step(step{When: onSent, From: slot, Nth: 1, Call: doSendto, Slot: slot, A: uint16(g.bytes())})
	}
	if g.IntN(3) == 0 {
		g.step(step{When: atTime, Nth: uint16(500 + g.IntN(1500)), Call: doDelete, Slot: slot})
	}
}

// lookup lets a slot look a name up.
func (g *generator) lookup(slot uint8) {
	for range 1 + g.IntN(3) {
		s := g.begin()
		s.Slot, s.Call, s.A = slot, doLookup, uint16(g.IntN(5))
		g.step(s)
	}
}

// clock lets the device ask for the time, one who answers or nobody.
func (g *generator) clock() {
	if g.IntN(3) > 0 {
		g.s.Servers = append(g.s.Servers, server{Kind: clock, UDP: true, Delay: g.one(0, 0, 5, 900, 14000, 16000)})
	}
	at := uint16(20 + g.IntN(600))
	for i := range 1 + g.IntN(3) {
		g.step(step{Nth: at, Call: doSNTPName, A: uint16(i), B: uint32(g.one(0, 0, 1, 2, 2, 4))})
	}
	g.step(step{Nth: at, Call: doSNTPInit})
	g.step(step{Nth: at + uint16(g.IntN(300)), Call: doSNTPTime})
	if g.IntN(3) == 0 {
		g.step(step{Nth: at + uint16(g.IntN(500)), Call: doSNTPStop})
	}
	if g.IntN(4) == 0 {
		g.step(step{Nth: at + uint16(g.IntN(900)), Call: doSNTPInit})
	}
	g.step(step{Nth: 2800, Call: doSNTPTime})
}

// announces says whether the device may join mDNS's group.
func (s *scenario) announces() bool {
	return slices.ContainsFunc(s.Steps, func(x step) bool { return x.Call == doMdnsInit || x.Call == doMdnsRegister })
}

// service lets the device announce itself by mDNS, and others ask for it.
func (g *generator) service() {
	at := uint16(210 + g.IntN(300))
	begin := step{Nth: at, Call: doMdnsInit, A: uint16(g.one(80, 8080)), B: g.Uint32() % 2, C: g.Uint32() % 3}
	g.step(begin)
	for range g.IntN(4) {
		g.s.Queries = append(g.s.Queries, 2500+g.IntN(15000))
	}
	for range g.IntN(3) {
		g.step(step{Nth: at + uint16(g.IntN(800)), Call: call(g.one(int(doMdnsEnable), int(doMdnsDisable), int(doMdnsRegister),
			int(doMdnsUnregister), int(doMdnsClose)))})
	}
	if g.IntN(3) == 0 {
		begin.Nth += uint16(g.IntN(900))
		g.step(begin)
	}
}

// anything does something at any time, whatever the state.
func (g *generator) anything() {
	s := step{Slot: uint8(g.one(0, 0, 0, 1, 1, 2, 3, 8, 8, 9)), A: uint16(g.bytes()), B: peerAddr, C: uint32(1000 + g.IntN(3))}
	switch g.IntN(3) {
	case 0:
		s.When, s.Nth = atTime, uint16(g.IntN(2500))
	default:
		s.When, s.From, s.Nth = when(1+g.IntN(int(onDNS))), uint8(g.one(0, 0, 1, 2, 8, 9)), uint16(1+g.IntN(3))
		if s.When == onIP {
			s.From, s.Nth = 0, 1
		}
	}
	s.Call = call(1 + g.IntN(int(doState)))
	switch s.Call {
	case doRegistTime:
		s.A, s.B = uint16(g.IntN(2)), uint32(g.IntN(20))
	case doSetOpt, doClearOpt:
		s.A = uint16(g.IntN(32))
	case doSetKeepalive, doGetKeepalive:
		s.A, s.B = uint16(g.IntN(4)), uint32(g.IntN(20))
	case doSetMaxCon, doSetAllow:
		s.A = uint16(g.IntN(12))
	case doSetSize, doGetSize, doVerify, doNoVerify:
		s.A, s.B = uint16(g.IntN(5)), uint32(g.one(0, 1, 512, 2048, 4096, 8192, 8193))
	case doAccept, doSecureAccept:
		s.A = uint16(g.one(80, 81, 82))
	case doMalloc:
		s.A = uint16(1000 + g.IntN(30000))
	}
	g.step(s)
}
