package decode

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// Every code that tls.md 3.2 lists, with the value that the reconnect callback delivers; 0: the disconnect callback.
var codeTable = map[int]int{
	0x7200: -114, 0x7080: 16, 0x7500: -117, 0x7900: -121, 0x7380: 13, 0x6980: 23, 0x6E80: 18, 0x7980: 7, 0x7100: -113, 0x7780: 9,
	0x7880: 0, 0x2700: -39, 0x7680: 10, 0x7480: 12, 0x7A00: -122, 0x2180: 95, 0x3C80: 68, 0x262E: -84, 0x2300: -35, 0x2562: 121,
	0x2500: -37, 0x2580: 91, 0x2680: 90, 0x2880: 88, 0x7F00: -127, 0x7B00: -123, 0x4380: 61, 0x4100: -65, 0x7A80: 6, 0x7B80: 5,
	0x7C00: -124, 0x7C80: 4, 0x7D00: -125, 0x7D80: 3, 0x7E00: -126, 0x7E80: 2, 0x7180: 15, 0x7700: -119, 0x7600: -118, 0x6D00: -109,
	0x6C00: -108, 0x6B80: 21, 0x4290: 46, 0x4310: -83, 0x3290: 62, 0x3310: -67, 0x5180: 47, 0x6180: 31, 0x0001: -1, 0x0045: -69,
}

// From the code to the callback and back.
func TestEveryCodeIsDecoded(t *testing.T) {
	for code, value := range codeTable {
		found, err := Code(fmt.Sprintf("-0x%x", code), nil)
		if !assert.NoError(t, err) {
			continue
		}
		require.Len(t, found, 1)
		assert.NotEmpty(t, found[0].Cause)
		if value == 0 {
			assert.Equal(t, "disconnect", found[0].Callback)
			continue
		}
		assert.Equal(t, fmt.Sprintf("reconnect, %d", value), found[0].Callback, "%x", code)
		back, err := Code(fmt.Sprint(value), nil)
		require.NoError(t, err)
		names := ""
		for _, m := range back {
			names += m.Name + " "
		}
		assert.Contains(t, names, found[0].Name)
	}
}

// Every value of espconn, lwIP and axTLS is known by number and by name.
func TestEveryNameIsDecoded(t *testing.T) {
	for e := espconn.Err(-127); e < 0; e++ {
		if name := e.String(); strings.HasPrefix(name, "ESPCONN_") {
			byName, err := Code(name, nil)
			require.NoError(t, err)
			byNumber, err := Code(fmt.Sprint(int8(e)), nil)
			require.NoError(t, err)
			assert.Equal(t, byName[0].Cause, byNumber[0].Cause)
		}
	}
	for v, name := range lwipCodes {
		found, err := Code(name, nil)
		require.NoError(t, err)
		assert.Contains(t, found[0].Name, fmt.Sprint(v))
	}
	for _, r := range axReasons {
		found, err := Code(strings.ToUpper(r.text), nil)
		require.NoError(t, err)
		assert.Equal(t, axProfiles, found[0].Profiles)
		found, err = Code(fmt.Sprint(r.code), nil)
		require.NoError(t, err)
		assert.Contains(t, found[0].Name, r.text)
	}
}

// A log is bytes from a serial line: anything may come.
func FuzzReadLog(f *testing.F) {
	for _, seed := range []string{"client handshake start.\nReason:[-0x7200]\n", "E:M 99999999999999999999\n",
		"heap_size 1 2\r\n", "Error: \n",
		"type[x],length[65535]\n", "err: -99999\n", "Reason:[-0xffffffffffffffffffff]", "\x00\xff", strings.Repeat("x", LineMax+1)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		l, err := ReadLog(bytes.NewReader(log), nil)
		if err == nil {
			_ = l.String()
		}
	})
}

// Texts that are no codes, codes that nobody knows, and codes of other profiles.
func TestCodeErrors(t *testing.T) {
	_, err := Code("hello", nil)
	var syntax *SyntaxError
	require.ErrorAs(t, err, &syntax)
	assert.Equal(t, "hello", syntax.Text)
	_, err = Code("0x1234", nil)
	require.ErrorIs(t, err, ErrUnknown)
	_, ok := ForProfile("nobody")
	assert.False(t, ok)
	keep, ok := ForProfile("sdk221")
	assert.True(t, ok)
	found, err := Code("0x3310", keep)
	require.NoError(t, err)
	assert.Empty(t, found, "DHE is in SDK306 only")
}

