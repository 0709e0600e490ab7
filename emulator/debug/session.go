package debug

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/google/go-dap"
)

// ErrCrashed says that the program has crashed at its end.
var ErrCrashed = errors.New("debug: the program has crashed")

// Serve serves one client, as Server.Serve does. The program has ended and its target is closed when it returns. The error is one of the
// connection, or ErrCrashed; nil if the client has said good-bye.
func Serve(ctx context.Context, in io.Reader, out io.Writer, o Options) (err error) {
	s := NewServer(o)
	err = s.Serve(ctx, in, out)
	if crashed := s.Close(); err == nil {
		err = crashed
	}
	return err
}

// Server serves clients one after the other. A program that a client has attached to, or that Run has started, goes on between them. Its
// methods are for one goroutine.
type Server struct{ session *session }

// NewServer makes a server without a program.
func NewServer(o Options) *Server { return &Server{&session{options: o}} }

// Run starts a program before there is a client: Options.Open makes it of the arguments. It ends with ctx, or Close.
func (s *Server) Run(ctx context.Context, arguments []byte) error {
	if err := s.session.open(arguments); err != nil {
		return err
	}
	s.session.entry = false
	s.session.control.detach()
	s.session.start(ctx)
	return nil
}

// Close ends the program and closes its target. The error is ErrCrashed if the program has crashed.
func (s *Server) Close() error {
	if s.session.close(); s.session.crashed {
		return ErrCrashed
	}
	return nil
}

// Serve serves one client: it reads requests from in and answers to out, until the client disconnects, in ends, or ctx is done. A program
// that the client has launched has ended then; one that it has attached to goes on, without break points. The error is one of the
// connection.
func (s *Server) Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	s.session.begins(out)
	defer s.session.leaves()
	return s.session.conversation(ctx, in)
}

// begins gives the session a client.
func (s *session) begins(out io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out, s.seq, s.err = out, 0, nil
	s.joined, s.attached = false, false
}

// leaves ends a conversation, and the program unless the client has attached to it.
func (s *session) leaves() {
	s.mu.Lock()
	s.out = nil
	s.mu.Unlock()
	switch {
	case !s.joined:
	case s.attached && s.run != nil:
		if s.control.detach() {
			s.goOn(command{how: goOn})
		}
	default:
		s.close()
	}
}

// conversation answers a client's requests.
func (s *session) conversation(ctx context.Context, in io.Reader) error {
	type result struct {
		message dap.Message
		err     error
	}
	requests := make(chan result)
	done := make(chan struct{})
	defer close(done)
	go func() { // in may never end
		r := bufio.NewReader(in)
		for {
			m, err := dap.ReadProtocolMessage(r)
			select {
			case requests <- result{m, err}:
			case <-done:
				return
			}
			var unknown *dap.DecodeProtocolMessageFieldError
			if err != nil && !errors.As(err, &unknown) {
				return
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-requests:
			var unknown *dap.DecodeProtocolMessageFieldError
			switch {
			case errors.As(r.err, &unknown):
				s.refuse(unknown.Seq, unknown.FieldValue, fmt.Errorf("the debugger does not have the request %q", unknown.FieldValue))
				continue
			case errors.Is(r.err, io.EOF):
				return nil
			case r.err != nil:
				return fmt.Errorf("debug: %w", r.err)
			}
			request, ok := r.message.(dap.RequestMessage)
			if !ok {
				continue
			}
			if s.serve(ctx, request) {
				return s.failed()
			}
		}
	}
}

// session is one conversation with a client. Its methods are for the goroutine of Serve, but for those of client.
type session struct {
	options Options

	mu  sync.Mutex // guards out, seq, err
	out io.Writer  // nil: there is no client
	seq int
	err error // of a write

	joined   bool // the client has launched a program, or attached to one
	attached bool // it goes on without the client

	control *control // nil before launch
	run     *run
	entry   bool // stop at the first instruction
	crashed bool // at its last end
}

// send gives the next number to an answer or an event, and writes it.
func (s *session) send(m dap.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	switch m := m.(type) {
	case dap.ResponseMessage:
		m.GetResponse().Seq = s.seq
	case dap.EventMessage:
		m.GetEvent().Seq = s.seq
	}
	if s.err == nil && s.out != nil {
		s.err = dap.WriteProtocolMessage(s.out, m)
	}
}

func (s *session) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return fmt.Errorf("debug: %w", s.err)
	}
	return nil
}

func response(r *dap.Request) dap.Response {
	return dap.Response{ProtocolMessage: dap.ProtocolMessage{Type: "response"}, RequestSeq: r.Seq, Success: true, Command: r.Command}
}

func event(name string) dap.Event {
	return dap.Event{ProtocolMessage: dap.ProtocolMessage{Type: "event"}, Event: name}
}

