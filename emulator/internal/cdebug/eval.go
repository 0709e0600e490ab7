package cdebug

// Context is where names of C mean something.
type Context struct {
	Memory Memory
	Frame  *Frame // nil: outside functions, where there are variables of files only
	Scope  int    // which of the functions that the frame belongs to, from the inside out: an index of what Scopes returns for Frame.At
}

// Eval evaluates an expression of C without side effects: it reads, and changes nothing.
func (info *Info) Eval(c Context, expr string) (Value, error) { return info.Get(c.Memory, expr) }
