package engines_test

import "slices"

// shrinkMost bounds the runs of a shrinking.
const shrinkMost = 400

// shrink leaves out of a scenario what it does not need to fail, piece by piece.
func shrink(s scenario, fails func(scenario) bool) scenario {
	tries := 0
	try := func(smaller scenario) bool {
		tries++
		if tries > shrinkMost || !fails(smaller) {
			return false
		}
		s = smaller
		return true
	}
	for before := -1; before != s.size() && tries < shrinkMost; {
		before = s.size()
		for _, change := range []func(*scenario){
			func(x *scenario) { x.Loss = 0 }, func(x *scenario) { x.Double = 0 }, func(x *scenario) { x.Reorder = 0 },
			func(x *scenario) { x.Heap = 0 }, func(x *scenario) { x.Queries = nil }, func(x *scenario) { x.Fail = nil },
		} {
			x := s
			if change(&x); x.size() != s.size() {
				try(x)
			}
		}
		for width := max(1, len(s.Steps)/2); width > 0; width /= 2 {
			for i := 0; i+width <= len(s.Steps); {
				x := s
				x.Steps = slices.Delete(slices.Clone(s.Steps), i, i+width)
				if !try(x) {
					i++
				}
			}
		}
		for i := 0; i < len(s.Visitors); {
			x := s
			x.Visitors = slices.Delete(slices.Clone(s.Visitors), i, i+1)
			if !try(x) {
				i++
			}
		}
		for len(s.Servers) > 0 { // from the end: ports are places
			x := s
			x.Servers = s.Servers[:len(s.Servers)-1]
			if !try(x) {
				break
			}
		}
	}
	for i := range s.Steps {
		if s.Steps[i].A > 1 {
			x := s
			x.Steps = slices.Clone(s.Steps)
			x.Steps[i].A = 1
			try(x)
		}
	}
	for i := range s.Visitors {
		for len(s.Visitors[i].Sends) > 0 {
			x := s
			x.Visitors = slices.Clone(s.Visitors)
			x.Visitors[i].Sends = x.Visitors[i].Sends[1:]
			if !try(x) {
				break
			}
		}
	}
	return s
}
