package sdk

// EtsIsrAttach sets the handler of an interrupt, IntGPIO for instance; nil takes it away. It runs at interrupt level: it
// may interrupt a callback in os_delay_us, and is never interrupted itself, but for the NMI. Numbers above 15 are ignored.
func (s *SDK) EtsIsrAttach(n int, handler func()) { s.board.AttachInterrupt(n, handler) }

// EtsIsrMask keeps the interrupts of a mask of 1<<number waiting.
func (s *SDK) EtsIsrMask(mask uint32) { s.board.EtsIsrMask(mask) }

// EtsIsrUnmask lets the interrupts of a mask of 1<<number in. Those that wait run at once.
func (s *SDK) EtsIsrUnmask(mask uint32) { s.board.EtsIsrUnmask(mask) }

// EtsIntrLock keeps all interrupts waiting, but for the NMI. Calls are not counted.
func (s *SDK) EtsIntrLock() { s.board.EtsIntrLock() }

// EtsIntrUnlock ends EtsIntrLock. Interrupts that wait run at once.
func (s *SDK) EtsIntrUnlock() { s.board.EtsIntrUnlock() }

// NmiTimSetFunc makes fn the handler of FRC1 as a non-maskable interrupt, which no lock holds back and which interrupts
// other handlers; nil ends that.
func (s *SDK) NmiTimSetFunc(fn func()) { s.board.NmiTimSetFunc(fn) }
