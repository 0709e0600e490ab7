package cabi

import "github.com/emu8266/emu8266/espconn"

// kept reports a struct of the program whose address the SDK keeps beyond the call, where it is a local variable: its function returns
// before the SDK is through with it (sdk-surface.md, Lifetime of structs).
func (s *SDK) kept(p uint32, function, what string) {
	if p >= s.program.StackLow && p < s.program.StackHigh {
		s.board.Finding(espconn.RuleKeptStack, "%s with a local variable: %s", function, what)
	}
}

// keepsConn is a function that takes an espconn and after which the SDK keeps its address.
func keepsConn(name string, fn func(*SDK, *Args) uint32) Function {
	return Function{"p", func(s *SDK, a *Args) uint32 {
		s.keptConn(a.u32(0), name)
		return fn(s, a)
	}}
}

// keptConn is kept for an espconn and what its proto points at.
func (s *SDK) keptConn(p uint32, function string) {
	if s.conn(p) == nil {
		return
	}
	s.kept(p, function, "struct espconn")
	b := s.read(p, connSize)
	if proto := order.Uint32(b[connProto:]); proto != 0 {
		what := "esp_tcp"
		if espconn.Type(order.Uint32(b)) == espconn.TypeUDP {
			what = "esp_udp"
		}
		s.kept(proto, function, what)
	}
}

// freeing reports a block that the program frees or moves while the SDK uses what lies in it.
func (s *SDK) freeing(p, n uint32, function string) {
	inside := func(at uint32) bool { return at >= p && at < p+n }
	for at := range s.timers {
		if inside(at) {
			s.board.Finding(espconn.RuleKeptFreed, "%s of a block of %d bytes in which an armed timer lies", function, n)
			break
		}
	}
	for _, t := range s.tasks {
		if t.queue != 0 && inside(t.queue) {
			s.board.Finding(espconn.RuleKeptFreed, "%s of a block of %d bytes in which a task's queue lies", function, n)
		}
	}
}
