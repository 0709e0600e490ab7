package module

import "sort"

// FrameSet reports whether the stack pointer still is where the function around an offset of the code section has set it at its
// beginning: the function sets it once before the offset, and once behind it, at its end. Others have no room on the stack, or take
// more while they run.
func (m *Module) FrameSet(offset uint64) bool {
	n := sort.Search(len(m.Bodies), func(n int) bool { return m.Bodies[n].To > offset })
	if n == len(m.Bodies) || offset < m.Bodies[n].From || m.Bodies[n].To > uint64(len(m.code)) {
		return false
	}
	body := m.Bodies[n]
	r := &reader{b: m.code[body.From:body.To]}
	for range r.count() { // local variables
		r.u32()
		r.byte()
	}
	before, behind := 0, 0
	for len(r.b) > 0 && r.err == nil {
		at := body.To - uint64(len(r.b))
		op := r.byte()
		if r.skip(op); op != opGlobalSet { // C sets no other global
			continue
		}
		if at < offset {
			before++
		} else {
			behind++
		}
	}
	return r.err == nil && before == 1 && behind <= 1
}
