package report_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/emulator/report"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// refused is a device whose server sends a Certificate message of 3,000 bytes, and the capture of it.
func refused(t *testing.T) (report.Device, []byte) {
	t.Helper()
	var capture bytes.Buffer
	var events []trace.Event
	synctest.Test(t, func(t *testing.T) {
		n := vnet.New(vnet.Options{Seed: 1})
		n.Gateway(vnet.GatewayConfig{})
		c, err := n.Capture(&capture)
		require.NoError(t, err)
		d := emulator.NewTest(t, emulator.Config{Name: "sensor", Seed: 1, Network: n, Profile: espconn.SDK301()})
		devtest.TLSServer(t, n, devtest.Options{ChainLen: 3000, Intermediates: 1})
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			s.SecureSetSize(1, 2048)
			c := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{RemotePort: 8883,
				RemoteIP: [4]byte{10, 0, 0, 10}}}}
			var timer emulator.OsTimer
			s.OsTimerSetfn(&timer, func() { s.SecureConnect(c) })
			s.OsTimerArm(&timer, 3000, false)
		})))
		time.Sleep(10 * time.Second)
		events = d.Trace().Events()
		require.NoError(t, d.Close())
		require.NoError(t, c.Close())
		require.NoError(t, n.Close())
	})
	return report.Device{Name: "sensor", Events: events}, capture.Bytes()
}

// made is the page of a report.
func made(t *testing.T, d []report.Device, o report.Options) string {
	t.Helper()
	r, err := report.New(d, o)
	require.NoError(t, err)
	return string(r.HTML())
}

// TestPage: the verdict comes first, then what to change; what did not fit stands out; the chain has what a shorter one saves.
func TestPage(t *testing.T) {
	d, capture := refused(t)
	page := made(t, []report.Device{d}, report.Options{Capture: capture, Command: "emu8266 run a.wasm", Version: "v1"})
	at := -1
	for _, want := range []string{
		"<title>Flight report: sensor</title>", "The last connection failed", "Certificate message of 3000 bytes, limit 2048 (-0x7200)",
		"MBEDTLS_ERR_SSL_INVALID_RECORD", "What to change", "set the size to 3000 or more", "What the TLS buffer had to hold",
		"<td>ClientHello</td>", `<tr class="bad">`, "146 %", "The certificates of 10.0.0.10:8883: a Certificate message of 3000 bytes",
		"Step by step", "Time line", "<svg", "Heap", "What held it then", "in buffer", "All events", "trace.jsonl", "capture.pcapng",
		"left out: keys of TLS connections, data of connections, Wi-Fi passwords", "emu8266 run a.wasm",
	} {
		i := strings.Index(strings.ToLower(page), strings.ToLower(want))
		if assert.Greater(t, i, at, "%q is missing, or in another place", want) {
			at = i
		}
	}
	assert.Equal(t, page, made(t, []report.Device{d}, report.Options{Capture: capture, Command: "emu8266 run a.wasm", Version: "v1"}))
}

// TestBufferThatFits: where the buffer is not the cause, its table comes after the steps.
func TestBufferThatFits(t *testing.T) {
	d, _ := refused(t)
	for i, e := range d.Events {
		if e.Kind == trace.KindCause {
			d.Events[i].Value, d.Events[i].Limit = 0, 0
		}
	}
	page := made(t, []report.Device{d}, report.Options{})
	assert.Less(t, strings.Index(page, "Time line"), strings.Index(page, "What the TLS buffer had to hold"))
	assert.Contains(t, page, "<td>ClientHello</td>")
}

