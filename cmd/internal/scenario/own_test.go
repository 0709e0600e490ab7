package scenario_test

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wasm"
)

// images are the prebuilt ones of testdata/firmware.
func images(t *testing.T) func(file string) (*scenario.Program, error) {
	loaded := map[string]*wasm.Image{}
	t.Cleanup(func() {
		for _, i := range loaded {
			assert.NoError(t, i.Close())
		}
	})
	return func(file string) (*scenario.Program, error) {
		if loaded[file] == nil {
			i, err := wasm.LoadFile("../../../testdata/firmware/" + file)
			if err != nil {
				return nil, err
			}
			loaded[file] = i
		}
		i := loaded[file]
		return &scenario.Program{New: func() emulator.Firmware { return i.Firmware() }}, nil
	}
}

// The takes of docs/scripts.md come true, and every command and expectation stands in one of them, but those of the library.
func TestScriptsPage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/scripts.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```scenario\n(.*?)```").FindAllStringSubmatch(strings.ReplaceAll(string(page), "\r\n", "\n"), -1)
	require.Greater(t, len(blocks), 8)
	open := images(t)
	words := map[string]bool{}
	for _, b := range blocks {
		s, err := scenario.Parse("scripts.md", []byte(b[1]))
		require.NoError(t, err)
		s.Open, s.Careful = open, true
		for line := range strings.Lines(b[1]) {
			f := strings.Fields(line)
			if len(f) > 0 {
				words[f[0]] = true
			}
			if len(f) > 1 && (f[0] == "expect" || f[0] == "peer" || f[0] == "flash") {
				words[f[0]+" "+f[1]] = true
			}
		}
		for i := range s.Takes {
			t.Run(s.Takes[i].Name, func(t *testing.T) {
				var out bytes.Buffer
				synctest.Test(t, func(t *testing.T) {
					if err := s.Play(i, &out); err != nil {
						t.Errorf("%v\n%s", err, &out)
					}
				})
			})
		}
	}
	for _, w := range scenario.Words() {
		assert.True(t, words[w], "docs/scripts.md has no example of: %s", w)
	}
}

// Lines for firmware of a project that cannot be carried out name their place, what is wanted, and the nearest word.
func TestOwnMistakes(t *testing.T) {
	for line, want := range map[string]string{
		"conect":                                "perhaps connect is wanted",
		"connect":                               "the project's firmware makes its calls itself",
		"on connect send 5":                     "the project's firmware",
		"use a":                                 "the project's firmware",
		"uart sent hello":                       `"sent": perhaps send is wanted`,
		"uart send":                             "wanted",
		`uart send "\q"`:                        `\xNN is wanted`,
		`uart send "\x1"`:                       `\xNN is wanted`,
		"uart wait x withn=5s":                  "perhaps within is wanted",
		"uart wait x within=5":                  "a time",
		`uart wait ""`:                          "a text is wanted",
		"wait event x within=1e9h":              "a time",
		"peer tsl":                              "perhaps tls is wanted",
		"peer tls mesage=1":                     "perhaps message is wanted",
		"peer tls cert=expird":                  "perhaps expired is wanted",
		"peer tls at=1.2.3.4:5":                 "an address in 10.0.0.0/16 is wanted (a line network changes that)",
		"peer tls at=x":                         "a number",
		"peer tls at=10.0.0.21:5":               "is taken",
		"peer tls :8883":                        `":8883": perhaps at=8883 is wanted`,
		"peer tcp 8883 cut=5":                   "perhaps at=8883 is wanted",
		"peer http tls 10.0.0.10:8883":          "perhaps at=10.0.0.10:8883 is wanted",
		"peer mqtt port=1883":                   "perhaps at=1883 is wanted",
		"peer tls at=1 at=2":                    "once",
		"peer tcp cut=0":                        "a number",
		"peer tcp cut=5/rest":                   "perhaps reset is wanted",
		"peer http tsl":                         "perhaps tls is wanted",
		"peer mqtt tls massage=5":               "perhaps message is wanted",
		"peer records separate message=5000\n":  "",
		"page x":                                "a path",
		"page /x staus=5 a":                     "wanted",
		"page /x status=5":                      "a number",
		"page /x do=silnt":                      "perhaps silent is wanted",
		"publish a b":                           "a line peer mqtt is wanted",
		"publish a":                             "wanted",
		"reply a":                               "wanted",
		`reply "" b`:                            "a text is wanted",
		"say hello":                             "a line peer",
		"hangup close":                          "a line peer",
		"dns a":                                 "NAME=ADDR",
		"dns a=b":                               "an IPv4 address",
		"range ot":                              "perhaps out is wanted",
		"air los=5":                             "perhaps loss is wanted",
		"air loss=101":                          "per cent",
		"air loss=NaN":                          "per cent",
		"air":                                   "wanted",
		"lose from sin":                         "perhaps syn is wanted",
		"lose form syn":                         "perhaps from is wanted",
		"lose from syn 0":                       "a number",
		"expect frames syn x":                   "<N or >N is wanted",
		"expect frames syn <>5":                 "<N or >N is wanted",
		"expect frames sin 5":                   "perhaps syn is wanted",
		"pin 17 high":                           "from 0 to 16",
		"pin 1 hihg":                            "perhaps high is wanted",
		"button 4 fro=5s":                       "perhaps for is wanted",
		"button 4 bounces=101":                  "a number",
		"adc 1025":                              "a number",
		"supply 65535":                          "a number",
		"i2c 0x78 1=2":                          "a number",
		"i2c 0x40 1":                            "REG=BYTE",
		"i2c 0x40 1=256":                        "a number",
		"i2c pins 2 16":                         "a number",
		"expect i2c 0x40 1=2":                   "a line i2c is wanted",
		"flash cot 1":                           "perhaps cut is wanted",
		"flash cut 0":                           "a number",
		"flash cut 1 durin":                     "perhaps during is wanted",
		"flash fail 1024":                       "a number",
		"flash fail 1 wron":                     "perhaps worn is wanted",
		"flash write 2 00000000":                "a multiple of 4",
		"flash write 0 0000":                    "whole words",
		"flash write 0x3FFFFC 0000000000000000": "whole words",
		"flash erase 1 2":                       "wanted",
		"expect flash 0 x":                      "hexadecimal",
		"stub espconn_secure_snd returns 5":     "perhaps espconn_secure_send is wanted",
		"stub espconn_send return 5":            "wanted",
		"stub espconn_send returns x":           "a number of 32 bits",
		"stub espconn_send returns 5 cal=1":     "perhaps call is wanted",
		"power offf":                            "perhaps off is wanted",
		"restart now":                           "wanted",
		"network 10.0.0.0/16":                   "before all others",
		"firmware talker.wasm":                  "before all others",
		"device profil=x":                       "perhaps profile is wanted",
		"expect lgo x":                          "perhaps log is wanted",
		"expect no lag":                         "perhaps log is wanted",
		"expect finding send-befor-sent":        "wanted",
		"expect":                                "wanted",
		"datagram 0 x":                          "a number",
		"datagram 5 x to=y":                     "an IPv4 address",
		"client a opn":                          "perhaps open is wanted",
		"client a open plin":                    "perhaps plain is wanted",
		"client a say x":                        "is not connected",
	} {
		s, err := scenario.Parse("s", []byte("-- a --\nfirmware talker.wasm\nboot\nwait 3s\n"+line+"\n"))
		require.NoError(t, err)
		s.Open = images(t)
		if strings.HasPrefix(line, "device ") {
			s.Takes = scenarioOf(t, "firmware talker.wasm", "wait 0s", "", line).Takes
		}
		synctest.Test(t, func(t *testing.T) {
			err := s.Play(0, io.Discard)
			var m *scenario.MistakeError
			require.ErrorAs(t, err, &m, line)
			assert.Contains(t, err.Error(), "line 4", line)
			assert.NotContains(t, err.Error(), "\n", line)
			assert.Contains(t, err.Error(), want, line)
		})
	}
}

