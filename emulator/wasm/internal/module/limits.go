package module

import "fmt"

// What an image may cost to compile. An engine that optimises takes a time that grows with the square of the branches of a
// function, and memory that grows with its length: a few kilobytes can be made to take minutes. The figures are measured on
// wazero's compiler. Choice: some hundred times what the largest functions of real firmware need.
const (
	codeMax     = 4 << 20   // bytes of code: the chip's flash
	functionMax = 128 << 10 // bytes of a function, which take 100 MB while they are compiled
	variableMax = 10_000    // local variables of a function: the compiler panics at 268 million
	// compileMax are nanoseconds: 7 for each pair of branches in a function, and 0.7 more for each local variable.
	compileMax   = 1_000_000_000
	branchPair   = 7
	variablePart = 10 // of a branchPair, for each variable
)

// How many of each thing a module may have. An engine's memory and time grow with these counts, for imports and functions
// by their square: the most of all of them together takes some seconds. Choice: more than ten times what firmware
// has that fills the chip.
const (
	typesMax     = 1_000
	valuesMax    = 255 // parameters of a type, and results
	importsMax   = 2_000
	functionsMax = 10_000
	tablesMax    = 1
	globalsMax   = 1_000
	exportsMax   = 20_000
	segmentsMax  = 10_000 // of elements and data
	customMax    = 100
	localsMax    = 1_000_000 // local variables of all functions
)

// Affordable refuses images whose compilation would take very long.
func (m *Module) Affordable() error {
	if len(m.code) > codeMax {
		return fmt.Errorf("%d bytes of code: firmware has %d at most", len(m.code), codeMax)
	}
	total, locals := 0.0, 0.0
	for i, body := range m.Bodies {
		if n := body.To - body.From; n > functionMax {
			return fmt.Errorf("function %d has %d bytes, %d are the most: split it", m.imports+i, n, functionMax)
		}
		branches, variables, err := m.weigh(body)
		if err != nil {
			return fmt.Errorf("function %d: %w", m.imports+i, err)
		}
		if variables > variableMax {
			return fmt.Errorf("function %d has %.0f variables, %d are the most", m.imports+i, variables, variableMax)
		}
		if locals += variables; locals > localsMax {
			return fmt.Errorf("all functions together have more than %d variables, the most that firmware has", localsMax)
		}
		if total += branches * branches * branchPair * (1 + variables/variablePart); total > compileMax {
			return fmt.Errorf("function %d has %.0f branches and %.0f variables: compiling it would take too long, split it",
				m.imports+i, branches, variables)
		}
	}
	return nil
}

// weigh counts what makes the compilation of a function slow.
func (m *Module) weigh(body Span) (branches, variables float64, err error) {
	r := &reader{b: m.code[body.From:body.To]}
	for range r.count() {
		variables += float64(r.u32())
		r.value(r.byte())
	}
	for len(r.b) > 0 && r.err == nil {
		op := r.byte()
		switch op {
		case opBlock, opLoop, opIf, opElse, opBr, opBrIf, opReturn, opUnreachable:
			branches++
		case opBrTable:
			targets := *r
			branches += float64(targets.count()) + 1
		case opSIMD, opThreads:
			return 0, 0, fmt.Errorf("instruction 0x%X, which no firmware has", op)
		}
		r.skip(op)
	}
	return branches, variables, r.err
}