// TestChain: a certificate's bytes, and the message without it.
func TestChain(t *testing.T) {
	d, capture := refused(t)
	page := made(t, []report.Device{d}, report.Options{Capture: capture})
	rows := regexp.MustCompile(`<tr><td class="n">(\d+)</td><td class="n">(\d*)</td><td>(RSA \d+)</td><td>SHA256-RSA</td>`).
		FindAllStringSubmatch(page, -1)
	require.Len(t, rows, 2)
	var own, other, without int
	_, err := fmt.Sscan(rows[0][1], &own)
	require.NoError(t, err)
	_, err = fmt.Sscan(rows[1][1]+" "+rows[1][2], &other, &without)
	require.NoError(t, err)
	assert.Empty(t, rows[0][2])
	assert.Equal(t, 3000, 4+3+3+own+3+other)
	assert.Equal(t, 4+3+3+own, without)
}

// TestPageAsksNobody: nothing in the page leads to another place, and there is no script.
func TestPageAsksNobody(t *testing.T) {
	d, capture := refused(t)
	for _, l := range cause.Languages() {
		page := made(t, []report.Device{d}, report.Options{Capture: capture, Language: l})
		for _, link := range regexp.MustCompile(`(?:href|src|url)\s*[=(]\s*["']?([^"' >]*)`).FindAllStringSubmatch(page, -1) {
			assert.Regexp(t, `^(data:|#)`, link[1])
		}
		assert.NotContains(t, page, "<script")
		assert.NotContains(t, page, "<link")
		assert.Contains(t, page, `content="default-src 'none'`)
	}
}

// attached returns an attached file of a page.
func attached(t *testing.T, page, name string) []byte {
	m := regexp.MustCompile(`download="` + regexp.QuoteMeta(name) + `" href="data:[^,]*,([^"]*)"`).FindStringSubmatch(page)
	require.NotNil(t, m, name)
	b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(m[1], "&#43;", "+"))
	require.NoError(t, err)
	return b
}

// TestTraceAttached: the attached trace makes the same report.
func TestTraceAttached(t *testing.T) {
	d, _ := refused(t)
	page := made(t, []report.Device{d}, report.Options{})
	again, err := report.Read(bytes.NewReader(attached(t, page, "trace.jsonl")))
	require.NoError(t, err)
	assert.Equal(t, []report.Device{d}, again)
	assert.Equal(t, page, made(t, again, report.Options{}))
}

// TestSecretsStayOut: no secret is in the page, its attachments or its short form, wherever it stood.
func TestSecretsStayOut(t *testing.T) {
	const secret = "correct horse"
	events := []trace.Event{{Source: trace.SourceUART, Kind: trace.KindLine, Text: "joining with <" + secret + ">"},
		{Source: trace.SourceAPI, Kind: trace.KindCall, Name: "f", Text: "\"" + secret + "\""},
		{Name: secret, Where: secret + ".c:3", Conn: secret}}
	o := report.Options{Secrets: []string{"", "horse", secret}, Command: "emu8266 run --ap 'home:" + secret + "'"}
	r, err := report.New([]report.Device{{Name: secret, Events: events}}, o)
	require.NoError(t, err)
	page := string(r.HTML())
	for what, text := range map[string]string{"page": page, "short": r.Markdown(), "trace": string(attached(t, page, "trace.jsonl"))} {
		assert.NotContains(t, text, secret, what)
		assert.NotContains(t, text, "horse", what)
		assert.Contains(t, strings.ReplaceAll(text, "\\*", "*"), "********", what)
	}
	assert.Equal(t, secret, events[2].Name, "the caller's events were changed")
}

// TestShortSecret: a short one is replaced as a word only, and the catalogue's names stay.
func TestShortSecret(t *testing.T) {
	events := []trace.Event{{Source: trace.SourceUART, Kind: trace.KindLine, Text: "network two, two"},
		{Source: trace.SourceWiFi, Kind: trace.KindCause, Name: "device/wrong-password", Text: "home"}}
	r, err := report.New([]report.Device{{Name: "d", Events: events}},
		report.Options{Title: "take two", Secrets: []string{"two", "wrong-password"}})
	require.NoError(t, err)
	page := string(r.HTML())
	assert.Contains(t, page, "network ********, ********")
	assert.Contains(t, page, "<title>Flight report: take ********</title>")
	assert.Contains(t, r.Markdown(), "wrong password for the network")
}