// Whatever a server does with what it is sent, expect received knows it, and a server that gives it back has things to say, too.
func TestEveryServerNotesWhatItIsSent(t *testing.T) {
	for _, peer := range []string{"tcp", "tcp do=hold", "tcp do=echo", "tcp do=write:5", "tcp do=answer:5", "silent"} {
		lines := []string{"firmware talker.wasm", "peer " + peer + " at=80", "uart wait ready", `uart wait "got ip"`,
			`uart send "tcp 10.0.0.10 80\n"`, "uart wait connected", `uart send "say hello\n"`, "wait 1s", "expect received hello 1"}
		if peer == "tcp do=echo" {
			lines = append(lines, `expect log "received 6: hello"`, "say welcome", `uart wait "received 7: welcome"`)
		}
		s := scenarioOf(t, lines...)
		s.Open = images(t)
		synctest.Test(t, func(t *testing.T) { require.NoError(t, s.Play(0, io.Discard), peer) })
	}
}

// scenarioOf is a script of one take.
func scenarioOf(t *testing.T, lines ...string) *scenario.Scenario {
	s, err := scenario.Parse("s", []byte("-- a --\n"+strings.Join(lines, "\n")+"\n"))
	require.NoError(t, err)
	return s
}

// What a take says of the device holds wherever the line stands, before the firmware's or behind it.
func TestSettingsBeforeTheFirmware(t *testing.T) {
	settings := []string{"device profile=SDK221 heap=30000", "ap elsewhere secret78"}
	for _, lines := range [][]string{
		append([]string{"firmware talker.wasm"}, settings...),
		append(settings[:2:2], "firmware talker.wasm"),
		{settings[0], "firmware talker.wasm", settings[1]},
	} {
		s := scenarioOf(t, append(lines, "boot", "wait 20s")...)
		s.Open = images(t)
		synctest.Test(t, func(t *testing.T) {
			s.Ended = func(_ string, d *emulator.Device) {
				boot := d.Trace().Events()[0]
				assert.Equal(t, trace.KindBoot, boot.Kind)
				assert.Equal(t, "SDK221", boot.Name, "%q", lines)
				assert.EqualValues(t, 30000, boot.Limit, "%q", lines)
				assert.Contains(t, d.Passwords(), "secret78", "%q", lines)
			}
			require.NoError(t, s.Play(0, io.Discard))
		})
	}
}

