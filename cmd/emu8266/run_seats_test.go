package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/term"
)

// process is the command under test as a process of its own: the test binary under its name.
func process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	link := filepath.Join(t.TempDir(), "emu8266")
	require.NoError(t, os.Symlink(self, link))
	cmd := exec.Command(link, args...)
	cmd.Dir = repoRoot
	return cmd
}

// reading collects what comes until a text is there.
type reading struct {
	t    *testing.T
	mu   sync.Mutex
	cond *sync.Cond
	all  bytes.Buffer
	over bool
}

func listenTo(t *testing.T, r io.Reader) *reading {
	g := &reading{t: t}
	g.cond = sync.NewCond(&g.mu)
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := r.Read(buf)
			g.mu.Lock()
			g.all.Write(buf[:n])
			g.over = err != nil
			g.cond.Broadcast()
			g.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return g
}

func (g *reading) until(text string) string {
	g.t.Helper()
	timer := time.AfterFunc(patience, func() { g.mu.Lock(); g.over = true; g.cond.Broadcast(); g.mu.Unlock() })
	defer timer.Stop()
	g.mu.Lock()
	defer g.mu.Unlock()
	for !strings.Contains(g.all.String(), text) {
		if g.over {
			g.t.Fatalf("%q did not come; this did:\n%s", text, g.all.String())
		}
		g.cond.Wait()
	}
	return g.all.String()
}

func firmware(name string) string { return filepath.Join("testdata", "firmware", name) }

// onTerminal starts a command on a terminal of 80 columns, whose other end it returns. Where none is to be had the test is
// skipped, but in CI it fails.
func onTerminal(t *testing.T, cmd *exec.Cmd) *os.File {
	t.Helper()
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "no terminal to be had: %v", err)
		t.Skipf("no terminal to be had: %v", err)
	}
	t.Cleanup(func() { _ = tty.Close() })
	return tty
}

func TestInteractiveTerminal(t *testing.T) {
	cmd := process(t, "run", firmware("pins.wasm"), "--interactive", "--eol", "lf")
	tty := onTerminal(t, cmd)
	out := listenTo(t, tty)
	out.until("Ctrl-] ends")
	out.until("sensor 0")                       // the firmware listens
	_, err := tty.Write([]byte("key by key\r")) // the Enter key is CR
	require.NoError(t, err)
	text := out.until("you said key by key\r\n")
	assert.NotContains(t, text, "\nkey by key", "the terminal does not echo")
	_, err = tty.Write([]byte{quitKey})
	require.NoError(t, err)
	out.until("ok: the device ran for")
	require.NoError(t, cmd.Wait())
}

// The Enter key ends a line for firmware that reads up to LF, which a terminal does not send for it.
func TestInteractiveEnterIsCRLF(t *testing.T) {
	cmd := process(t, "run", firmware("talker.wasm"), "--interactive")
	tty := onTerminal(t, cmd)
	out := listenTo(t, tty)
	out.until("Enter as CRLF")
	out.until("ready")
	_, err := tty.Write([]byte("take 100\r"))
	require.NoError(t, err)
	out.until("taken: yes")
	_, err = tty.Write([]byte{quitKey})
	require.NoError(t, err)
	out.until("ok: the device ran for")
	require.NoError(t, cmd.Wait())
}

func TestInteractiveNeedsATerminal(t *testing.T) {
	cmd := process(t, "run", firmware("pins.wasm"), "--interactive")
	out, err := cmd.CombinedOutput()
	assert.ErrorContains(t, err, "exit status 2")
	assert.Contains(t, string(out), "--input -")
}

func TestUARTOnAPTY(t *testing.T) {
	t.Parallel()
	cmd := process(t, "run", firmware("pins.wasm"), "--uart", "pty", "--expect-text", "you said over the line", "--timeout", "1m")
	said, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(said)
	require.True(t, lines.Scan())
	path := regexp.MustCompile(`^UART0 is at (/dev/\S+)$`).FindStringSubmatch(lines.Text())
	require.NotNil(t, path, lines.Text())
	go func() {
		for lines.Scan() {
		}
	}()
	port, err := os.OpenFile(path[1], os.O_RDWR, 0)
	require.NoError(t, err)
	defer port.Close()
	assert.True(t, term.IsTerminal(int(port.Fd())))
	in := listenTo(t, port)
	in.until("sensor 0")
	_, err = port.Write([]byte("over the line\n"))
	require.NoError(t, err)
	in.until("you said over the line\n")
	require.NoError(t, cmd.Wait())
}

// The same by socat, as people do it.
func TestUARTBySocat(t *testing.T) {
	t.Parallel()
	needTool(t, "socat")
	for _, kind := range []string{"tcp:0", "pty"} {
		t.Run(kind, func(t *testing.T) {
			cmd := process(t, "run", firmware("pins.wasm"), "--uart", kind, "--expect-text", "you said socat", "--timeout", "1m")
			said, err := cmd.StderrPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			lines := bufio.NewScanner(said)
			require.True(t, lines.Scan())
			at := strings.TrimPrefix(lines.Text(), "UART0 is at ")
			address := at + ",raw,echo=0"
			if a, ok := strings.CutPrefix(at, "tcp "); ok {
				address = "TCP:" + a
			}
			go func() {
				for lines.Scan() {
				}
			}()
			socat := exec.Command("socat", "-", address)
			in, err := socat.StdinPipe()
			require.NoError(t, err)
			out, err := socat.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, socat.Start())
			got := listenTo(t, out)
			got.until("sensor 0")
			_, err = in.Write([]byte("socat\n"))
			require.NoError(t, err)
			got.until("you said socat\n")
			require.NoError(t, cmd.Wait())
			_ = in.Close()
			_ = socat.Process.Kill()
			_ = socat.Wait()
		})
	}
}

