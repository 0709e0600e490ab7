package main

import (
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/emu8266/emu8266/cmd/internal/fleet"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// The same fleet in one process and in several, against a real broker.
func TestMosquittoScripts(t *testing.T) {
	if mosquittoPath() == "" {
		needTool(t, "mosquitto")
	}
	runScripts(t, "testdata/mosquitto")
}

// mosquittoPath finds the broker, which Debian keeps off the PATH of users.
func mosquittoPath() string {
	for _, name := range []string{"mosquitto", "/usr/sbin/mosquitto"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// scriptMosquitto runs `mosquitto PLAIN TLS LOG`: a broker on two ports until the script's end. On the second devices need a
// certificate of ca.pem, whose name is the user's.
func scriptMosquitto(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: mosquitto PLAIN TLS LOG")
	}
	config := fmt.Sprintf(`user root
per_listener_settings true
max_connections -1
log_type all
connection_messages true
listener %s 127.0.0.1
allow_anonymous true
listener %s 127.0.0.1
allow_anonymous true
cafile %s
certfile %s
keyfile %s
tls_version tlsv1.2
ciphers AES128-SHA256:AES128-SHA
require_certificate true
use_identity_as_username true
`, args[0], args[1], ts.MkAbs("ca.pem"), ts.MkAbs("leaf.pem"), ts.MkAbs("leaf.key"))
	conf := ts.MkAbs("mosquitto.conf")
	ts.Check(os.WriteFile(conf, []byte(config), 0o644))
	ts.Check(os.Chmod(filepath.Dir(conf), 0o755))
	log, err := os.Create(ts.MkAbs(args[2]))
	ts.Check(err)
	cmd := exec.Command(mosquittoPath(), "-v", "-c", conf)
	cmd.Stdout, cmd.Stderr = log, log
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
		_ = log.Close()
	})
	for range 500 {
		c, err := net.Dial("tcp", "127.0.0.1:"+args[0])
		if err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	text, _ := os.ReadFile(log.Name())
	ts.Fatalf("mosquitto does not listen: %s", text)
}

// scriptSameFields runs `[!] samefields A B FIELD...`: two files of JSON have the same there.
func scriptSameFields(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: [!] samefields A B FIELD...")
	}
	var files [2]map[string]any
	for i := range files {
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[i])), &files[i]))
	}
	for _, field := range args[2:] {
		a, b := files[0][field], files[1][field]
		if a == nil || b == nil {
			ts.Fatalf("no %s in %s or %s", field, args[0], args[1])
		}
		if reflect.DeepEqual(a, b) == neg {
			ts.Fatalf("%s: %v and %v", field, a, b)
		}
	}
}

// scriptFleetFlash runs `fleetflash FLASH CAKEY`: the flash of examples/mqtt-client with the CA of ca.pem, and settings that want
// certificates on both sides; and the CA's key.
func scriptFleetFlash(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fleetflash FLASH CAKEY")
	}
	writePEM(ts, args[1], "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(testKey(ts, "ca-4096")))
	block, _ := pem.Decode([]byte(ts.ReadFile("ca.pem")))
	c, err := flash.New(emulator.FlashDefault)
	ts.Check(err)
	ts.Check(image.Certs{{Name: "ca.cer", Data: block.Bytes}}.WriteAt(c, 0x77))
	var settings []byte
	for _, v := range []uint32{0x00FF55A4, 3, binary.LittleEndian.Uint32([]byte{10, 0, 0, 1}), 8883, 120, 3072} {
		settings = binary.LittleEndian.AppendUint32(settings, v)
	}
	ts.Check(c.Write(0x79*flash.SectorSize, settings))
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	_, err = c.Snapshot().WriteTo(f)
	ts.Check(err)
	ts.Check(f.Close())
}

// scriptSameFleet runs `samefleet A B`: two results in real time tell of the same devices, all of which have connected.
func scriptSameFleet(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: samefleet A B")
	}
	var all [2]fleet.Result
	for i := range all {
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[i])), &all[i]))
		r := &all[i]
		if !r.OK() || r.Sums.Handshakes < r.Sums.Devices || int(r.Times.Handshake.Count) != r.Sums.Handshakes {
			ts.Fatalf("%s: %+v", args[i], r.Sums)
		}
		r.Fleet.Shards = 0
	}
	a, b := all[0].Sums, all[1].Sums
	if all[0].Fleet != all[1].Fleet || a.Devices != b.Devices || a.Joined != b.Joined || a.Connected != b.Connected ||
		a.Answered != b.Answered {
		ts.Fatalf("%+v %+v\n%+v %+v", all[0].Fleet, a, all[1].Fleet, b)
	}
}

// scriptBrokerKnows runs `brokerknows LOG N TIMES`: by its log each of N devices has connected that often or more, with the user's name
// of its certificate and the client's name of its chip.
func scriptBrokerKnows(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: brokerknows LOG N TIMES")
	}
	log := ts.ReadFile(args[0])
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	times, err := strconv.Atoi(args[2])
	ts.Check(err)
	for i := range n {
		seen := regexp.MustCompile(fmt.Sprintf(`New client connected from \S+ as emu8266-0001%02x \(.*u'%s'\)`, i, fleet.Name(i)))
		if got := len(seen.FindAllString(log, -1)); got < times {
			ts.Fatalf("%v: %d times in\n%s", seen, got, log)
		}
	}
}