// TestUnseen: what a device prints that is no text is shown in hexadecimal, and is whole in the attached trace.
func TestUnseen(t *testing.T) {
	d := report.Device{Name: "d", Events: []trace.Event{{Source: trace.SourceUART, Kind: trace.KindLine, Text: "a\xff\x1b[31m\x00é"}}}
	page := made(t, []report.Device{d}, report.Options{})
	assert.Contains(t, page, `a\xff\x1b[31m\x00é`)
	assert.NotContains(t, page, "\x1b")
	again, err := report.Read(bytes.NewReader(attached(t, page, "trace.jsonl")))
	require.NoError(t, err)
	assert.Equal(t, []report.Device{d}, again)
}

// TestMarkdown: the short form has the verdict and the table, and text cannot break it.
func TestMarkdown(t *testing.T) {
	d, capture := refused(t)
	r, err := report.New([]report.Device{d}, report.Options{Capture: capture, Version: "v1", Command: "a `b` | c\nd"})
	require.NoError(t, err)
	text := r.Markdown()
	for _, want := range []string{
		"**the last connection failed**: Certificate message of 3000 bytes, limit 2048 " +
			"(`-0x7200 MBEDTLS_ERR_SSL_INVALID_RECORD`)",
		"| failure | **Certificate message of 3000 bytes, limit 2048** | 3000 | 146 % |",
		"The certificates of 10.0.0.10:8883", "``a `b` | c d``"} {
		assert.Contains(t, text, want)
	}
	r, err = report.New([]report.Device{{Name: "<b>|x", Events: []trace.Event{{}}}}, report.Options{})
	require.NoError(t, err)
	assert.Contains(t, r.Markdown(), `### &lt;b&gt;\|x`)
}

// TestLongRun: marks fold, the list is bounded, and the page stays of a size that a browser opens at once.
func TestLongRun(t *testing.T) {
	d, _ := refused(t)
	for i := range 30_000 {
		d.Events = append(d.Events, trace.Event{Seq: uint64(10_000 + i), At: 20*time.Second + time.Duration(i)*time.Millisecond,
			Source: trace.SourceUART, Kind: trace.KindLine, Text: "a line of the firmware"})
	}
	page := made(t, []report.Device{d}, report.Options{})
	assert.Less(t, len(page), 14<<20)
	svg := page[strings.Index(page, "<svg"):strings.Index(page, "</svg>")]
	assert.Less(t, strings.Count(svg, "<rect"), 3000)
	assert.Less(t, len(svg), 1<<20)
	assert.Contains(t, page, "older events are not listed")
	assert.Contains(t, page, "Certificate message of 3000 bytes")
	assert.Equal(t, report.EventsMax, strings.Count(page, "<td>uart</td>"))
}

// TestSeveralDevices: each has its part, and the page is named after the first that failed.
func TestSeveralDevices(t *testing.T) {
	d, _ := refused(t)
	page := made(t, []report.Device{{Name: "idle",
		Events: []trace.Event{{Source: trace.SourceDevice, Kind: trace.KindBoot}}}, d}, report.Options{})
	assert.Contains(t, page, "<title>Flight report: sensor</title>")
	assert.Contains(t, page, `<a href="#d1">idle</a>: nothing failed</li>`)
	assert.Regexp(t, `<a href="#d2">sensor</a>: [^<]*Certificate message of 3000 bytes`, page, "the contents say why")
	assert.Contains(t, page, `<section id="d2">`)
}

