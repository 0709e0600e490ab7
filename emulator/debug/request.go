package debug

import (
	"context"

	"github.com/google/go-dap"
)

// capabilities are what the debugger can do. The record is always whole, since it is made at the border of the program: so it can always go
// back.
func capabilities() dap.Capabilities {
	return dap.Capabilities{
		SupportsConfigurationDoneRequest:   true,
		SupportsFunctionBreakpoints:        true,
		SupportsConditionalBreakpoints:     true,
		SupportsHitConditionalBreakpoints:  true,
		SupportsLogPoints:                  true,
		SupportsDataBreakpoints:            true,
		SupportsInstructionBreakpoints:     true,
		SupportsSteppingGranularity:        true,
		SupportsStepBack:                   true,
		SupportsEvaluateForHovers:          true,
		SupportsExceptionInfoRequest:       true,
		SupportsReadMemoryRequest:          true,
		SupportsWriteMemoryRequest:         true,
		SupportsSetVariable:                true,
		SupportsSetExpression:              true,
		SupportsDisassembleRequest:         true,
		SupportsRestartRequest:             true,
		SupportsTerminateRequest:           true,
		SupportTerminateDebuggee:           true,
		SupportsLoadedSourcesRequest:       true,
		SupportsBreakpointLocationsRequest: true,
		SupportsDelayedStackTraceLoading:   true,
		ExceptionBreakpointFilters: []dap.ExceptionBreakpointsFilter{
			{Filter: filterFault, Label: "Exceptions and watchdogs", Default: true,
				Description: "Stop before the device prints its fatal exception or its watchdog's reset."},
			{Filter: filterFinding, Label: "Misuse of the SDK",
				Description: "Stop behind the call of the SDK in which the checks have found a mistake."},
		},
	}
}

const (
	filterFault   = "fault"
	filterFinding = "finding"
)

// serve answers one request. gone says that the client has said good-bye.
func (s *session) serve(ctx context.Context, request dap.RequestMessage) (gone bool) {
	r := request.GetRequest()
	answer := response(r)
	var err error
	var body dap.Message
	then := func() {}
	switch request := request.(type) {
	case *dap.InitializeRequest:
		body = &dap.InitializeResponse{Response: answer, Body: capabilities()}
	case *dap.LaunchRequest:
		if err = s.launch(request.Arguments); err == nil {
			body, then = &dap.LaunchResponse{Response: answer}, func() { s.send(&dap.InitializedEvent{Event: event("initialized")}) }
		}
	case *dap.AttachRequest:
		if err = s.attach(request.Arguments); err == nil {
			body, then = &dap.AttachResponse{Response: answer}, func() { s.send(&dap.InitializedEvent{Event: event("initialized")}) }
		}
	case *dap.ConfigurationDoneRequest:
		if s.control == nil {
			err = errNone
			break
		}
		body = &dap.ConfigurationDoneResponse{Response: answer}
		if s.run == nil {
			then = func() { s.start(ctx) }
		}
	case *dap.RestartRequest:
		if s.control == nil {
			err = errNone
			break
		}
		body = &dap.RestartResponse{Response: answer}
		then = func() {
			if s.run != nil {
				s.run.restart = true
			}
			s.finish()
			s.start(ctx)
		}
	case *dap.TerminateRequest:
		body = &dap.TerminateResponse{Response: answer}
		then = s.finish
	case *dap.DisconnectRequest:
		if a := request.Arguments; !s.attached || a != nil && a.TerminateDebuggee {
			s.finish()
		}
		s.send(&dap.DisconnectResponse{Response: answer})
		return true
	case *dap.ThreadsRequest:
		body = &dap.ThreadsResponse{Response: answer, Body: dap.ThreadsResponseBody{Threads: []dap.Thread{{Id: thread, Name: "device"}}}}
	case *dap.PauseRequest:
		if s.control == nil {
			err = errNone
			break
		}
		body = &dap.PauseResponse{Response: answer}
		then = func() {
			if !s.control.isStopped() {
				s.control.pause.Store(true)
			}
		}
	case *dap.ContinueRequest:
		body, then, err = s.moves(&dap.ContinueResponse{Response: answer, Body: dap.ContinueResponseBody{AllThreadsContinued: true}},
			command{how: goOn})
	case *dap.NextRequest:
		body, then, err = s.moves(&dap.NextResponse{Response: answer}, by(over, request.Arguments.Granularity))
	case *dap.StepInRequest:
		body, then, err = s.moves(&dap.StepInResponse{Response: answer}, by(into, request.Arguments.Granularity))
	case *dap.StepOutRequest:
		body, then, err = s.moves(&dap.StepOutResponse{Response: answer}, command{how: out})
	case *dap.StepBackRequest:
		body, then, err = s.moves(&dap.StepBackResponse{Response: answer}, by(back, request.Arguments.Granularity))
	case *dap.ReverseContinueRequest:
		body, then, err = s.moves(&dap.ReverseContinueResponse{Response: answer}, command{how: reverse})
	default:
		if body, err = s.pointRequest(request, answer); body == nil && err == nil {
			body, err = s.lookRequest(request, answer)
		}
	}
	if err != nil {
		s.refuse(r.Seq, r.Command, err)
		return false
	}
	s.send(body)
	then()
	return false
}

// by is a step of a line or of an instruction.
func by(h how, g dap.SteppingGranularity) command {
	return command{how: h, instruction: g == "instruction"}
}

// moves answers a request that lets the program go on.
func (s *session) moves(answer dap.Message, c command) (dap.Message, func(), error) {
	if err := s.mayGoOn(); err != nil {
		return nil, nil, err
	}
	return answer, func() { s.goOn(c) }, nil
}
