package espconn_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/testpki"
)

// diary is one firmware, the same for every profile, and the peers that it meets: a server that it connects to, then
// clients that it serves. It notes of each step what it saw.
type diary struct {
	*deviceRig
	steps []string          // in order
	saw   map[string]string // by step
}

// step runs fn on the device, waits, and notes what fn returned, the callbacks and the log lines since.
func (d *diary) step(name string, fn func() string) {
	if d.dev.Crash() != nil {
		return
	}
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	ret := ""
	d.do(func() { ret = fn() })
	time.Sleep(time.Second)
	add(ret)
	add(d.deviceRig.seen())
	for _, line := range d.lines() {
		if strings.HasPrefix(line, "Reason:") || strings.HasPrefix(line, "Error:") || strings.HasPrefix(line, "Fatal") {
			add(line)
		}
	}
	d.steps = append(d.steps, name)
	d.saw[name] = strings.Join(parts, ", ")
}

// peer runs what happens outside the device, as a step of its own.
func (d *diary) peer(name string, fn func() string) {
	if d.dev.Crash() != nil {
		return
	}
	said := fn()
	d.step(name, func() string { return said })
}

// run is the firmware's life.
func (d *diary) run() {
	calls := func(results ...any) string {
		var out []string
		for _, r := range results {
			if e, ok := r.(espconn.Err); ok {
				r = outcome(e)
			}
			out = append(out, fmt.Sprint(r))
		}
		return strings.Join(out, " ")
	}
	d.step("set_size(3, 1000), get_size(1)", func() string { return calls(d.SecureSetSize(3, 1000), d.SecureGetSize(1)) })
	d.step("set_size(3, 2048), cert_req_enable(2, 0x7A)",
		func() string { return calls(d.SecureSetSize(3, 2048), d.SecureCertReqEnable(2, 0x7A)) })

	reply := make(chan []byte, 4)
	d.serve(rsaServer(d.t, leaf(d.t, 0)), func(c *tls.Conn) {
		go func() {
			for b := range reply {
				_, _ = c.Write(b)
			}
		}()
		hold(c)
	})
	d.hook["connect"] = func(c *espconn.Espconn) {
		d.log = append(d.log, "send "+outcome(d.SecureSend(c, make([]byte, 1200))), "send "+outcome(d.SecureSend(c, []byte("more"))))
	}
	d.step("connect; in its callback send 1,200 bytes and 4 more", func() string { return calls(d.SecureConnect(d.c)) })
	d.step("send 100 bytes", func() string { return calls(d.SecureSend(d.c, make([]byte, 100)), d.c.State) })
	d.step("send nothing", func() string { return calls(d.SecureSend(d.c, nil)) })
	d.step("connect with another espconn", func() string {
		return calls(d.SecureConnect(d.record(tcp(serverAddr, 444, 0))))
	})
	d.hook["recv"] = func(c *espconn.Espconn) { d.log = append(d.log, "disconnect "+outcome(d.SecureDisconnect(c))) }
	d.peer("the server sends 5 bytes; disconnect inside the recv callback", func() string { reply <- []byte("hello"); return "" })
	d.step("disconnect, send without a connection", func() string {
		return calls(d.SecureDisconnect(d.c), d.SecureSend(d.c, []byte("x")), d.c.State)
	})
	close(reply)
	delete(d.hook, "recv")
	d.hook["connect"] = nil

	d.step("a Certificate message of 5,000 bytes", func() string {
		other := d.record(tcp(serverAddr, 445, 0))
		l, err := d.server.Listen("tcp", ":445")
		require.NoError(d.t, err)
		cfg := rsaServer(d.t, leaf(d.t, 5000))
		go func() {
			if c, err := l.Accept(); err == nil {
				_ = tls.Server(c, cfg).Handshake()
				_ = c.Close()
			}
			_ = l.Close()
		}()
		return calls(d.SecureConnect(other))
	})

	l := d.record(tcp("", 0, 443))
	d.step("set certificate and key, accept, accept again", func() string {
		return calls(d.SecureSetDefaultCertificate(leaf(d.t, 0).Raw), d.SecureSetDefaultPrivateKey(testpki.KeyDER(d.t, testpki.Leaf2048)),
			d.SecureAccept(l), d.SecureAccept(d.record(tcp("", 0, 444))))
	})
	d.hook["connect"] = func(c *espconn.Espconn) { d.log = append(d.log, "send "+outcome(d.SecureSend(c, []byte("welcome")))) }
	d.peer("a client that is no TLS client", func() string {
		c, err := d.dial()
		require.NoError(d.t, err)
		_, _ = c.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
		time.Sleep(time.Second)
		_ = c.Close()
		return ""
	})
	var first *tls.Conn
	d.peer("a client; in the connect callback send 7 bytes", func() string {
		var err error
		if first, err = d.dialTLS(anyServer()); err != nil {
			return "client: handshake failed"
		}
		_, err = io.ReadFull(first, make([]byte, 7))
		return calls("client: read 7", err == nil)
	})
	var second net.Conn
	d.peer("a second client", func() string {
		second, _ = d.dial()
		_ = second.SetReadDeadline(time.Now().Add(time.Second))
		_, err := second.Read(make([]byte, 1))
		if ne, ok := err.(net.Error); ok && ne.Timeout() {
			return "client: nothing"
		}
		return "client: reset"
	})
	d.step("delete with a client connected", func() string { return calls(d.SecureDelete(l)) })
	d.peer("ten seconds of silence", func() string { time.Sleep(10 * time.Second); return "" })
	d.peer("both clients close", func() string {
		if first != nil {
			_ = first.Close()
		}
		_ = second.Close()
		return ""
	})
	d.step("state of the listener", func() string { return l.State.String() })
	d.step("delete; accept", func() string { return calls(d.SecureDelete(l), d.SecureAccept(l)) })
	d.step("connect with NULL proto", func() string {
		return calls(d.SecureConnect(&espconn.Espconn{Type: espconn.TypeTCP}))
	})
}

