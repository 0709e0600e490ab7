package scenario

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
)

// bodyMax bounds the body of a request that is kept, in bytes. Choice.
const bodyMax = 64 << 10

// http is an HTTP server whose pages lines page tell: http [tls [OPTIONS]].
func (l *listener) http(words []string) error {
	accept, err := l.maybeTLS(words)
	if err != nil {
		return err
	}
	s := &http.Server{Handler: http.HandlerFunc(l.r.world.serve)}
	l.r.keep(s)
	l.r.work.Go(func() { _ = s.Serve(accept) })
	return nil
}

// maybeTLS opens the place of a server that speaks TLS if its words say so: [tls [OPTIONS]].
func (l *listener) maybeTLS(words []string) (net.Listener, error) {
	if len(words) == 0 {
		return l, l.bind()
	}
	if err := oneOf(words[0], "tls"); err != nil {
		return nil, err
	}
	o, err := options(words[1:], tlsWords...)
	if err != nil {
		return nil, err
	}
	s, err := secure(false, o)
	if err != nil {
		return nil, err
	}
	return tls.NewListener(l, s.config), l.bind()
}

// serve is the handler of HTTP servers.
func (w *world) serve(to http.ResponseWriter, q *http.Request) {
	var whole bytes.Buffer
	head := q.Clone(q.Context())
	head.Body, head.ContentLength = nil, 0
	body, _ := io.ReadAll(io.LimitReader(q.Body, bodyMax)) // what could not be read is not there
	whole.WriteString(q.Method + " " + q.URL.RequestURI() + "\n")
	names := make([]string, 0, len(q.Header))
	for name := range q.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	whole.WriteString("Host: " + q.Host + "\n")
	for _, name := range names {
		whole.WriteString(name + ": " + strings.Join(q.Header[name], ", ") + "\n")
	}
	whole.WriteString("\n")
	whole.Write(body)
	w.mu.Lock()
	if len(w.requests) < 1000 {
		w.requests = append(w.requests, whole.String())
	}
	p, ok := w.pages[q.URL.Path]
	w.mu.Unlock()
	switch {
	case !ok:
		http.NotFound(to, q)
		return
	case p.do == "silent":
		<-q.Context().Done()
		return
	case p.do == "close":
		panic(http.ErrAbortHandler) // as the package says: the connection ends without an answer
	}
	to.Header().Set("Content-Type", p.kind)
	to.Header()["Date"] = nil // the same bytes at all times
	to.WriteHeader(p.status)
	_, _ = io.WriteString(to, p.body)
}