// TestFailedTest: the page of a test that failed says so first, and of a device without a failure that the failure is not there; what
// went wrong on a device stays the verdict.
func TestFailedTest(t *testing.T) {
	d, _ := refused(t)
	idle := report.Device{Name: "idle", Events: []trace.Event{{Source: trace.SourceDevice, Kind: trace.KindBoot}}}
	for l, said := range map[cause.Language][3]string{
		cause.English: {"The test TestDoor/shut failed", "on the device itself: nothing failed", "compare what the test wanted"},
		cause.Chinese: {"测试 TestDoor/shut 失败", "设备本身：没有失败", "对照测试输出"},
	} {
		o := report.Options{Language: l}
		assert.Contains(t, made(t, []report.Device{idle}, o), `<div class="verdict good">`)
		o.FailedTest = "TestDoor/shut"
		page := made(t, []report.Device{idle, d}, o)
		assert.NotContains(t, page, `class="verdict good"`)
		assert.NotContains(t, page, `<li class="good"`)
		assert.Less(t, strings.Index(page, said[0]), strings.Index(page, "<nav"))
		for _, text := range said {
			assert.Contains(t, page, text)
		}
		assert.Equal(t, 1, strings.Count(page, said[2]), "the device that failed has advice of its own")
		r, err := report.New([]report.Device{idle}, o)
		require.NoError(t, err)
		for _, text := range said {
			assert.Contains(t, r.Markdown(), text)
		}
	}
}

// TestFailedDevice: what the test of a device failed of stands before what the device did, in page and text; a verdict that says the same
// is not said twice, and passwords stay out.
func TestFailedDevice(t *testing.T) {
	boot := trace.Event{Source: trace.SourceDevice, Kind: trace.KindBoot}
	idle := report.Device{Name: "idle", Events: []trace.Event{boot}, Failed: "t.c:5: Expected hush-hush Was 4"}
	ended := report.Device{Name: "ended", Failed: "t.c:7: assertion failed: x == 1", Events: []trace.Event{boot,
		{Source: trace.SourceDevice, Kind: trace.KindCause, Name: string(cause.OwnEnd), Text: "assertion failed: x == 1"},
		{Source: trace.SourceDevice, Kind: trace.KindFatal, Name: "t.c:7", Text: "assertion failed: x == 1"}}}
	for l, said := range map[cause.Language][3]string{
		cause.English: {"the test failed: t.c:5: Expected ******** Was 4", "on the device itself: nothing failed",
			"the test failed: t.c:7"},
		cause.Chinese: {"测试失败：t.c:5: Expected ******** Was 4", "设备本身：没有失败", "测试失败：t.c:7"},
	} {
		o := report.Options{Language: l, Secrets: []string{"hush-hush"}}
		devices := []report.Device{idle, ended}
		r, err := report.New(devices, o)
		require.NoError(t, err)
		for _, text := range []string{made(t, devices, o), strings.ReplaceAll(r.Markdown(), `\*`, "*")} {
			assert.Contains(t, text, said[0])
			assert.Less(t, strings.Index(text, said[0]), strings.LastIndex(text, said[1]))
			assert.NotContains(t, text, "hush-hush")
			assert.Equal(t, l == cause.Chinese, strings.Contains(text, said[2]), "the verdict says it in this language")
		}
	}
}

// TestUnchecked: a report of firmware without memory checks says that they were not there, also when nothing failed; another does not.
func TestUnchecked(t *testing.T) {
	d := report.Device{Name: "idle", Events: []trace.Event{{Source: trace.SourceDevice, Kind: trace.KindBoot}}}
	for l, said := range map[cause.Language]string{cause.English: "Memory was not checked", cause.Chinese: "没有进行内存检查"} {
		for _, d.Unchecked = range []bool{true, false} {
			o := report.Options{Language: l}
			r, err := report.New([]report.Device{d}, o)
			require.NoError(t, err)
			assert.Equal(t, d.Unchecked, strings.Contains(made(t, []report.Device{d}, o), said))
			assert.Equal(t, d.Unchecked, strings.Contains(r.Markdown(), said))
		}
	}
}

