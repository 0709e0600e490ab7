package espconn_test

import (
	"crypto/tls"
	"flag"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash/image"
)

// sweepMost bounds the allocations of one connection's life.
const sweepMost = 2000

// long makes the sweeps whole: go test ./espconn -long.
var long = flag.Bool("long", false, "fail every allocation, not each seventh")

// sweepStep is from one allocation that fails to the next.
func sweepStep() int {
	if *long {
		return 1
	}
	return 7
}

// nextEach is after which of the failures a further connection is tried: it doubles the time.
const nextEach = 5

// TestEveryAllocationFails fails each allocation of a secure connection in turn, in both roles and with both libraries: with
// certificates from flash, a message each way and a disconnect. By the manual profiles the firmware hears a result or a callback,
// the device does not crash, nothing is kept, and the next connection works.
func TestEveryAllocationFails(t *testing.T) {
	for _, p := range []espconn.Profile{espconn.ManualV21(), espconn.ManualV10()} {
		for _, role := range []string{"client", "server"} {
			t.Run(p.Name+"/"+role, func(t *testing.T) {
				ends, n := map[string]int{}, 1
				for ; ; n += sweepStep() {
					require.Less(t, n, sweepMost)
					end, failed := lifeWithout(t, p, role, n)
					if t.Failed() {
						t.Fatalf("allocation %d", n)
					}
					if !failed {
						break
					}
					ends[end]++
				}
				t.Logf("up to allocation %d: ends %v", n, ends)
				assert.Greater(t, len(ends), 2, "all of them end alike")
			})
		}
	}
}

// TestEveryAllocationFailsWithBugs is the same for the releases: the library of libssl does not look whether it got memory, so the
// device may crash where a release does, but nothing panics and nothing is kept otherwise.
func TestEveryAllocationFailsWithBugs(t *testing.T) {
	for _, p := range []espconn.Profile{espconn.SDK306SSL(), espconn.SDK306()} {
		for _, role := range []string{"client", "server"} {
			t.Run(p.Name+"/"+role, func(t *testing.T) {
				ends := map[string]int{}
				for n := 1; ; n += sweepStep() {
					require.Less(t, n, sweepMost)
					end, failed := lifeWithout(t, p, role, n)
					if t.Failed() {
						t.Fatalf("allocation %d", n)
					}
					if !failed {
						break
					}
					ends[end]++
				}
				t.Logf("ends: %v", ends)
			})
		}
	}
}

// repaired are the blocks of the network stack: without one a frame is not sent or not taken, and TCP repairs it. The certificate
// holder of a server is taken again when a client comes; axTLS goes on without an entry of an image (axtls.md 3, 4); a line is
// printed without the copy of its format.
var repaired = map[string]bool{
	"tcp_pcb": true, "tcp_seg": true, "tcp_pbuf": true, "tcp timer": true, "dns timer": true, "pbuf": true, "frame": true, "ooseq": true,
	"arp queue": true, "arp_q_entry": true, "ARP answer": true, "certificate holder": true, "load buffer": true,
	"format of a line": true,
}

// lifeWithout plays a connection whose n-th allocation finds no memory. It returns how that ended, and whether there were so many
// allocations.
func lifeWithout(t *testing.T, p espconn.Profile, role string, n int) (end string, failed bool) {
	ca := testpki.NewCA(t, testpki.CA2048)
	images := []func(*emulator.Config){
		burned(t, 0x3B, image.CertEntry{Name: "ca.cer", Data: ca.Raw}), ownImage(t, 0x3D), clock(v10Clock),
	}
	server, client := rsaServer(t, leaf(t, 0)), anyServer()
	if p.TLS.Traits().Library == boundedtls.AxTLS {
		server, client = v10Server(t), v10Client()
	}
	server.ClientAuth = tls.RequestClientCert
	strict := p.Name == "ManualV21" || p.Name == "ManualV10"
	onDevice(t, p, func(rig *deviceRig) {
		rig.dev.ExpectCrash() // the bugs of some; the others are looked at below
		rig.serve(server, echo)
		var conn *espconn.Espconn
		rig.hook["connect"] = func(c *espconn.Espconn) {
			conn = c
			_ = rig.SecureSent(c, []byte("hello"))
		}
		certificate, key := leaf(t, 0).Raw, testpki.KeyDER(t, testpki.Leaf2048)
		rig.do(func() {
			rig.SecureSetSize(3, 3072)
			rig.SecureCaEnable(1, 0x3B)
			rig.SecureCertReqEnable(1, 0x3D)
			if role == "server" {
				rig.SecureSetDefaultCertificate(certificate)
				rig.SecureSetDefaultPrivateKey(key)
			}
		})
		l := rig.record(tcp("", 0, 443))
		before := rig.heap()

		life := func() (result espconn.Err) {
			if role == "client" {
				rig.do(func() { result = rig.SecureConnect(rig.c) })
				time.Sleep(settle)
			} else {
				rig.do(func() { result = rig.SecureAccept(l) })
				if result == espconn.OK {
					talk(rig, client)
				}
			}
			if rig.dev.Crash() != nil {
				return result
			}
			rig.do(func() {
				if conn != nil {
					rig.SecureDisconnect(conn)
				}
				conn = nil
			})
			time.Sleep(2 * time.Minute) // repeats, and a client that was not answered
			return result
		}
		rig.dev.FailAlloc(n)
		result := life()
		failed = rig.dev.HeapStats().Failures > 0
		if rig.dev.Crash() != nil {
			assert.False(t, strict, "%v", rig.dev.Crash())
			end = "crash"
			return
		}
		end = result.String() + " " + rig.seen()
		if result != espconn.OK {
			assert.Equal(t, espconn.MEM, result)
			assert.Equal(t, "ESPCONN_MEM ", end, "no callback after a failed call")
		} else if strict && role == "client" {
			assert.Regexp(t, "disconnect$|reconnect -?[0-9]+$", end, "an end is told")
		}
		if failed && strings.HasSuffix(end, "disconnect") && strings.Contains(end, "recv") {
			block := failedBlock(rig)
			assert.True(t, !strict || repaired[block], "the connection works without its block %q", block)
		}
		rig.dev.FailAlloc(0)
		if role == "server" && result == espconn.OK {
			rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureDelete(l)) })
			rig.do(func() {
				rig.SecureSetDefaultCertificate(certificate)
				rig.SecureSetDefaultPrivateKey(key)
			})
		}
		if strict {
			rig.noLeak(before)
		}
		if strict && n%nextEach == 0 {
			life()
			assert.Contains(t, rig.seen(), "connect, ", "the next one works")
		}
	}, images...)
	return end, failed
}

// failedBlock returns the name of the block that found no memory first.
func failedBlock(rig *deviceRig) string {
	for _, e := range rig.dev.Trace().Events() {
		if e.Source == trace.SourceHeap && e.Kind == trace.KindFailed {
			return e.Name
		}
	}
	return ""
}

// talk is a client of the device's server.
func talk(rig *deviceRig, cfg *tls.Config) {
	raw, err := rig.dial()
	if err != nil {
		return
	}
	defer raw.Close()
	_ = raw.SetDeadline(time.Now().Add(settle))
	c := tls.Client(raw, cfg)
	if c.Handshake() == nil {
		_, _ = io.ReadFull(c, make([]byte, 5))
		_, _ = c.Write([]byte("answer"))
	}
	time.Sleep(settle)
}