// TestSameFirmware runs one firmware under all six profiles and prints where they part, in docs/tables/profiles.md.
func TestSameFirmware(t *testing.T) {
	diaries := map[string]*diary{}
	var longest *diary
	for _, name := range profileOrder {
		p, ok := espconn.ProfileByName(name)
		require.True(t, ok)
		onDevice(t, p, func(rig *deviceRig) {
			rig.dev.ExpectCrash() // a line of the diary
			d := &diary{deviceRig: rig, saw: map[string]string{}}
			d.run()
			diaries[name] = d
			if longest == nil || len(d.steps) > len(longest.steps) {
				longest = d
			}
		}, clock(v10Clock))
	}
	require.Len(t, longest.steps, 19, "some profile gets through the whole firmware")
	var b, same strings.Builder
	b.WriteString("# One firmware, six profiles\n\n" +
		"Generated by `go test ./espconn -run TestSameFirmware -update`. " +
		"One Go firmware ran through the same steps under each profile; the\n" +
		"first number or word is what a call returned, then come the callbacks and what the device printed of errors. " +
		"Below are the steps\n" +
		"at which the profiles part. *ended* is a step that a crash before it has left out.\n\n| step |")
	for _, name := range profileOrder {
		fmt.Fprintf(&b, " %s |", name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(profileOrder)) + "\n")
	parted := 0
	for _, step := range longest.steps {
		cells, all := []string{}, map[string]bool{}
		for _, name := range profileOrder {
			s, ok := diaries[name].saw[step]
			switch {
			case !ok:
				s = "*ended*"
			case s == "":
				s = "nothing"
			}
			cells = append(cells, s)
			all[s] = true
		}
		if len(all) == 1 {
			fmt.Fprintf(&same, "- %s: %s\n", step, cells[0])
			continue
		}
		parted++
		fmt.Fprintf(&b, "| %s | %s |\n", step, strings.Join(cells, " | "))
	}
	assert.Greater(t, parted, 9)
	fmt.Fprintf(&b, "\n%d of %d steps. The others are equal under all profiles:\n\n%s", parted, len(longest.steps), same.String())
	page(t, "profiles.md", b.String())
}
