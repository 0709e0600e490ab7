package debug

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/google/go-dap"
)

// pointRequest answers the requests about break points; nil for others.
func (s *session) pointRequest(request dap.RequestMessage, answer dap.Response) (dap.Message, error) {
	c := s.control
	switch request.(type) {
	case *dap.SetBreakpointsRequest, *dap.SetFunctionBreakpointsRequest, *dap.SetInstructionBreakpointsRequest,
		*dap.SetDataBreakpointsRequest, *dap.SetExceptionBreakpointsRequest, *dap.BreakpointLocationsRequest, *dap.LoadedSourcesRequest:
		if c == nil {
			return nil, errNone
		}
	}
	switch r := request.(type) {
	case *dap.SetBreakpointsRequest:
		a := r.Arguments
		return &dap.SetBreakpointsResponse{Response: answer, Body: dap.SetBreakpointsResponseBody{
			Breakpoints: c.setLines(a.Source, a.Breakpoints)}}, nil
	case *dap.SetFunctionBreakpointsRequest:
		return &dap.SetFunctionBreakpointsResponse{Response: answer, Body: dap.SetFunctionBreakpointsResponseBody{
			Breakpoints: c.setFunctions(r.Arguments.Breakpoints)}}, nil
	case *dap.SetInstructionBreakpointsRequest:
		return &dap.SetInstructionBreakpointsResponse{Response: answer, Body: dap.SetInstructionBreakpointsResponseBody{
			Breakpoints: c.setInstructions(r.Arguments.Breakpoints)}}, nil
	case *dap.SetDataBreakpointsRequest:
		return &dap.SetDataBreakpointsResponse{Response: answer, Body: dap.SetDataBreakpointsResponseBody{
			Breakpoints: c.setWatches(r.Arguments.Breakpoints)}}, nil
	case *dap.SetExceptionBreakpointsRequest:
		return &dap.SetExceptionBreakpointsResponse{Response: answer, Body: dap.SetExceptionBreakpointsResponseBody{
			Breakpoints: c.setFilters(r.Arguments)}}, nil
	case *dap.BreakpointLocationsRequest:
		return &dap.BreakpointLocationsResponse{Response: answer, Body: dap.BreakpointLocationsResponseBody{
			Breakpoints: c.locations(r.Arguments)}}, nil
	case *dap.LoadedSourcesRequest:
		return &dap.LoadedSourcesResponse{Response: answer, Body: dap.LoadedSourcesResponseBody{Sources: c.sources()}}, nil
	}
	return nil, nil
}

// change changes the break points.
func (c *control) change(fn func(p *points)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fn(&c.points)
	c.points.changed++
}

// number gives a break point its number.
func (c *control) number() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.points.last++
	return c.points.last
}

// newPoint reads what the kinds of break points have in common.
func (c *control) newPoint(kind, condition, times string) (*point, error) {
	h, err := parseHits(times)
	if err != nil {
		return nil, err
	}
	return &point{id: c.number(), kind: kind, condition: condition, hits: h}, nil
}

// tooMany is the answer to break points beyond the most.
var errTooMany = fmt.Errorf("more than %d break points", pointsMax)

func (c *control) setLines(source dap.Source, list []dap.SourceBreakpoint) []dap.Breakpoint {
	file := source.Path
	if file == "" {
		file = source.Name
	}
	answers := make([]dap.Breakpoint, len(list))
	var set []*point
	for n, b := range list {
		p, err := c.newPoint("breakpoint", b.Condition, b.HitCondition)
		if err == nil && n >= pointsMax {
			err = errTooMany
		}
		if err != nil {
			answers[n] = failed(err)
			continue
		}
		p.log = b.LogMessage
		at, err := c.info().Breakpoint(file, b.Line)
		if err != nil {
			answers[n] = failed(err)
			continue
		}
		for _, a := range at.Addrs {
			p.addrs = append(p.addrs, uint32(a))
		}
		set = append(set, p)
		answers[n] = dap.Breakpoint{Id: p.id, Verified: true, Line: at.Line, Source: &source, InstructionReference: hex(p.addrs[0])}
	}
	c.change(func(p *points) { p.lines[file] = set })
	return answers
}

