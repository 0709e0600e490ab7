package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// The codes of JSON-RPC 2.0, section 5.1.
const (
	rpcParseError     = -32700
	rpcInvalidRequest = -32600
)

// lineMax bounds a message, in bytes: what a tool takes at most, in JSON, and then some. Choice.
const lineMax = 16 << 20

// stdioTransport is MCP's transport over two streams, a message in each line. A line that is no message is answered with JSON-RPC's error,
// and the next one is read: the library's own ends the session there.
func stdioTransport(in io.Reader, out io.Writer) mcp.Transport {
	w := &messageWriter{out: out}
	return &mcp.IOTransport{Reader: &messages{lines: bufio.NewReader(in), answer: w.refuse}, Writer: w, MaxLineLength: 2 * lineMax}
}

// messages reads lines that are messages.
type messages struct {
	lines  *bufio.Reader
	answer func(code int, what string) error
	rest   []byte // of the line under way
}

// Read gives the next message's bytes, with its newline.
func (m *messages) Read(p []byte) (int, error) {
	for len(m.rest) == 0 {
		line, err := m.line()
		switch {
		case errors.Is(err, errTooLong):
			err = m.answer(rpcInvalidRequest, fmt.Sprintf("a message has at most %d bytes", lineMax))
		case len(bytes.TrimSpace(line)) == 0:
		case !json.Valid(line):
			err = errors.Join(err, m.answer(rpcParseError, "a line has one message, which is JSON"))
		default:
			if _, wrong := jsonrpc.DecodeMessage(line); wrong != nil {
				err = errors.Join(err, m.answer(rpcInvalidRequest, "this is no message of JSON-RPC 2.0"))
				break
			}
			m.rest = append(bytes.TrimSpace(line), '\n')
			continue // an error comes again
		}
		if err != nil {
			return 0, err
		}
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

var errTooLong = errors.New("the line is too long")

// line reads a line to its end; of one that is too long nothing is kept.
func (m *messages) line() (line []byte, err error) {
	long := false
	for {
		part, err := m.lines.ReadSlice('\n')
		if long = long || len(line)+len(part) > lineMax; long {
			line = nil
		} else {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case long && err == nil:
			return nil, errTooLong
		default:
			return line, err
		}
	}
}

// Close leaves the stream open: it is stdin.
func (*messages) Close() error { return nil }

// messageWriter keeps lines whole that two write.
type messageWriter struct {
	mu  sync.Mutex // guards out
	out io.Writer
}

func (w *messageWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}

// Close leaves the stream open: it is stdout.
func (*messageWriter) Close() error { return nil }

// refuse answers what is no message: it has no number, so the answer's is null.
func (w *messageWriter) refuse(code int, what string) error {
	_, err := fmt.Fprintf(w, `{"jsonrpc":"2.0","id":null,"error":{"code":%d,"message":%q}}`+"\n", code, what)
	return err
}
