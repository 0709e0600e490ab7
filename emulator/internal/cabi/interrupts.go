package cabi

// interruptFunctions are ets_sys.h's interrupts.
var interruptFunctions = map[string]Function{
	"ets_isr_attach": {"ifi", func(s *SDK, a *Args) uint32 {
		s.attach(a.u32(0), a.u32(1), a.u32(2))
		return 0
	}},
	"ets_isr_mask": {"i", func(s *SDK, a *Args) uint32 {
		s.sdk.EtsIsrMask(a.u32(0))
		return 0
	}},
	"ets_isr_unmask": {"i", func(s *SDK, a *Args) uint32 {
		s.sdk.EtsIsrUnmask(a.u32(0))
		return 0
	}},
	"ets_intr_lock": {"", func(s *SDK, _ *Args) uint32 {
		s.setLevel(lockedLevel)
		return 0
	}},
	"ets_intr_unlock": {"", func(s *SDK, _ *Args) uint32 {
		s.setLevel(0)
		return 0
	}},
	// What ets_isr_attach, ets_isr_mask and ets_isr_unmask call (sdk-surface.md, ROM functions).
	"_xtos_set_interrupt_handler_arg": {"ifi", func(s *SDK, a *Args) uint32 { return s.attach(a.u32(0), a.u32(1), a.u32(2)) }},
	"_xtos_set_interrupt_handler":     {"if", func(s *SDK, a *Args) uint32 { return s.attach(a.u32(0), a.u32(1), a.u32(0)) }},
	"_xtos_ints_off": {"i", func(s *SDK, a *Args) uint32 {
		s.sdk.EtsIsrMask(a.u32(0))
		return 0
	}},
	"_xtos_ints_on": {"i", func(s *SDK, a *Args) uint32 {
		s.sdk.EtsIsrUnmask(a.u32(0))
		return 0
	}},
	"_xtos_set_intlevel":     {"i", func(s *SDK, a *Args) uint32 { return s.setLevel(a.u32(0)) }},
	"_xtos_restore_intlevel": {"i", func(s *SDK, a *Args) uint32 { return s.setLevel(a.u32(0)) }},
	"_xtos_set_min_intlevel": {"i", func(s *SDK, a *Args) uint32 { return s.setLevel(max(a.u32(0)&15, s.system.level)) }},
	"NmiTimSetFunc": {"f", func(s *SDK, a *Args) uint32 {
		f := a.u32(0)
		if f == 0 {
			s.sdk.NmiTimSetFunc(nil)
			return 0
		}
		s.sdk.NmiTimSetFunc(func() { s.callback(f) })
		return 0
	}},
}

// attach makes f the handler of an interrupt, NULL takes it away. It returns the handler of before.
func (s *SDK) attach(n, f, arg uint32) (before uint32) {
	if n >= uint32(len(s.system.handlers)) {
		return 0
	}
	before, s.system.handlers[n] = s.system.handlers[n], f
	if f == 0 {
		s.board.AttachInterrupt(int(n), nil)
		return before
	}
	s.board.AttachInterrupt(int(n), func() { s.callback(f, arg) })
	return before
}

// lockedLevel is above all interrupts but the NMI. Choice: which of the levels ets_intr_lock sets.
const lockedLevel = 1

// setLevel keeps interrupts of this level and below waiting, of which the low 4 bits count, and returns the level of before as it stands in
// the processor's PS, which is what _xtos_restore_intlevel is given. All interrupts but the NMI are of level 1 (lx106.md 9.1).
func (s *SDK) setLevel(level uint32) (ps uint32) {
	const userMode = 1 << 5
	ps, s.system.level = s.system.level|userMode, level&15
	if s.system.level > 0 {
		s.sdk.EtsIntrLock()
	} else {
		s.sdk.EtsIntrUnlock()
	}
	return ps
}
