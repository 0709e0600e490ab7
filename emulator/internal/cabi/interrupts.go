package cabi

// interruptFunctions are ets_sys.h's interrupts.
var interruptFunctions = map[string]Function{
	"ets_isr_attach": {"ifi", func(s *SDK, a *Args) uint32 {
		n, f, arg := a.u32(0), a.u32(1), a.u32(2)
		if n > 15 {
			return 0
		}
		if f == 0 {
			s.board.AttachInterrupt(int(n), nil)
			return 0
		}
		s.board.AttachInterrupt(int(n), func() { s.callback(f, arg) })
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
		s.sdk.EtsIntrLock()
		return 0
	}},
	"ets_intr_unlock": {"", func(s *SDK, _ *Args) uint32 {
		s.sdk.EtsIntrUnlock()
		return 0
	}},
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