// Another program decodes what the pins did back to what the firmware sent.
func TestVCDIsReadBySigrok(t *testing.T) {
	needTool(t, "sigrok-cli")
	file := filepath.Join(t.TempDir(), "pins.vcd")
	input := filepath.Join(t.TempDir(), "input")
	require.NoError(t, os.WriteFile(input, []byte("over the pins\n"), 0o600))
	out, err := process(t, "run", firmware("pins.wasm"), "--vcd", file, "--timeout", "1200ms", "--input", input).CombinedOutput()
	require.NoError(t, err, "%s", out)
	decode := func(args ...string) string {
		out, err := exec.Command("sigrok-cli", append([]string{"-i", file, "-I", "vcd"}, args...)...).CombinedOutput()
		require.NoError(t, err, "%s", out)
		return string(out)
	}
	uart := decode("-P", "uart:rx=U0TXD:baudrate=9600:format=hex", "-A", "uart=rx-data")
	var hex []string
	for _, c := range []byte("you said over the pins") {
		hex = append(hex, fmt.Sprintf("uart-1: %02X\n", c))
	}
	assert.Contains(t, uart, strings.Join(hex, ""))
}

// busFirmware writes two bytes to the I2C address 0x3C; the board's pull-ups are the pads' own.
const busFirmware = `#include "osapi.h"
#include "gpio.h"
#include "user_interface.h"
#include "driver/i2c_master.h"

void user_init(void)
{
	i2c_master_gpio_init();
	PIN_PULLUP_EN(PERIPHS_IO_MUX_GPIO2_U);
	PIN_PULLUP_EN(PERIPHS_IO_MUX_MTMS_U);
	i2c_master_start();
	i2c_master_writeByte(0x3C << 1);
	i2c_master_checkAck();
	i2c_master_writeByte(0xA5);
	i2c_master_checkAck();
	i2c_master_writeByte(0x17);
	i2c_master_checkAck();
	i2c_master_stop();
}
`

func TestVCDHoldsTheI2CBus(t *testing.T) {
	needTool(t, "sigrok-cli")
	needTool(t, "clang")
	needTool(t, "wasm-ld")
	dir := t.TempDir()
	source, image, file := filepath.Join(dir, "bus.c"), filepath.Join(dir, "bus.wasm"), filepath.Join(dir, "bus.vcd")
	require.NoError(t, os.WriteFile(source, []byte(busFirmware), 0o600))
	for _, args := range [][]string{{"build", "-o", image, source}, {"run", image, "--vcd", file, "--timeout", "100ms"}} {
		out, err := process(t, args...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	sigrok := exec.Command("sigrok-cli", "-i", file, "-I", "vcd", "-P", "i2c:sda=GPIO2:scl=GPIO14", "-A", "i2c=addr-data")
	out, err := sigrok.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Equal(t, "i2c-1: Start\ni2c-1: Write\ni2c-1: Address write: 3C\ni2c-1: NACK\ni2c-1: Data write: A5\ni2c-1: NACK\n"+
		"i2c-1: Data write: 17\ni2c-1: NACK\ni2c-1: Stop\n", string(out))
}

func TestUARTLineIsBounded(t *testing.T) {
	l := newUARTLine()
	for range 3 {
		_, _ = l.Write(bytes.Repeat([]byte("x"), lineAhead))
	}
	_, _ = l.Write([]byte("end"))
	gone := false
	got := l.take(&gone)
	assert.Len(t, got, lineAhead)
	assert.True(t, bytes.HasSuffix(got, []byte("xend")))
}

// The device's terminal may move the cursor and colour text, and nothing else.
func TestEscaperLeavesATerminalToTheDevice(t *testing.T) {
	for in, want := range map[string]string{
		"a\nb\r\n":                         "a\r\nb\r\r\n",
		"rub out\b \b":                     "rub out\b \b",
		"\x1b[1;31mred\x1b[0m\x1b[2K":      "\x1b[1;31mred\x1b[0m\x1b[2K",
		"\x1b]0;title\a":                   `\x1b]0;title` + "\a",
		"\x1b[?1049h\x1bc":                 `\x1b[?1049h\x1bc`,
		"\x1b[" + strings.Repeat("1", 100): `\x1b[` + strings.Repeat("1", 100),
		"cut \x1b[1":                       `cut \x1b\x5b\x31`,
	} {
		for size := 1; size <= len(in); size++ {
			var out strings.Builder
			e := &escaper{out: &out}
			e.raw()
			for rest := in; rest != ""; {
				n := min(size, len(rest))
				_, _ = e.Write([]byte(rest[:n]))
				rest = rest[n:]
			}
			e.flush()
			assert.Equal(t, want, out.String(), "%q in pieces of %d", in, size)
		}
	}
}

func TestOutcomeHasColoursOnATerminalAlone(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	assert.True(t, colourful(true, env("TERM", "xterm")))
	assert.False(t, colourful(true, env("TERM", "xterm", "NO_COLOR", "1")))
	assert.False(t, colourful(true, env("TERM", "dumb")))
	assert.False(t, colourful(false, env("TERM", "xterm")))
	var out strings.Builder
	e := &escaper{out: &out}
	(&console{colours: true}).outcome(e, false, "crash \x1b[2J\n    run main.c:1")
	(&console{colours: true}).outcome(e, true, "ok")
	(&console{}).outcome(e, true, "plain")
	assert.Equal(t, "\x1b[31mcrash \\x1b[2J\x1b[0m\n    run main.c:1\n\x1b[32mok\x1b[0m\nplain\n", out.String())
}