// TestUntold: a report that is made of a trace says that nobody knows whether memory was checked; one of the events that were gathered does
// not, nor does one that knows.
func TestUntold(t *testing.T) {
	var file bytes.Buffer
	boot := trace.Event{Seq: 1, Source: trace.SourceDevice, Kind: trace.KindBoot, Name: "SDK306"}
	trace.NewWriter(&file).Write("idle", boot)
	read, err := report.Read(&file)
	require.NoError(t, err)
	read[0].Untold = true
	gathered := []report.Device{{Name: "idle", Events: []trace.Event{boot}}}
	words := map[cause.Language]string{cause.English: "does not tell whether memory was checked", cause.Chinese: "不说明是否进行过内存检查"}
	for l, said := range words {
		o := report.Options{Language: l}
		assert.Contains(t, made(t, read, o), said)
		assert.NotContains(t, made(t, gathered, o), said)
		read[0].Unchecked = true
		assert.NotContains(t, made(t, read, o), said)
		read[0].Unchecked = false
	}
}

// TestCollector keeps the newest events, and the boot they belong to.
func TestCollector(t *testing.T) {
	var c report.Collector
	require.NoError(t, c.Add("a", trace.Event{Seq: 1, Source: trace.SourceDevice, Kind: trace.KindBoot, Name: "SDK306"}))
	for i := range 300_000 {
		require.NoError(t, c.Add("a", trace.Event{Seq: uint64(i + 2)}))
	}
	require.NoError(t, c.Add("b", trace.Event{Seq: 1}))
	list := c.Devices()
	require.Len(t, list, 2)
	assert.Equal(t, "SDK306", list[0].Events[0].Name)
	assert.Equal(t, uint64(300_001), list[0].Events[len(list[0].Events)-1].Seq)
	assert.Len(t, list[0].Events, 65_537)
	assert.Len(t, list[1].Events, 1)
	for i := range 2_000 {
		err := c.Add(fmt.Sprint(i), trace.Event{})
		if i < 998 {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, "more than 1000 devices")
		}
	}
}

// TestNoCapture: what is no capture is refused.
func TestNoCapture(t *testing.T) {
	_, err := report.New(nil, report.Options{Capture: []byte("text")})
	assert.ErrorIs(t, err, vnet.ErrNoCapture)
}

// FuzzCapture: no capture makes the report fail, or take more than it is long.
func FuzzCapture(f *testing.F) {
	f.Add([]byte("\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x4d\x3c\x2b\x1a\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x1c\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := report.New([]report.Device{{Name: "d"}}, report.Options{Capture: in, Include: report.Include{Payload: true}})
		if err == nil && len(r.HTML()) > 40_000+2*len(in) {
			t.Fatal("too long")
		}
	})
}

// TestMemoryRanOut: a report of firmware that found no memory says so, how often and for what, where nothing else failed; and nothing
// of it where memory was there.
func TestMemoryRanOut(t *testing.T) {
	events := []trace.Event{{Source: trace.SourceDevice, Kind: trace.KindBoot, Limit: 2000}}
	for i := range 3 {
		events = append(events, trace.Event{At: time.Duration(i) * time.Second, Source: trace.SourceHeap, Kind: trace.KindFailed,
			Name: "leak.c:5", Value: 1016, Limit: 240})
	}
	for l, said := range map[cause.Language][2]string{
		cause.English: {"memory ran out", "no memory, 3 times; the first time for leak.c:5: 1016 bytes asked for, 240 free, at 0.000000 s"},
		cause.Chinese: {"内存耗尽", "内存不足 3 次；首次是 leak.c:5：请求 1016 字节，剩余 240，在 0.000000 秒"},
	} {
		d := report.Device{Name: "idle", Events: events}
		page := made(t, []report.Device{d}, report.Options{Language: l})
		r, err := report.New([]report.Device{d}, report.Options{Language: l})
		require.NoError(t, err)
		for _, text := range []string{page, r.Markdown()} {
			assert.Contains(t, text, said[0])
			assert.Contains(t, text, said[1])
		}
		assert.NotContains(t, page, `<div class="verdict good">`)
		d.Events = events[:1]
		page = made(t, []report.Device{d}, report.Options{Language: l})
		assert.NotContains(t, page, said[0])
		assert.Contains(t, page, `<div class="verdict good">`)
	}
}