// refuse answers with an error.
func (s *session) refuse(seq int, command string, err error) {
	e := &dap.ErrorResponse{Response: response(&dap.Request{ProtocolMessage: dap.ProtocolMessage{Seq: seq}, Command: command})}
	e.Success, e.Message = false, err.Error()
	e.Body.Error = &dap.ErrorMessage{Id: 1, Format: "{text}", Variables: map[string]string{"text": err.Error()}, ShowUser: true}
	s.send(e)
}

// The following are client's.

func (s *session) stoppedAt(at *stop) {
	body := dap.StoppedEventBody{Reason: at.reason, Description: at.description, Text: at.text, ThreadId: thread, AllThreadsStopped: true,
		HitBreakpointIds: at.points}
	s.send(&dap.StoppedEvent{Event: event("stopped"), Body: body})
}

func (s *session) output(category, text string) {
	if s.options.Output != nil && (category == "stdout" || !s.present()) {
		_, _ = io.WriteString(s.options.Output, text)
	}
	s.send(&dap.OutputEvent{Event: event("output"), Body: dap.OutputEventBody{Category: category, Output: text}})
}

// present says that there is a client.
func (s *session) present() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out != nil
}

// thread is the number of the only one.
const thread = 1

var (
	errRunning = errors.New("the program runs: pause it first")
	errNone    = errors.New("no program: launch one first")
)

// ask does something with the stopped machine, on the device's goroutine.
func (s *session) ask(fn func(v *view) error) error {
	if s.control == nil {
		return errNone
	}
	if !s.control.isStopped() {
		return errRunning
	}
	var err error
	c := command{fn: func(v *view) { err = fn(v) }, done: make(chan struct{})}
	select {
	case s.control.commands <- c:
		<-c.done
	case <-s.run.ended:
		return errRunning
	}
	return err
}

// goOn lets the stopped program go on.
func (s *session) goOn(c command) {
	s.control.mu.Lock()
	s.control.stopped = false
	s.control.mu.Unlock()
	select {
	case s.control.commands <- c:
	case <-s.run.ended:
	}
}

// mayGoOn says why the program cannot.
func (s *session) mayGoOn() error {
	switch {
	case s.control == nil:
		return errNone
	case !s.control.isStopped():
		return errRunning
	}
	return nil
}

func (c *control) isStopped() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stopped
}

// close ends the program and the target.
func (s *session) close() {
	s.finish()
	if s.control != nil && s.control.target.Close != nil {
		_ = s.control.target.Close()
	}
	s.control = nil
}

// launch opens a program for the client, instead of one that was left running.
func (s *session) launch(arguments json.RawMessage) error {
	if s.joined {
		return errors.New("a program is debugged already")
	}
	if s.run != nil && !s.run.gone() {
		s.run.restart = true // its end is none of this client's
	}
	s.close()
	if err := s.open(arguments); err != nil {
		return err
	}
	s.joined = true
	return nil
}

// attach joins the client to the program that runs, or launches one if none does.
func (s *session) attach(arguments json.RawMessage) error {
	if s.joined || s.run == nil || s.run.gone() {
		if err := s.launch(arguments); err != nil {
			return err
		}
		s.attached = true
		return nil
	}
	entry, err := stopOnEntry(arguments)
	if err != nil {
		return err
	}
	s.joined, s.attached = true, true
	s.control.join()
	if entry || s.options.StopOnEntry {
		s.control.pause.Store(true)
	}
	return nil
}

// gone says that the program has ended by itself.
func (r *run) gone() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// detach lets the program run without a client: nothing stops it any more. It reports whether it stands still now.
func (c *control) detach() (stopped bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.points = points{last: c.points.last, lines: map[string][]*point{}, changed: c.points.changed + 1}
	c.alone = true
	return c.stopped
}

// join lets a client stop the program again.
func (c *control) join() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.points.faults, c.alone = true, false
}

// finish ends the program.
func (s *session) finish() {
	if s.run == nil {
		return
	}
	s.run.ends.Store(true)
	s.run.cancel()
	if s.control.isStopped() {
		s.goOn(command{how: end})
	}
	<-s.run.ended
	s.crashed = s.run.crash != nil
	s.run = nil
}

// stopOnEntry is what the arguments of launch and attach say of it.
func stopOnEntry(arguments json.RawMessage) (bool, error) {
	var a struct {
		StopOnEntry bool `json:"stopOnEntry"`
	}
	if len(arguments) > 0 {
		if err := json.Unmarshal(arguments, &a); err != nil {
			return false, fmt.Errorf("the arguments cannot be read: %w", err)
		}
	}
	return a.StopOnEntry, nil
}

// open makes a program of the arguments of launch and attach.
func (s *session) open(arguments json.RawMessage) error {
	entry, err := stopOnEntry(arguments)
	if err != nil {
		return err
	}
	t, err := s.options.Open(arguments)
	if err != nil {
		return err
	}
	s.control = newControl(t)
	s.control.client = s
	s.entry = entry || s.options.StopOnEntry
	return nil
}