// What does not come true names its line of the file, and what was there instead.
func TestOwnLinesFail(t *testing.T) {
	for line, want := range map[string]string{
		"uart wait nothing within=1s":     "it was not printed; since the text before",
		"wait event nothing within=1s":    "there was no such event",
		"expect log nothing":              "the log is",
		"expect no log ready":             "it was printed",
		"expect crash x":                  "the firmware has not crashed",
		"expect event nothing":            "no such line",
		`expect no event "got ip"`:        "the trace has",
		"expect frames syn 5":             "the device sent 0",
		"expect received x":               "the servers received",
		"expect request x":                "the requests were",
		"expect published a b":            "the broker was told",
		"expect flash 0 00":               "there is ff",
		"expect erases 0 1":               "it was erased 0 times",
		"expect pin 5 high within=1s":     "the pin is low",
		"expect leaked 5":                 "0 blocks",
		"expect heard hello":              "the datagrams were",
		"expect status 4":                 "the status is 5",
		"call nothing":                    "no function",
		"call add 1":                      "takes 2 arguments",
		"expect finding send-before-sent": "the findings are []",
	} {
		s := scenarioOf(t, "firmware talker.wasm", "wait 3s", line)
		s.Open = images(t)
		synctest.Test(t, func(t *testing.T) {
			err := s.Play(0, io.Discard)
			var l *scenario.LineError
			require.ErrorAs(t, err, &l, line)
			assert.Equal(t, 4, l.Line, line)
			assert.Contains(t, l.Err.Error(), want, line)
			assert.NotEmpty(t, l.Story, line)
		})
	}
}

// Firmware that stands in a callback at the end of the take, and feeds the watchdog, has crashed, also when no line asked the device.
func TestStandingFirmwareFailsTheTake(t *testing.T) {
	s := scenarioOf(t, "wait 5s")
	s.Program = &scenario.Program{New: func() emulator.Firmware {
		return emulator.Go(func(sdk *emulator.SDK) {
			var timer emulator.OsTimer
			sdk.OsTimerSetfn(&timer, func() {
				for {
					sdk.OsDelayUs(1000)
					sdk.SystemSoftWdtFeed()
				}
			})
			sdk.OsTimerArm(&timer, 100, false)
		})
	}}
	synctest.Test(t, func(t *testing.T) {
		assert.ErrorContains(t, s.Play(0, io.Discard), "goes on feeding the watchdog: the take is over")
	})
}

// A crash that no line expects, and with Careful a finding, are errors at the end of the take.
func TestUnexpected(t *testing.T) {
	for _, row := range []struct {
		careful bool
		lines   []string
		want    string
	}{
		{false, []string{"firmware memory.wasm", "flash write 0x100000 01000000", "wait 1s"}, "the firmware crashed: exception 28"},
		{false, []string{"firmware memory.wasm", "flash write 0x100000 01000000", "wait 1s", "expect crash NULL"}, ""},
		{false, []string{"firmware misuse.wasm", "wait 10s"}, ""},
		{true, []string{"firmware misuse.wasm", "wait 10s"}, "a take that wants that has a line expect finding"},
	} {
		s := scenarioOf(t, row.lines...)
		s.Open, s.Careful = images(t), row.careful
		synctest.Test(t, func(t *testing.T) {
			err := s.Play(0, io.Discard)
			if row.want == "" {
				assert.NoError(t, err, row.lines)
			} else {
				assert.ErrorContains(t, err, row.want, row.lines)
			}
		})
	}
}

// A take with parameters becomes one for each value.
func TestParameters(t *testing.T) {
	s, err := scenario.Parse("s", []byte("-- a [P=x,y] [N=1..3] --\nwait $N\nap $P\n-- b [c] --\nwait 1s\n"))
	require.NoError(t, err)
	var names []string
	for _, take := range s.Takes {
		names = append(names, take.Name)
		assert.Equal(t, map[bool]int{true: 1, false: 4}[take.Name[0] == 'a'], take.Line)
	}
	assert.Equal(t, []string{"a, P x, N 1", "a, P x, N 2", "a, P x, N 3", "a, P y, N 1", "a, P y, N 2", "a, P y, N 3", "b [c]"}, names)
	for bad, want := range map[string]string{
		"-- a [N=3..1] --\nwait $N\n":                          "the least first",
		"-- a [N=1..99999] --\nwait $N\n":                      "up to 10000 numbers",
		"-- a [N=1..5000] [M=1..5000] --\nwait $N $M\n":        "more than 10000 takes",
		"-- a [N=1,,2] --\nwait $N\n":                          "values with commas",
		"-- a [N=1..2] --\nwait $M\n":                          "no line has $N",
		"-- a [N=1..9] --\nwait $N\n-- b [N=1..9999] --\n$N\n": "more than 10000 takes",
	} {
		_, err := scenario.Parse("s", []byte(bad))
		assert.ErrorContains(t, err, want, bad)
	}
}