// What a log tells as a whole.
func TestReadLog(t *testing.T) {
	l,
		err := ReadLog(strings.NewReader("heap_size 33592 20480\r\nhello\nclient handshake start.\nclient handshake "+
		"failed!\nReason:[-0x7200]\n"), nil)
	require.NoError(t, err)
	assert.Len(t, l.Lines, 4)
	assert.Equal(t, 1, l.Failed)
	assert.Equal(t, []string{"1 handshake begun, 0 worked, 1 failed.", "The last reason is -0x7200.", "The buffer has 6144 bytes.",
		"A record longer than that ended the connection: raise the size (at most 8192), or shorten the peer's chain; " +
			"emu8266 probe finds the least size."}, l.Summary)
	_, err = ReadLog(strings.NewReader(""), nil)
	require.ErrorIs(t, err, ErrEmpty)
	_, err = ReadLog(strings.NewReader("hello\nworld\n"), nil)
	require.ErrorIs(t, err, ErrSilent)
	require.ErrorContains(t, err, "none of the 2 lines")
}

// Codes with one cause are said as every explanation says it, and no word is left open.
func TestWordsOfTheCatalogue(t *testing.T) {
	for text, id := range map[string]cause.ID{
		"0x7380": cause.ID(boundedtls.CauseNoSuite), "ESPCONN_RST": cause.ID(netstack.CauseReset),
		"finished invalid": cause.ID(boundedtls.CauseFinished),
		"ESPCONN_RTE":      cause.ID(espconn.CauseNoAddress),
	} {
		found, err := Code(text, nil)
		require.NoError(t, err)
		want, _, ok := cause.Template(id, cause.English)
		require.True(t, ok)
		assert.Equal(t, want.Sentence, found[0].Cause, text)
		assert.Equal(t, want.Remedy, strings.ReplaceAll(found[0].Remedy, "peer's", "{peer}'s"), text)
	}
	var all []Meaning
	for _, l := range libCodes {
		all = append(all, l.meaning())
	}
	for _, a := range apiCodes {
		all = append(all, a.meaning())
	}
	for _, r := range axReasons {
		all = append(all, r.meaning())
	}
	for _, m := range append(all, verifySkipped) {
		assert.NotContains(t, m.Cause+m.Remedy, "{", m.Name)
		assert.NotEmpty(t, m.Cause, m.Name)
	}
	l, err := ReadLog(strings.NewReader("Fatal exception (28):\nFatal exception 99999999999999999999:\n"), nil)
	require.NoError(t, err)
	assert.Contains(t, l.Lines[0].Note, "load prohibited; the device restarts: check pointers")

	// Exception 0 in the ROM's division is a division by zero, which the exception's line alone does not tell.
	l, err = ReadLog(strings.NewReader("Fatal exception (0):\nepc1=0x4000dce5, epc2=0x00000000, excvaddr=0x00000000\n"+
		"Fatal exception (0):\nepc1=0x40201234, epc2=0x00000000, excvaddr=0x00000000\nepc1=0x4000dd3d, epc2=0x0\n"), nil)
	require.NoError(t, err)
	assert.Contains(t, l.Lines[0].Note, "division by zero")
	assert.Contains(t, l.Lines[1].Note, "the divisor was 0")
	assert.Contains(t, l.Lines[2].Note, "illegal instruction")
	assert.Contains(t, l.Lines[3].Note, "epc1 is the instruction")
	assert.Contains(t, l.Lines[4].Note, "division by zero")
}

// A log may be of any length, and so may its lines: what was left out is said.
func TestHugeLogs(t *testing.T) {
	all, ok := ForProfile("")
	require.True(t, ok)
	long := strings.Repeat("x", 70_000)
	for _, log := range []string{
		"client handshake start.\n" + long + "\nReason:[-0x7200]\n",
		long + "\nclient handshake start.\nReason:[-0x7200]",
		"client handshake start.\nReason:[-0x7200] " + long,
	} {
		l, err := ReadLog(strings.NewReader(log), all)
		require.NoError(t, err)
		assert.Contains(t, strings.Join(l.Summary, "\n"), "The last reason is -0x7200.")
		assert.Contains(t, strings.Join(l.Summary, "\n"), "Lines longer than 4096 bytes: 1;")
	}
	l, err := ReadLog(strings.NewReader(strings.Repeat("Error: invalid mac\n", LinesMax+5)+"rst cause:2\n"), all)
	require.NoError(t, err)
	assert.Len(t, l.Lines, LinesMax)
	assert.Contains(t, strings.Join(l.Summary, "\n"), "6 more lines say something; the first 10000 are explained.")
	assert.Contains(t, strings.Join(l.Summary, "\n"), "restarted once")
	l, err = ReadLog(io.MultiReader(strings.NewReader("client handshake ok!\n"), zeros{}), all)
	require.NoError(t, err)
	assert.Contains(t, strings.Join(l.Summary, "\n"), "what comes behind was not read")
}

// zeros is a file without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