func (c *control) setFunctions(list []dap.FunctionBreakpoint) []dap.Breakpoint {
	answers := make([]dap.Breakpoint, len(list))
	var set []*point
	for n, b := range list {
		p, err := c.newPoint("function breakpoint", b.Condition, b.HitCondition)
		if err == nil && n >= pointsMax {
			err = errTooMany
		}
		if err != nil {
			answers[n] = failed(err)
			continue
		}
		if at, ok := c.target.Image.Outside(b.Name); ok { // of the SDK
			p.addrs = []uint32{at}
			answers[n] = dap.Breakpoint{Id: p.id, Verified: true, InstructionReference: hex(at)}
		} else if at, err := c.info().FunctionBreakpoint(b.Name); err != nil {
			answers[n] = failed(err)
			continue
		} else {
			for _, a := range at.Addrs {
				p.addrs = append(p.addrs, uint32(a))
			}
			answers[n] = dap.Breakpoint{Id: p.id, Verified: true, Line: at.Line, Source: c.source(at.File),
				InstructionReference: hex(p.addrs[0])}
		}
		set = append(set, p)
	}
	c.change(func(p *points) { p.functions = set })
	return answers
}

func (c *control) setInstructions(list []dap.InstructionBreakpoint) []dap.Breakpoint {
	answers := make([]dap.Breakpoint, len(list))
	var set []*point
	for n, b := range list {
		p, err := c.newPoint("instruction breakpoint", b.Condition, b.HitCondition)
		if err == nil && n >= pointsMax {
			err = errTooMany
		}
		if err != nil {
			answers[n] = failed(err)
			continue
		}
		at, err := address(b.InstructionReference, b.Offset)
		if err != nil {
			answers[n] = failed(err)
			continue
		}
		p.addrs = []uint32{at}
		set = append(set, p)
		answers[n] = dap.Breakpoint{Id: p.id, Verified: true, InstructionReference: hex(at)}
	}
	c.change(func(p *points) { p.instructions = set })
	return answers
}

func (c *control) setWatches(list []dap.DataBreakpoint) []dap.Breakpoint {
	answers := make([]dap.Breakpoint, len(list))
	var set []*watchpoint
	for n, b := range list {
		w := &watchpoint{id: c.number(), condition: b.Condition, load: b.AccessType != "write", store: b.AccessType != "read"}
		var err error
		if w.hits, err = parseHits(b.HitCondition); err == nil && n >= pointsMax {
			err = errTooMany
		}
		if err == nil {
			err = w.parse(b.DataId)
		}
		if err != nil {
			answers[n] = failed(err)
			continue
		}
		if b.AccessType == "" {
			w.load = false
		}
		set = append(set, w)
		answers[n] = dap.Breakpoint{Id: w.id, Verified: true}
	}
	c.change(func(p *points) { p.watches = set })
	return answers
}

// watchMax bounds watched memory, in bytes. Choice.
const watchMax = 4096

// dataID names memory to the client: address, length, what the user calls it.
func dataID(addr, size uint32, name string) string {
	return fmt.Sprintf("0x%08x/%d/%s", addr, size, name)
}

func (w *watchpoint) parse(id string) error {
	parts := strings.SplitN(id, "/", 3)
	if len(parts) == 3 {
		addr, err := strconv.ParseUint(parts[0], 0, 32)
		size, err2 := strconv.ParseUint(parts[1], 10, 32)
		if err == nil && err2 == nil && size > 0 && size <= watchMax {
			w.addr, w.size, w.name = uint32(addr), uint32(size), parts[2]
			return nil
		}
	}
	return fmt.Errorf("%q is no dataId of dataBreakpointInfo", id)
}

func (c *control) setFilters(a dap.SetExceptionBreakpointsArguments) []dap.Breakpoint {
	filters := append([]string(nil), a.Filters...)
	for _, f := range a.FilterOptions {
		filters = append(filters, f.FilterId)
	}
	answers := make([]dap.Breakpoint, len(filters))
	faults, findings := false, false
	for n, f := range filters {
		answers[n].Verified = true
		switch f {
		case filterFault:
			faults = true
		case filterFinding:
			findings = true
		default:
			answers[n] = failed(fmt.Errorf("there is no filter %q: %s, %s", f, filterFault, filterFinding))
		}
	}
	c.change(func(p *points) { p.faults, p.findings = faults, findings })
	return answers
}

// locations are the lines of a range that have code.
func (c *control) locations(a *dap.BreakpointLocationsArguments) (list []dap.BreakpointLocation) {
	list = []dap.BreakpointLocation{}
	if a == nil {
		return list
	}
	file, last := a.Source.Path, max(a.Line, a.EndLine)
	for line := a.Line; line <= last && len(list) < pointsMax; {
		at, err := c.info().Breakpoint(file, line)
		if err != nil || at.Line > last {
			break
		}
		list = append(list, dap.BreakpointLocation{Line: at.Line})
		line = at.Line + 1
	}
	return list
}

// sources are the files of the program that have code.
func (c *control) sources() []dap.Source {
	list := []dap.Source{}
	for _, f := range c.info().Files() {
		list = append(list, *c.source(f))
	}
	return list
}
