package site

import (
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	// visitorsMax bounds the connections of a server. Choice: many browsers, each with six or so.
	visitorsMax = 64

	// descriptorShare is what part of a process's descriptors connections may be. Choice: each needs two while it gets a file, its socket
	// and the file, and as many are left for all else; so 64 connections fit into the 256 that macOS gives.
	descriptorShare = 4

	// askTime bounds how long a request may take to come, quietTime how long a connection may neither ask nor take anything. Choice: this
	// machine is the only visitor, and a browser that is held in its debugger takes nothing.
	askTime   = 10 * time.Second
	quietTime = time.Minute
)

// NewServer makes the server of a page in a process that may have so many descriptors; 0: not known. Connections are bounded: when one
// comes beyond that, the one that has been quiet for longest is closed. Who takes a file slowly is served for as long as it goes on.
func NewServer(h http.Handler, descriptors uint64, errs *log.Logger) *Server {
	s := &Server{most: visitorsMax}
	if descriptors > 0 {
		s.most = int(max(1, min(visitorsMax, descriptors/descriptorShare)))
	}
	s.Server = http.Server{Handler: h, ReadTimeout: askTime, IdleTimeout: quietTime, ErrorLog: errs, ConnState: s.note}
	return s
}

// Server is an http.Server that is not kept from its work by who asks and does not take, or connects and does not ask.
type Server struct {
	http.Server
	most int

	mu   sync.Mutex
	list []net.Conn // in the order in which they last did something
}

// Serve is http.Server's.
func (s *Server) Serve(l net.Listener) error { return s.Server.Serve(visited{l, s}) }

// note is told of each connection's changes.
func (s *Server) note(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.drop(c)
	if state == http.StateNew || known && state != http.StateClosed && state != http.StateHijacked { // else it has been closed here
		s.list = append(s.list, c)
	}
	if len(s.list) > s.most {
		_ = s.list[0].Close()
		s.list = slices.Delete(s.list, 0, 1)
	}
}

// took notes that the other side has taken what was written.
func (s *Server) took(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drop(c) {
		s.list = append(s.list, c)
	}
}

// drop takes a connection from the list and tells whether it was there. The caller holds mu.
func (s *Server) drop(c net.Conn) bool {
	i := slices.Index(s.list, c)
	if i >= 0 {
		s.list = slices.Delete(s.list, i, i+1)
	}
	return i >= 0
}

// visited is the listener whose connections tell what is taken.
type visited struct {
	net.Listener
	server *Server
}

// Accept is net.Listener's.
func (v visited) Accept() (net.Conn, error) {
	c, err := v.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &visitor{c, v.server}, nil
}

// visitor is a connection to a browser.
type visitor struct {
	net.Conn
	server *Server
}

// Write ends with an error when the other side does not take the piece in its time.
func (c *visitor) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(quietTime)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	if err == nil {
		c.server.took(c)
	}
	return n, err
}
