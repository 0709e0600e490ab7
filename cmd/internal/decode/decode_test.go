package decode

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// Every code that tls.md 3.2 lists, with the value that the reconnect callback delivers; 0: the disconnect callback.
var codeTable = map[int]int{
	0x7200: -114, 0x7080: 16, 0x7500: -117, 0x7900: -121, 0x7380: 13, 0x6980: 23, 0x6E80: 18, 0x7980: 7, 0x7100: -113, 0x7780: 9,
	0x7880: 0, 0x2700: -39, 0x7680: 10, 0x7480: 12, 0x7A00: -122, 0x2180: 95, 0x3C80: 68, 0x262E: -84, 0x2300: -35, 0x2562: 121,
	0x2500: -37, 0x2580: 91, 0x2680: 90, 0x2880: 88, 0x7F00: -127, 0x7B00: -123, 0x4380: 61, 0x4100: -65, 0x7A80: 6, 0x7B80: 5,
	0x7C00: -124, 0x7C80: 4, 0x7D00: -125, 0x7D80: 3, 0x7E00: -126, 0x7E80: 2, 0x7180: 15, 0x7700: -119, 0x7600: -118, 0x6D00: -109,
	0x6C00: -108, 0x6B80: 21, 0x4290: 46, 0x4310: -83, 0x3290: 62, 0x3310: -67, 0x5180: 47, 0x6180: 31, 0x0001: -1, 0x0045: -69,
	0x3284: 74, 0x3080: 80,
}

// From the code to the callback and back.
func TestEveryCodeIsDecoded(t *testing.T) {
	for code, value := range codeTable {
		found, err := Code(fmt.Sprintf("-0x%x", code), nil, cause.English)
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
		back, err := Code(fmt.Sprint(value), nil, cause.English)
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
			byName, err := Code(name, nil, cause.English)
			require.NoError(t, err)
			byNumber, err := Code(fmt.Sprint(int8(e)), nil, cause.English)
			require.NoError(t, err)
			assert.Equal(t, byName[0].Cause, byNumber[0].Cause)
		}
	}
	for v, name := range lwipCodes {
		found, err := Code(name, nil, cause.English)
		require.NoError(t, err)
		assert.Contains(t, found[0].Name, fmt.Sprint(v))
	}
	for _, r := range axReasons {
		found, err := Code(strings.ToUpper(r.text), nil, cause.English)
		require.NoError(t, err)
		assert.Equal(t, axProfiles, found[0].Profiles)
		found, err = Code(fmt.Sprint(r.code), nil, cause.English)
		require.NoError(t, err)
		assert.Contains(t, found[0].Name, r.text)
	}
}

// A code of mbed TLS that no line of this SDK has is said to be that, in every profile; one that the SDK has is never.
func TestCodesOfOtherSDKs(t *testing.T) {
	for code, name := range otherCodes {
		found, err := Code(fmt.Sprintf("-0x%04x", code), nil, cause.English)
		require.NoError(t, err)
		require.Len(t, found, 1, name)
		assert.Contains(t, found[0].Name, "MBEDTLS_ERR_"+name)
		assert.Contains(t, found[0].Cause, "this SDK never prints")
		assert.Empty(t, found[0].Callback)
		_, known := codeTable[code]
		assert.False(t, known, name)
	}
	zh, err := Code("0x7280", nil, cause.Chinese)
	require.NoError(t, err)
	assert.Contains(t, zh[0].Cause, "该 SDK 从不打印")
}

// Texts that are no codes, codes that nobody knows, and codes of other profiles.
func TestCodeErrors(t *testing.T) {
	_, err := Code("hello", nil, cause.English)
	var syntax *SyntaxError
	require.ErrorAs(t, err, &syntax)
	assert.Equal(t, "hello", syntax.Text)
	_, err = Code("0x1234", nil, cause.English)
	require.ErrorIs(t, err, ErrUnknown)
	_, ok := ForProfile("nobody")
	assert.False(t, ok)
	keep, ok := ForProfile("sdk221")
	assert.True(t, ok)
	found, err := Code("0x3310", keep, cause.English)
	require.NoError(t, err)
	assert.Empty(t, found, "DHE is in SDK306 only")
}

// Codes with one cause are said as every explanation says it.
func TestWordsOfTheCatalogue(t *testing.T) {
	for text, id := range map[string]cause.ID{
		"0x7380":           cause.ID(boundedtls.CauseNoSuite),
		"finished invalid": cause.ID(boundedtls.CauseFinished),
		"ESPCONN_RTE":      cause.ID(espconn.CauseNoAddress),
	} {
		for _, l := range cause.Languages() {
			found, err := Code(text, nil, l)
			require.NoError(t, err)
			want := cause.Of(event0(id), l)
			assert.Equal(t, want.Sentence, found[0].Cause, text)
			assert.Equal(t, want.Remedy, found[0].Remedy, text)
		}
	}
}
